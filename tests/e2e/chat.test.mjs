// The main job: a visitor and an agent talk, with everything in between real.

import { strict as assert } from 'node:assert';
import { after, before, describe, test } from 'node:test';

import { eventually } from './lib/agent.mjs';
import { startSite } from './lib/sites.mjs';
import { Visitor } from './lib/visitor.mjs';
import { World, entered } from './lib/world.mjs';

let world, agent, inbox;
const sites = [];

before(async () => {
  world = await World.open();
  ({ agent } = world);
  inbox = await agent.inbox();
});

after(async () => {
  await Promise.all([...sites.map((site) => site.stop()), world?.close()]);
});

/** A site of its own, with the script tag of the inbox. */
async function opened() {
  const site = await startSite(() => `<h1>Bicycles</h1>${world.tag(inbox)}`);
  sites.push(site);
  return site.origin;
}

/** The visitor's conversation, once the server has one with this text in it. */
const conversationWith = (text) => eventually(`a conversation with "${text}"`, async () => {
  for (const { id } of await agent.conversations(inbox)) {
    if ((await agent.messages(id)).some((m) => m.content === text)) return id;
  }
  return null;
});

const texts = async (conversation) => (await agent.messages(conversation)).map((m) => m.content);

async function chatting(text, { visitor, site } = {}) {
  site ??= await opened();
  visitor ??= await entered();
  await visitor.visit(site);
  await visitor.open();
  await visitor.say(text);
  await visitor.sent(text);
  return [visitor, await conversationWith(text), site];
}

