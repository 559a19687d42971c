// What a page may say to the chat, and what is refused.

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
  test('a call that cannot be done rejects with a code and a remedy', () => onSite(async (visitor, room, site) => {
    await visitor.visit(site.origin);
    for (const [command, ...args] of [['send', ' '], ['send', 'x'.repeat(150001)], ['prefill'], ['setUser', {}], ['setUser', 'u', []],
      ['setAttributes', 'gold'], ['on', 'ready']]) {
      const error = await refusal(visitor, command, ...args);
      assert.ok(error && error.kind === 'TypeError' && error.code === 'argument' && error.remedy.length > 10, `${command}: ${JSON.stringify(error)}`);
    }
    const error = await refusal(visitor, 'fly');
    assert.equal(error.code, 'unknown_command');
    assert.match(error.remedy, /setUser/);
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
