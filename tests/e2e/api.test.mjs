// What a page can change while the chat runs, what it is told, and what it keeps for the chat.

import { strict as assert } from 'node:assert';
import { after, before, describe, test } from 'node:test';

import { eventually } from './lib/agent.mjs';
import { World, onSite as onPage } from './lib/world.mjs';

let world, agent;

before(async () => {
  world = await World.open();
  ({ agent } = world);
});

after(() => world?.close());

/** A site with the script tag, `first` before it, and an inbox of its own. */
async function onSite(act, more = {}, first = '') {
  const room = await agent.inbox();
  await onPage(`<h1>Bicycles</h1>${first}${world.tag(room, more)}`, (visitor, site) => act(visitor, room, site));
}

const run = (visitor, command, ...args) => visitor.page.evaluate(([name, given]) => confab(name, ...given), [command, args]);
const refusal = (visitor, command, ...args) => visitor.page.evaluate(
  ([name, given]) => confab(name, ...given).then(() => null, ({ name: kind, code, remedy }) => ({ kind, code, remedy })), [command, args],
);
const conversation = (room) => world.conversation(room);
const errorAbout = (visitor, option) => eventually(`an error about ${option}`, async () => (await visitor.heard('error')).find((error) => error.option === option));
const frames = (visitor) => visitor.page.locator('confab-launcher iframe').count();

describe('while the chat runs', () => {
  test('setLocale changes words and direction in the same frame; nothing said or typed is lost', () => onSite(async (visitor, room, site) => {
    await visitor.visit(site.origin);
    await visitor.open();
    await visitor.say('Before');
    await visitor.sent('Before');
    await visitor.composer.fill('half a sentence');
    await run(visitor, 'setLocale', 'ar');
    await visitor.panel.locator('.cf[dir=rtl][lang=ar]').waitFor();
    await run(visitor, 'setLocale', 'de');
    await visitor.panel.locator('.cf[dir=ltr][lang=de]').waitFor();
    await visitor.panel.getByPlaceholder('Nachricht schreiben').waitFor();
    assert.equal(await visitor.composer.inputValue(), 'half a sentence');
    assert.deepEqual(await visitor.bubbles(), ['Before']);
    await visitor.composer.press('Enter');
    await visitor.sent('half a sentence');
    assert.equal((await visitor.heard('ready')).length, 1, 'the frame did not start again');
    const { id } = await conversation(room);
    await agent.say(id, 'Heard');
    await visitor.reads('Heard');
    assert.deepEqual(await visitor.bubbles(), ['Before', 'half a sentence', 'Heard']);
    await run(visitor, 'setLocale', '../x');
    assert.equal((await errorAbout(visitor, 'locale')).value, '../x');
  }));

  test('a text that was restored is not put in a second time by setLocale, and the page keeps the focus', () => onSite(async (visitor, room, site) => {
    await visitor.visit(site.origin);
    await visitor.open();
    await visitor.say('Hello');
    await visitor.sent('Hello');
    await visitor.composer.fill('half');
    await visitor.page.waitForTimeout(800);
    await visitor.visit(site.origin);
    await visitor.open();
    await eventually('the restored text', async () => (await visitor.composer.inputValue()) === 'half');
    await visitor.composer.fill('half a sentence');
    await visitor.page.evaluate(() => { document.body.tabIndex = 0; document.body.focus(); });
    await run(visitor, 'setLocale', 'fr');
    await visitor.panel.locator('.cf[lang=fr]').waitFor();
    assert.equal(await visitor.composer.inputValue(), 'half a sentence');
    assert.equal(await visitor.page.evaluate(() => document.activeElement === document.body), true);
  }));

  test('setTheme changes the surface, before the frame is there and after', () => onSite(async (visitor, room, site) => {
    await visitor.visit(site.origin);
    await run(visitor, 'setTheme', 'dark');
    assert.equal(await frames(visitor), 0);
    await visitor.open();
    await visitor.panel.locator('.cf[data-theme=dark]').waitFor();
    await run(visitor, 'setTheme', 'light');
    await visitor.panel.locator('.cf[data-theme=light]').waitFor();
    await run(visitor, 'setTheme', 'blue');
    assert.match((await errorAbout(visitor, 'theme')).remedy, /auto, light, dark/);
    await visitor.panel.locator('.cf[data-theme=light]').waitFor();
  }));

  test('setConversationAttributes describes the conversation that begins, and says when it is too late', () => onSite(async (visitor, room, site) => {
    await visitor.visit(site.origin);
    await run(visitor, 'setConversationAttributes', { order: 17 });
    assert.equal(await frames(visitor), 0, 'alone it creates nothing');
    await visitor.open();
    await run(visitor, 'setConversationAttributes', { shop: 'Marigold' });
    await visitor.say('Where is it?');
    await visitor.sent('Where is it?');
    assert.deepEqual((await conversation(room)).custom_attributes, { order: 17, shop: 'Marigold' });
    assert.deepEqual(await visitor.heard('error'), []);
    await run(visitor, 'setConversationAttributes', { late: true });
    const error = await errorAbout(visitor, 'conversationAttributes');
    assert.equal(error.code, 'too_late');
    assert.match(error.remedy, /before the first message/);
  }));

  test('diagnostics tells what went on, without texts', () => onSite(async (visitor, room, site) => {
    await visitor.visit(site.origin);
    await visitor.open();
    await visitor.say('Top secret');
    await visitor.sent('Top secret');
    const found = await run(visitor, 'diagnostics');
    assert.equal(typeof found.version, 'string');
    assert.ok(found.events > 3 && found.leads === true && found.durable === true, JSON.stringify(found));
    assert.ok(!JSON.stringify(found).includes('secret'));
  }));

  test('a call that cannot be done rejects with a code and a remedy', () => onSite(async (visitor, room, site) => {
    await visitor.visit(site.origin);
    for (const [command, ...args] of [['send', ' '], ['send', 'x'.repeat(150001)], ['prefill'], ['setUser', {}], ['setUser', 'u', []],
      ['setAttributes', 'gold'], ['setConversationAttributes', null], ['setLocale', 7], ['setTheme', ''], ['on', 'ready']]) {
      const error = await refusal(visitor, command, ...args);
      assert.ok(error && error.kind === 'TypeError' && error.code === 'argument' && error.remedy.length > 10, `${command}: ${JSON.stringify(error)}`);
    }
    const error = await refusal(visitor, 'fly');
    assert.equal(error.code, 'unknown_command');
    assert.match(error.remedy, /setUser.*setLocale/);
    assert.equal(await frames(visitor), 0);
  }));

  test('a long text that is sent by the page arrives whole', () => onSite(async (visitor, room, site) => {
    await visitor.visit(site.origin);
    const long = `${'"long" '.repeat(14000)}end`;
    await run(visitor, 'send', long);
    const { id } = await conversation(room);
    assert.equal((await agent.messages(id)).find((message) => message.message_type === 0).content.length, long.length);
  }));
});

