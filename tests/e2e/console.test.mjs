// The agents' console: two agents at once, a visitor at the other end.

import { strict as assert } from 'node:assert';
import { createHmac } from 'node:crypto';
import { after, before, describe, test } from 'node:test';

import { Agent, eventually } from './lib/agent.mjs';
import { Guest, startDesks } from './lib/desk.mjs';
import { FOREIGN, startServer } from './lib/server.mjs';

let server, agent, inbox, desks;

describe('the agent console', { skip: FOREIGN && 'it belongs to the bundled server' }, () => {
  before(async () => {
    server = await startServer();
    agent = new Agent(server);
    inbox = await agent.inbox({}, { csat_survey_enabled: true });
    desks = await startDesks(server);
  });

  after(async () => {
    await desks?.stop();
    await server?.stop();
  });

  const guest = (contact) => Guest.arrive(server, inbox.inbox_identifier, contact);

  test('two agents see each other, and each what the other does', async () => {
    const visitor = await guest({ name: 'Noor' });
    const [tom, ines] = await Promise.all([desks.sitDown('agent'), desks.sitDown('administrator')]);
    await visitor.say('Is anybody there?');
    await tom.item('Is anybody there?').locator('.badge').filter({ hasText: '1' }).waitFor();
    await tom.openItem('Noor');
    await tom.item('Noor').locator('.badge').waitFor({ state: 'detached' });
    await tom.page.getByText('Ines is online').waitFor({ state: 'attached' });
    await ines.openItem('Noor');

    await tom.choose('Assign', 'Ines');
    await ines.button('Assigned to You').waitFor();
    await tom.log.getByText('Assigned to Ines Okafor by Tom Lindqvist').waitFor();
    await ines.page.getByRole('tab', { name: /^Mine/ }).click();
    await ines.item('Noor').waitFor();

    await tom.field.pressSequentially('I am');
    await ines.page.getByText('Tom is typing …').waitFor();
    await tom.say('I am, and so is Ines.');
    await ines.message('I am, and so is Ines.').waitFor();
    await ines.page.getByText('Tom is typing …').waitFor({ state: 'detached' });
    await ines.choose('Assigned to You', 'Nobody');
    await tom.button('Assign').waitFor();
    await Promise.all([tom.leave(), ines.leave()]);
  });

  test('the visitor types and reads, and the agent sees it', async () => {
    const visitor = await guest({ name: 'Ola' });
    await visitor.say('One moment');
    const tom = await desks.sitDown('agent');
    await tom.openItem('Ola');
    await tom.say('Take your time.');
    await tom.log.getByText('Sent', { exact: true }).waitFor();
    await visitor.typing('on');
    await tom.page.locator('#typing').getByText('Ola is typing …').waitFor();
    await visitor.sees();
    await tom.log.getByText('Seen', { exact: true }).waitFor();
    await tom.leave();
  });

  test('a private note stays among agents', async () => {
    const visitor = await guest({ name: 'Pia' });
    await visitor.say('What is wrong with it?');
    const tom = await desks.sitDown('agent');
    await tom.openItem('Pia');
    await tom.page.getByRole('radio', { name: 'Private note' }).click();
    await tom.say('The frame is bent, ask Ines.');
    await tom.log.locator('article.note').getByText('The frame is bent').waitFor();
    await tom.page.getByRole('radio', { name: 'Reply' }).click();
    await tom.say('We are looking at it.');
    const seen = await eventually('the reply', async () => {
      const all = (await visitor.messages()).map((it) => it.content);
      return all.includes('We are looking at it.') && all;
    });
    assert.deepEqual(seen, ['What is wrong with it?', 'We are looking at it.']);
    await tom.leave();
  });

  test('a reply is written in Markdown, previewed, and answers a message', async () => {
    const visitor = await guest({ name: 'Rui' });
    const asked = await visitor.say('Which gears?');
    const tom = await desks.sitDown('agent');
    await tom.openItem('Rui');
    await tom.message('Which gears?').hover();
    await tom.message('Which gears?').getByRole('button', { name: 'Answer this message' }).click();
    await tom.button('Preview').click();
    await tom.field.fill('**Seven**, <b>really</b>');
    const preview = tom.page.getByRole('region', { name: 'How it reads' });
    assert.equal(await preview.locator('strong').innerText(), 'Seven');
    assert.equal(await preview.innerText(), 'Seven, <b>really</b>');
    await tom.field.press('Enter');
    const sent = await eventually('the reply', async () => (await visitor.messages()).find((it) => it.message_type === 1));
    assert.equal(sent.content, '**Seven**, <b>really</b>');
    assert.equal(sent.content_attributes.in_reply_to, asked.id);
    await tom.message('really').locator('.answers').getByText('Which gears?').waitFor();
    await tom.leave();
  });

  test('search finds people by name and address and conversations by what was said', async () => {
    const sami = await guest({ name: 'Sami Vanterpool', email: 'sami.v@example.org' });
    await sami.say('the mudguard rattles');
    await agent.call('POST', `/conversations/${sami.id}/toggle_status`, { status: 'resolved' });
    await (await guest({ name: 'Somebody else' })).say('nothing of the kind');
    const tom = await desks.sitDown('agent');
    const field = tom.page.getByLabel('Search messages and people');
    for (const words of ['mudguard', 'vanterp', 'sami.v@']) {
      await field.fill(words);
      await tom.page.getByText('1 conversation found').waitFor({ state: 'attached' });
      assert.match(await tom.page.locator('.item').innerText(), /Sami Vanterpool[^]*resolved · /);
    }
    await field.fill('no such thing 4711');
    await tom.page.getByText('Nothing found').last().waitFor();
    await field.press('Escape');
    await tom.item('Somebody else').waitFor();
    await tom.leave();
  });

  test('states: snooze, resolve and reopen; the filter follows', async () => {
    const visitor = await guest({ name: 'Tove' });
    await visitor.say('Call me tomorrow');
    const tom = await desks.sitDown('agent');
    await tom.openItem('Tove');
    await tom.choose('More states', 'Snooze until tomorrow');
    await tom.item('Tove').waitFor({ state: 'detached' });
    await tom.page.getByLabel('Status', { exact: true }).selectOption('snoozed');
    await tom.item('Tove').waitFor();
    await tom.page.locator('#thread-bar').getByText(/snoozed until/).waitFor();
    await tom.button('Reopen').click();
    await tom.item('Tove').waitFor({ state: 'detached' });
    await tom.page.getByLabel('Status', { exact: true }).selectOption('open');
    await tom.item('Tove').waitFor();
    await tom.button('Resolve').click();
    await tom.item('Tove').waitFor({ state: 'detached' });
    await visitor.say('I am still here');
    await tom.item('I am still here').waitFor();
    await tom.leave();
  });

  test('a message is deleted for both', async () => {
    const visitor = await guest({ name: 'Uma' });
    await visitor.say('Tell me the code');
    const tom = await desks.sitDown('agent');
    await tom.openItem('Uma');
    await tom.say('It is 1234');
    const row = tom.message('It is 1234');
    await row.hover();
    await row.getByRole('button', { name: 'Delete this message' }).click();
    await row.getByRole('button', { name: 'Delete for both?' }).click();
    await tom.message('This message was deleted').waitFor();
    assert.equal(await tom.message('It is 1234').count(), 0);
    const last = (await visitor.messages()).at(-1);
    assert.deepEqual([last.content, last.content_attributes], ['This message was deleted', { deleted: true }]);
    await tom.leave();
  });

  test('every kind comes from the menu, and answers come back', async () => {
    const visitor = await guest({ name: 'Vito' });
    await visitor.say('Show me');
    const tom = await desks.sitDown('agent');
    await tom.openItem('Vito');
    const kinds = { Choice: 'input_select', Form: 'form', Cards: 'cards', Article: 'article', 'E-mail': 'input_email', 'Video call': 'integrations' };
    for (const [label, kind] of Object.entries(kinds)) {
      await tom.choose('Send a kind', label);
      await eventually(kind, async () => (await visitor.messages()).at(-1).content_type === kind);
    }
    const choice = (await visitor.messages()).find((it) => it.content_type === 'input_select');
    await visitor.submit(choice.id, [choice.content_attributes.items[1]]);
    await tom.log.locator('.choice.on').getByText('After 15:00').waitFor();
    assert.equal(await tom.log.locator('article').filter({ has: tom.page.locator('.kind') }).count(), 6);
    await tom.leave();
  });

  test('the survey comes with resolving, and its answer shows', async () => {
    const visitor = await guest({ name: 'Wim' });
    await visitor.say('Thank you!');
    const tom = await desks.sitDown('agent');
    await tom.openItem('Wim');
    await tom.choose('Send a kind', 'Survey');
    const survey = await eventually('the survey', async () => (await visitor.messages()).find((it) => it.content_type === 'input_csat'));
    assert.equal(survey.message_type, 3);
    await tom.button('Reopen').waitFor();
    await tom.log.getByText('Not rated yet').waitFor();
    await visitor.submit(survey.id, { csat_survey_response: { rating: 5, feedback_message: 'Quick and kind' } });
    await tom.log.getByText('Rated 5 of 5 (very good)').waitFor();
    await tom.contact.getByText('5 of 5: Quick and kind').waitFor();
    await tom.leave();
  });

  test('who the visitor is, labels, other conversations', async () => {
    const hash = createHmac('sha256', inbox.hmac_token).update('user-17').digest('hex');
    const visitor = await guest({ name: 'Xenia', email: 'xenia@example.org', custom_attributes: { plan: 'gold' }, identifier: 'user-17' });
    await visitor.call('GET', `/${visitor.source}?identifier=user-17&identifier_hash=${hash}`);
    await visitor.say('The first matter');
    const second = await visitor.call('POST', `/${visitor.source}/conversations`, {});
    await visitor.call('POST', `/${visitor.source}/conversations/${second.id}/messages`, { content: 'The second matter' });
    const [tom, ines] = await Promise.all([desks.sitDown('agent'), desks.sitDown('administrator')]);
    await tom.openItem('The first matter');
    await ines.openItem('The first matter');
    for (const words of ['xenia@example.org', 'gold', 'user-17', '✓ verified', 'Web chat']) await tom.contact.getByText(words, { exact: true }).waitFor();
    await tom.contact.getByLabel('Add a label').fill('Two Matters');
    await tom.contact.getByLabel('Add a label').press('Enter');
    await ines.contact.getByText('two-matters').waitFor();
    await ines.contact.getByRole('button', { name: 'Remove the label two-matters' }).click();
    await tom.contact.getByText('two-matters').waitFor({ state: 'detached' });
    await tom.contact.getByRole('link', { name: /The second matter/ }).click();
    await tom.message('The second matter').waitFor();
    await Promise.all([tom.leave(), ines.leave()]);
  });

  test('files are chosen, dropped and pasted, and shown on both desks', async () => {
    const visitor = await guest({ name: 'Cleo' });
    await visitor.say('A picture, please');
    const [tom, ines] = await Promise.all([desks.sitDown('agent'), desks.sitDown('administrator')]);
    await tom.openItem('Cleo');
    await ines.openItem('Cleo');
    const picture = await tom.page.screenshot();
    await tom.page.getByLabel('Files', { exact: true }).setInputFiles([{ name: 'shop.png', mimeType: 'image/png', buffer: picture }]);
    for (const [type, name] of [['drop', 'terms.pdf'], ['paste', 'notes.txt']]) {
      await tom.field.evaluate((node, [event, file]) => {
        const carried = new DataTransfer();
        carried.items.add(new File(['words'], file));
        const options = { bubbles: true, cancelable: true };
        node.dispatchEvent(event === 'drop' ? new DragEvent(event, { ...options, dataTransfer: carried }) : new ClipboardEvent(event, { ...options, clipboardData: carried }));
      }, [type, name]);
    }
    const tray = tom.page.getByRole('list', { name: 'Files to send' });
    assert.equal(await tray.getByRole('listitem').count(), 3);
    await tray.getByRole('button', { name: 'Remove notes.txt' }).click();
    await tom.say('As you wish');
    for (const desk of [tom, ines]) {
      await desk.log.getByRole('link', { name: /terms\.pdf/ }).waitFor();
      const image = desk.log.getByRole('img', { name: 'shop.png' });
      await eventually('the picture', () => image.evaluate((node) => node.complete && node.naturalWidth > 0));
    }
    const sent = await eventually('the files', async () => (await visitor.messages()).find((it) => it.attachments?.length === 2));
    assert.deepEqual([sent.content, sent.attachments.map((it) => it.file_type).sort()], ['As you wish', ['file', 'image']]);
    await Promise.all([tom.leave(), ines.leave()]);
  });

  test('a failed message says why', async () => {
    const visitor = await guest({ name: 'Yara' });
    await visitor.say('Hello?');
    const tom = await desks.sitDown('agent');
    await tom.openItem('Yara');
    await tom.say('Hello!');
    const sent = await eventually('the reply', async () => (await visitor.messages()).find((it) => it.content === 'Hello!'));
    await agent.call('PATCH', `/conversations/${visitor.id}/messages/${sent.id}`, { status: 'failed', external_error: '500 Internal Server Error' });
    await tom.log.getByText('Not delivered: 500 Internal Server Error').waitFor();
    await tom.leave();
  });

  test('long lists and long threads come in pages', async () => {
    const visitor = await guest({ name: 'Zoe' });
    for (let i = 1; i <= 45; i += 1) await visitor.say(`line ${i}.`);
    for (let i = 0; i < 30; i += 1) await (await guest({ name: `Crowd ${i}` })).say('me too');
    const tom = await desks.sitDown('agent');
    await tom.item('Crowd 29').waitFor();
    assert.equal(await tom.item('Zoe').count(), 0);
    await eventually('the last page', async () => {
      await tom.page.locator('#panel').evaluate((node) => node.scrollTo(0, node.scrollHeight));
      return tom.item('Zoe').count();
    });
    await tom.openItem('Zoe');
    await tom.message('line 45.').waitFor();
    await eventually('the first line', async () => {
      await tom.log.evaluate((node) => node.scrollTo(0, 0));
      return tom.message('line 1.').count();
    });
    const lines = (await tom.log.locator('.bubble').allInnerTexts()).map((it) => Number(it.match(/\d+/)[0]));
    assert.deepEqual(lines, Array.from({ length: 45 }, (_, at) => at + 1));
    await tom.leave();
  });

  test('a lost connection shows, and what was missed comes after it', async () => {
    const visitor = await guest({ name: 'Ana' });
    await visitor.say('Before');
    const tom = await desks.sitDown('agent');
    await tom.openItem('Ana');
    await tom.message('Before').waitFor();
    await server.kill();
    await tom.page.locator('#link').getByText('Connecting …').waitFor();
    await server.restart();
    await visitor.say('Meanwhile');
    await tom.page.locator('#link').getByText('Online').waitFor();
    await tom.message('Meanwhile').waitFor();
    await tom.say('After');
    assert.deepEqual((await visitor.messages()).map((it) => it.content), ['Before', 'Meanwhile', 'After']);
    await tom.leave();
  });

  test('it can be worked by keyboard alone', async () => {
    const visitor = await guest({ name: 'Bo' });
    await visitor.say('No mouse here');
    const tom = await desks.sitDown('agent');
    await tom.item('Bo').waitFor();
    const { keyboard } = tom.page;
    await tom.page.getByLabel('Search messages and people').focus();
    await keyboard.press('ArrowDown');
    await keyboard.press('Enter');
    await tom.page.waitForFunction(() => document.activeElement.id === 'composer-text');
    await keyboard.type('Indeed');
    await keyboard.press('Enter');
    await tom.message('Indeed').waitFor();
    await tom.button('More states').focus();
    await keyboard.press('ArrowDown');
    await keyboard.press('ArrowUp');
    await keyboard.press('Enter');
    await eventually('pending', async () => (await agent.call('GET', `/conversations/${visitor.id}`)).status === 'pending');
    assert.equal(await tom.page.evaluate(() => document.activeElement.closest('.split') !== null), true);
    await tom.leave();
  });

  test('the page cannot be framed, and its address never holds a token', async () => {
    const page = await fetch(`${server.base}/agent`);
    assert.match(page.headers.get('content-security-policy'), /frame-ancestors 'none'/);
    const moved = await fetch(`${server.base}/agent/`, { redirect: 'manual' });
    assert.deepEqual([moved.status, new URL(moved.headers.get('location'), moved.url).href], [302, `${server.base}/agent`]);
    const tom = await desks.sitDown('agent');
    assert.equal(tom.page.url(), `${server.base}/agent`);
    await tom.leave();
  });
});
