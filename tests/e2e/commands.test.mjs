// What a page can do with the chat from its own script.

import { strict as assert } from 'node:assert';
import { after, before, test } from 'node:test';

import { eventually } from './lib/agent.mjs';
import { stored } from './lib/visitor.mjs';
import { World, onSite as onPage } from './lib/world.mjs';

let world, agent;

before(async () => {
  world = await World.open({ widget: { headers: () => ({ 'access-control-allow-origin': '*' }) } });
  ({ agent } = world);
});

after(() => world?.close());

/** A site with the script tag and an inbox of its own. */
async function onSite(act, more = {}) {
  const room = await agent.inbox();
  await onPage(`<h1>Bicycles</h1>${world.tag(room, more)}`, async (visitor, site) => {
    await visitor.visit(site.origin);
    await act(visitor, room);
  });
}

const run = (visitor, command, ...args) => visitor.page.evaluate(([name, given]) => confab(name, ...given), [command, args]);
const refusal = (visitor, command, ...args) => visitor.page.evaluate(
  ([name, given]) => confab(name, ...given).then(() => 'none', (error) => `${error.name}: ${error.message}`), [command, args],
);

const conversation = (room) => world.conversation(room);

test('send sends as the visitor without opening, prefill puts a text into the composer', () => onSite(async (visitor, room) => {
  await run(visitor, 'send', 'I clicked on «Help».');
  const { id } = await conversation(room);
  assert.deepEqual((await agent.messages(id)).filter((m) => m.message_type === 0).map((m) => m.content), ['I clicked on «Help».']);
  assert.equal(await visitor.launcher.getAttribute('aria-expanded'), 'false');
  await run(visitor, 'prefill', 'Order 17: ');
  await visitor.open();
  await visitor.sent('I clicked on «Help».');
  assert.equal(await visitor.composer.inputValue(), 'Order 17: ');
  await visitor.composer.press('Enter');
  await visitor.sent('Order 17:');
  // What somebody typed is not replaced.
  await visitor.composer.fill('half a sentence');
  await run(visitor, 'prefill', 'something else');
  assert.equal(await visitor.composer.inputValue(), 'half a sentence');
}));

test('setUser alone creates nothing; the first message is from that user, and attributes are added', () => onSite(async (visitor, room) => {
  await run(visitor, 'setUser', 'user-7', { name: 'Ada Byron', email: 'ada@example.com', custom_attributes: { plan: 'gold' } });
  assert.deepEqual(await agent.conversations(room), []);
  assert.equal(await visitor.page.locator('confab-launcher iframe').count(), 0);
  await visitor.open();
  await visitor.say('Hello');
  await visitor.sent('Hello');
  const { meta } = await conversation(room);
  assert.deepEqual(
    [meta.sender.identifier, meta.sender.name, meta.sender.email, meta.sender.custom_attributes],
    ['user-7', 'Ada Byron', 'ada@example.com', { plan: 'gold' }],
  );
  await run(visitor, 'setAttributes', { seats: 3 });
  await eventually('the attributes at the server', async () => {
    const one = (await agent.conversations(room))[0];
    return JSON.stringify(one.meta.sender.custom_attributes) === '{"plan":"gold","seats":3}';
  });
}));

test('logout forgets the visitor, another user begins with nothing', () => onSite(async (visitor, room) => {
  await run(visitor, 'setUser', 'user-1', { name: 'One' });
  await visitor.open();
  await visitor.say('From one');
  await visitor.sent('From one');
  await run(visitor, 'logout');
  await visitor.bubble('From one').waitFor({ state: 'detached' });
  await run(visitor, 'setUser', 'user-2', { name: 'Two' });
  await visitor.say('From two');
  await visitor.sent('From two');
  const names = await eventually('two contacts', async () => {
    const all = (await agent.conversations(room)).map((one) => one.meta.sender.name);
    return all.length === 2 ? all.toSorted() : null;
  });
  assert.deepEqual(names, ['One', 'Two']);
  await visitor.composer.fill('Only for the eyes of two');
  // The first one comes back to what was theirs: the server knows the conversation by the identifier.
  await run(visitor, 'setUser', 'user-1', { name: 'One' });
  await visitor.bubble('From two').waitFor({ state: 'detached' });
  await eventually('an empty composer', async () => (await visitor.composer.inputValue()) === '');
}));

test('hide and show take the launcher away and bring it back; wrong calls name their remedy', () => onSite(async (visitor) => {
  await visitor.open();
  await run(visitor, 'hide');
  await visitor.launcher.waitFor({ state: 'hidden' });
  assert.equal(await visitor.launcher.getAttribute('aria-expanded'), 'false');
  await run(visitor, 'show');
  await visitor.launcher.waitFor();
  assert.match(await refusal(visitor, 'send', '  '), /^TypeError: .*Remedy/);
  assert.match(await refusal(visitor, 'prefill', 7), /^TypeError: .*Remedy/);
  assert.match(await refusal(visitor, 'setUser'), /^TypeError: .*Remedy/);
  assert.match(await refusal(visitor, 'setUser', 'u', 'Ada'), /^TypeError: .*Remedy/);
  assert.match(await refusal(visitor, 'setAttributes', ['gold']), /^TypeError: .*Remedy/);
  assert.match(await refusal(visitor, 'fly'), /fly: unknown_command.*Remedy/);
}));