describe('what a page may say', () => {
  test('numbers of any size, dates, and what goes round in circles', () => onSite(async (visitor, room, site) => {
    await visitor.visit(site.origin);
    await visitor.open();
    await visitor.say('Hello');
    await visitor.sent('Hello');
    const found = (await conversation(room)).meta.sender.custom_attributes;
    assert.deepEqual([found.big, found.odd, found.when], ['12345678901234567890', '7', '2026-01-02T03:04:05.000Z']);
  }, {}, `<script>
    const round = {};
    round.round = round;
    window.confabSettings = { name: 'Ada', customAttributes: { big: 12345678901234567890n, odd: { toJSON: () => 7n }, when: new Date(Date.UTC(2026, 0, 2, 3, 4, 5)) } };
    window.circle = round;
  </script>`));

  for (const [color, fill] of [['teal', 'rgb(0, 128, 128)'], ['#ABC', 'rgb(170, 187, 204)'], ['hsl(0 100% 50%)', 'rgb(255, 0, 0)']]) {
    test(`the colour ${color} is one for launcher and panel`, () => onSite(async (visitor, room, site) => {
      await visitor.visit(site.origin);
      assert.equal(await visitor.launcher.evaluate((button) => getComputedStyle(button).backgroundColor), fill);
      await visitor.open();
      assert.deepEqual(await visitor.heard('error'), []);
    }, { color }));
  }

  for (const [color, fill] of [['#2040c0', 'rgb(32, 64, 192)'], ['teal', 'rgb(47, 93, 80)']]) {
    test(`the launcher is there in a page that takes the canvas away, with ${fill} for ${color}`, () => onSite(async (visitor, room, site) => {
      await visitor.visit(site.origin);
      assert.equal(await visitor.launcher.evaluate((button) => getComputedStyle(button).backgroundColor), fill);
      await visitor.open();
    }, { color }, '<script>HTMLCanvasElement.prototype.getContext = () => { throw new Error("taken"); };</script>'));
  }

  for (const color of ['transparent', '#1234', 'color-mix(in srgb, red, blue)', 'inherit', 'no colour']) {
    test(`the colour ${color} is none for launcher and panel`, () => onSite(async (visitor, room, site) => {
      await visitor.visit(site.origin);
      assert.equal(await visitor.launcher.evaluate((button) => getComputedStyle(button).backgroundColor), 'rgb(47, 93, 80)');
      await visitor.open();
      assert.equal((await errorAbout(visitor, 'color')).value, color);
    }, { color }));
  }
});