describe('a visitor and an agent', () => {
  test('write to each other, live', async () => {
    const [visitor, conversation] = await chatting('Is the blue one in stock?');
    await agent.say(conversation, 'It is, in two sizes.');
    await visitor.reads('It is, in two sizes.');
    assert.deepEqual(await visitor.bubbles(), ['Is the blue one in stock?', 'It is, in two sizes.']);
    assert.deepEqual(await texts(conversation), ['Is the blue one in stock?', 'It is, in two sizes.']);
    assert.deepEqual(visitor.crashes, []);
    await visitor.leave();
  });

  test('a choice that is offered is said by a click, once', async () => {
    const [visitor, conversation] = await chatting('I need help');
    const items = [{ title: 'Repairs', value: 'repair' }, { title: 'Sales', value: 'sale' }];
    await agent.say(conversation, 'What is it about?', { content_type: 'input_select', content_attributes: { items } });
    const choice = visitor.panel.getByRole('button', { name: 'Repairs' });
    await choice.dblclick();
    await visitor.sent('Repairs');
    await visitor.say('And more');
    await visitor.sent('And more');
    assert.deepEqual(await texts(conversation), ['I need help', 'What is it about?', 'Repairs', 'And more']);
    await visitor.leave();
  });

  test('typing shows, a private note typing does not, and an answer ends it', async () => {
    const [visitor, conversation] = await chatting('Can I try it?');
    await agent.say(conversation, 'Yes.');
    await visitor.reads('Yes.');
    const typing = visitor.panel.locator('.typing');
    await agent.typing(conversation, 'on', true);
    await agent.typing(conversation, 'off', true);
    await agent.typing(conversation, 'on');
    await typing.waitFor();
    await agent.say(conversation, 'Come by on Saturday.');
    await visitor.reads('Come by on Saturday.');
    await typing.waitFor({ state: 'detached' });
    await visitor.leave();
  });

  test('a reload keeps contact, conversation and history', async () => {
    const [visitor, conversation, site] = await chatting('Do you rent?');
    await agent.say(conversation, 'By the day.');
    await visitor.reads('By the day.');
    await visitor.visit(site);
    await visitor.open();
    await visitor.reads('By the day.');
    assert.deepEqual(await visitor.bubbles(), ['Do you rent?', 'By the day.']);
    await visitor.say('For a week?');
    await visitor.sent('For a week?');
    assert.equal(await conversationWith('For a week?'), conversation);
    await agent.say(conversation, 'That too.');
    await visitor.reads('That too.');
    await visitor.leave();
  });

  test('a second browser is another contact', async () => {
    const [one, first, site] = await chatting('I am one');
    const [two, second] = await chatting('I am two', { visitor: await Visitor.arrive(), site });
    assert.notEqual(first, second);
    const [a, b] = await Promise.all([first, second].map((id) => agent.call('GET', `/conversations/${id}`)));
    assert.notEqual(a.meta.sender.id, b.meta.sender.id);
    assert.deepEqual(await two.bubbles(), ['I am two']);
    await one.leave();
    await two.leave();
  });

  test('an answer while the panel is closed shows as a badge and is gone once read', async () => {
    const [visitor, conversation] = await chatting('Ping me');
    await visitor.launcher.click();
    await agent.say(conversation, 'Ping.');
    await visitor.badge.filter({ hasText: '1' }).waitFor();
    await agent.say(conversation, 'Ping again.');
    await visitor.badge.filter({ hasText: '2' }).waitFor();
    assert.match(await visitor.launcher.getAttribute('aria-label'), /2/);
    await visitor.open();
    await visitor.reads('Ping again.');
    await eventually('no badge', async () => (await visitor.badge.innerText()) === '');
    await visitor.leave();
  });

  test('forty-five messages load page by page, each once and in order', async () => {
    const [visitor, conversation, site] = await chatting('Count');
    for (let i = 1; i <= 45; i++) await agent.say(conversation, `number ${i}.`);
    await visitor.reads('number 45.');
    await visitor.visit(site);
    await visitor.open();
    await visitor.reads('number 45.');
    await eventually('the first message by scrolling', async () => {
      await visitor.panel.locator('.scroll').evaluate((box) => { box.scrollTop = 0; });
      return (await visitor.bubbles())[0] === 'Count';
    });
    assert.deepEqual(await visitor.bubbles(), ['Count', ...Array.from({ length: 45 }, (_, i) => `number ${i + 1}.`)]);
    await visitor.leave();
  });

  test('what is written without a network waits, and goes out once when it is back', async () => {
    const [visitor, conversation] = await chatting('Before the tunnel');
    await visitor.context.setOffline(true);
    await visitor.say('In the tunnel');
    await visitor.say('Still in the tunnel');
    await visitor.log.locator('[data-delivery=queued],[data-delivery=unconfirmed]').first().waitFor();
    await visitor.context.setOffline(false);
    // An attempt whose answer was lost is looked for before it is sent again (25 s), so this may take its time.
    await eventually('both on the server', async () => (await texts(conversation)).length === 3, { within: 60000 });
    await visitor.sent('Still in the tunnel');
    assert.deepEqual(await texts(conversation), ['Before the tunnel', 'In the tunnel', 'Still in the tunnel']);
    assert.deepEqual(await visitor.bubbles(), ['Before the tunnel', 'In the tunnel', 'Still in the tunnel']);
    await visitor.leave();
  });

  test('markup is text on both sides', async () => {
    const hostile = '<img src=x onerror="window.top.hacked=1"><script>window.hacked=1</script>';
    const [visitor, conversation] = await chatting(hostile);
    await agent.say(conversation, `agent ${hostile}`);
    await visitor.reads('agent <img');
    assert.deepEqual(await visitor.bubbles(), [hostile, `agent ${hostile}`]);
    assert.equal(await visitor.log.locator('img[src=x],script').count(), 0);
    await visitor.leave();
  });

  test('Enter sends, Shift and Enter makes a line, and a keyboard is enough', async () => {
    const visitor = await entered();
    await visitor.visit(await opened());
    const { keyboard } = visitor.page;
    await keyboard.press('Tab');
    await keyboard.press('Enter');
    await visitor.composer.waitFor();
    await eventually('the composer has the focus', () => visitor.composer.evaluate((e) => e.ownerDocument.activeElement === e));
    await keyboard.type('one');
    await keyboard.press('Shift+Enter');
    await keyboard.type('two');
    await keyboard.press('Enter');
    await visitor.sent('two');
    await conversationWith('one\ntwo');
    await keyboard.press('Escape');
    await eventually('closed, with the focus back on the launcher', () => visitor.page.evaluate(() => {
      const { shadowRoot } = document.querySelector('confab-launcher');
      return shadowRoot.activeElement?.getAttribute('aria-expanded') === 'false';
    }));
    await visitor.leave();
  });
});