test('a page that replaces or empties its body keeps the chat and what is typed', () => onSite(async (visitor) => {
  await visitor.open();
  await visitor.say('Before the turn');
  await visitor.sent('Before the turn');
  await visitor.composer.fill('half a sentence');
  await eventually('the text in the store', async () => (await stored(visitor.page.frames().at(-1), 'composition')).includes('half a sentence'));
  await visitor.page.evaluate(() => {
    const body = document.createElement('body');
    body.append('Another page of the application');
    document.body.replaceWith(body);
  });
  await visitor.launcher.waitFor();
  await visitor.reads('Before the turn');
  assert.equal(await visitor.launcher.getAttribute('aria-expanded'), 'true');
  await visitor.page.evaluate(() => { document.body.textContent = ''; });
  await visitor.launcher.waitFor();
  await visitor.reads('Before the turn');
  await visitor.sent('Before the turn');
  assert.equal(await visitor.page.locator('confab-launcher').count(), 1);
  await eventually('what was typed', async () => (await visitor.composer.inputValue()) === 'half a sentence');
}));

test('shutdown leaves nothing, and the script can be put in again', () => onSite(async (visitor) => {
  const before = await visitor.page.evaluate(() => document.querySelectorAll('script').length);
  await visitor.open();
  await run(visitor, 'shutdown');
  assert.equal(await visitor.page.locator('confab-launcher, iframe').count(), 0);
  assert.equal(await visitor.page.evaluate(() => 'confab' in window), false);
  await visitor.page.evaluate(() => { document.body.append('more'); });
  assert.equal(await visitor.page.locator('confab-launcher').count(), 0);
  await visitor.page.evaluate(() => {
    const old = document.querySelector('script[data-inbox-identifier]');
    const again = document.createElement('script');
    Object.assign(again.dataset, old.dataset);
    again.src = old.src;
    old.replaceWith(again);
  });
  await visitor.launcher.waitFor();
  await visitor.open();
  await visitor.say('Back again');
  await visitor.sent('Back again');
  assert.equal(await visitor.page.evaluate(() => document.querySelectorAll('script').length), before);
}));

test('a logout and a message are done before the page goes on, also when no frame was there yet', () => onSite(async (visitor, room) => {
  const { origin } = new URL(visitor.page.url());
  await visitor.open();
  await visitor.say('Private words');
  await visitor.sent('Private words');
  await visitor.visit(`${origin}/account`);
  await visitor.page.evaluate(async () => {
    await confab.logout();
    location.href = '/bye';
  });
  await visitor.page.waitForURL('**/bye');
  await visitor.visit(`${origin}/next`);
  await visitor.page.evaluate(async () => {
    await confab.send('Order 17, please');
    location.href = '/thanks';
  });
  await visitor.page.waitForURL('**/thanks');
  await visitor.visit(`${origin}/thanks`);
  await visitor.open();
  await visitor.sent('Order 17, please');
  assert.deepEqual(await visitor.bubbles(), ['Order 17, please']);
  assert.equal((await agent.conversations(room)).length, 2);
}));

test('a logout is done before a shutdown takes the frame away', () => onSite(async (visitor) => {
  const { origin } = new URL(visitor.page.url());
  await visitor.open();
  await visitor.say('Private words');
  await visitor.sent('Private words');
  await visitor.visit(`${origin}/account`);
  await visitor.page.evaluate(() => {
    confab.logout();
    return confab.shutdown();
  });
  await visitor.visit(`${origin}/next`);
  await visitor.open();
  await visitor.say('Somebody else');
  await visitor.sent('Somebody else');
  assert.deepEqual(await visitor.bubbles(), ['Somebody else']);
}));

for (const mode of ['frame', 'shadow']) {
  test(`what is said while the page replaces its body is not lost, ${mode}`, () => onSite(async (visitor, room) => {
    await visitor.launcher.click();
    await eventually('usable', async () => (await visitor.heard('usable')).length > 0);
    for (const [text, pause] of [['At once', 0], ['A little later', 60]]) {
      await visitor.page.evaluate(async ([said, wait]) => {
        document.body.replaceWith(document.createElement('body'));
        if (wait) await new Promise((done) => { setTimeout(done, wait); });
        await confab.send(said);
      }, [text, pause]);
    }
    const { id } = await conversation(room);
    const said = await eventually('both', async () => {
      const all = (await agent.messages(id)).filter((one) => one.message_type === 0).map((one) => one.content);
      return all.length >= 2 && all;
    });
    assert.deepEqual(said, ['At once', 'A little later']);
  }, { mode }));
}

test('a window among the attributes does not hold the page up', () => onSite(async (visitor) => {
  await visitor.open();
  await visitor.page.evaluate(() => {
    const round = {};
    Object.assign(round, { a: round, b: round, c: round });
    confab('setAttributes', { round }).catch(() => {});
    confab('setAttributes', { shop: window }).catch(() => {});
  });
  await visitor.say('Still here');
}));

test('numbers of any size and dates are told as texts, wherever they stand in the attributes', () => onSite(async (visitor, room) => {
  await visitor.page.evaluate(() => confab('setUser', 'user-9', {
    name: 'Ada', custom_attributes: { big: 12345678901234567890n, odd: { toJSON: () => 7n }, when: new Date(Date.UTC(2026, 0, 2, 3, 4, 5)) },
  }));
  await run(visitor, 'send', 'Hello');
  const { meta } = await conversation(room);
  const { big, odd, when } = meta.sender.custom_attributes;
  assert.deepEqual([meta.sender.name, big, odd, when], ['Ada', '12345678901234567890', '7', '2026-01-02T03:04:05.000Z']);
}));