describe('a confab.json that does not come', () => {
  for (const [name, answer, word] of [['is answered with an error', { status: 503 }, /503/], ['is not answered', null, /no answer/]]) {
    test(`because it ${name}: the owner is told, the chat runs`, () => onSite(async (visitor, room, site) => {
      await visitor.context.route('**/confab.json', (route) => (answer ? route.fulfill(answer) : route.abort()));
      await visitor.visit(site.origin);
      await visitor.open();
      const error = await errorAbout(visitor, 'confab.json');
      assert.equal(error.code, 'file_missing');
      assert.match(error.message, word);
      await visitor.say('All the same');
      await visitor.sent('All the same');
    }));
  }

  test('because there is none: that is as it may be', () => onSite(async (visitor, room, site) => {
    await visitor.context.route('**/confab.json', (route) => route.fulfill({ status: 404 }));
    await visitor.visit(site.origin);
    await visitor.open();
    await visitor.say('Hello');
    await visitor.sent('Hello');
    assert.deepEqual(await visitor.heard('error'), []);
  }));
});

describe('a visitor who comes back', () => {
  test('sees the badge without doing anything; for a new one there is no frame', () => onSite(async (visitor, room, site) => {
    await visitor.visit(site.origin);
    await visitor.page.waitForLoadState('networkidle');
    assert.equal(await frames(visitor), 0);
    assert.equal(await visitor.page.evaluate(() => localStorage.length), 0);
    await visitor.open();
    assert.equal(await visitor.page.evaluate(() => localStorage.length), 0, 'opening keeps nothing');
    await visitor.say('See you');
    await visitor.sent('See you');
    const { id } = await conversation(room);
    await visitor.page.goto('about:blank');
    await agent.say(id, 'News one');
    await agent.say(id, 'News two');
    await visitor.visit(site.origin);
    await eventually('the badge', async () => (await visitor.badge.innerText()) === '2');
    assert.equal(await visitor.launcher.getAttribute('aria-expanded'), 'false');
    await visitor.open();
    await visitor.reads('News two');
  }));

  test('is known to the page where the browser forgot what the frame stored; logout ends that', () => onSite(async (visitor, room, site) => {
    await visitor.visit(site.origin);
    await visitor.open();
    await visitor.say('Remember me');
    await visitor.sent('Remember me');
    assert.deepEqual(await visitor.page.evaluate(() => Object.keys(localStorage).length), 1);
    const clear = async () => {
      await visitor.page.frames().find((one) => one.url().includes('index.html')).evaluate(async () => {
        localStorage.clear();
        await new Promise((done) => { Object.assign(indexedDB.deleteDatabase('confab'), { onsuccess: done, onerror: done, onblocked: done }); });
      });
      await visitor.page.goto('about:blank');
    };
    await clear();
    await visitor.visit(site.origin);
    await visitor.open();
    await visitor.reads('Remember me');
    await visitor.say('Still me');
    await visitor.sent('Still me');
    assert.equal((await agent.conversations(room)).length, 1);
    await run(visitor, 'logout');
    await eventually('nothing kept', () => visitor.page.evaluate(() => localStorage.length === 0));
    await clear();
    await visitor.visit(site.origin);
    await visitor.open();
    await visitor.say('Somebody else');
    await visitor.sent('Somebody else');
    assert.equal(await visitor.bubble('Remember me').count(), 0);
  }));
});
