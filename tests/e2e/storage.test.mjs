// What the browser keeps for the next visit, and what happens when it keeps nothing more.

import { strict as assert } from 'node:assert';
import { after, before, test } from 'node:test';

import { Agent, eventually } from './lib/agent.mjs';
import { startServer } from './lib/server.mjs';
import { startWidgetHost } from './lib/sites.mjs';
import { Visitor, stored } from './lib/visitor.mjs';

let server, agent, room, widget;

before(async () => {
  server = await startServer();
  agent = new Agent(server);
  room = await agent.inbox();
  widget = await startWidgetHost({ confab: { baseUrl: server.base, inboxIdentifier: room.inbox_identifier, serverTimeBound: 1000 } });
});

after(async () => {
  await Promise.all([widget, server].map((one) => one?.stop()));
});

const MEMORY = 'Your browser stores nothing for this page';

/** Holds back every answer of the API until it is let go. */
async function hold(page) {
  let release;
  const held = new Promise((done) => { release = done; });
  await page.route(`${server.base}/public/**`, async (route) => { await held; await route.continue(); });
  return release;
}

/** The conversations of this visitor alone: others of the file share the inbox. */
async function conversationOf(text) {
  return eventually(`a conversation with «${text}»`, async () => {
    const all = await agent.conversations(room);
    const found = all.find((one) => one.messages?.some((message) => message.content === text));
    return found?.id ?? null;
  });
}

test('the last page of the history is on screen before the network answers, and is then brought up to date', async () => {
  const visitor = await Visitor.arrive();
  await visitor.visitHosted(`${widget.origin}/index.html`);
  await visitor.say('Is the blue one in stock?');
  await visitor.sent('Is the blue one in stock?');
  const id = await conversationOf('Is the blue one in stock?');
  await agent.say(id, 'Yes, three of them.');
  await visitor.reads('Yes, three of them.');
  // A visit reads the newest page, and keeps it.
  await visitor.page.reload();
  await visitor.reads('Yes, three of them.');
  await eventually('the page in the store', async () => (await stored(visitor.page, 'composition')).includes('Yes, three of them.'));

  const release = await hold(visitor.page);
  await visitor.page.reload();
  await visitor.reads('Yes, three of them.');
  assert.deepEqual(await visitor.bubbles(), ['Is the blue one in stock?', 'Yes, three of them.']);
  // What is sent meanwhile waits until it is known what the server has.
  await visitor.say('I take two.');
  await agent.say(id, 'Shall I keep one for you?');
  release();
  await visitor.sent('I take two.');
  await visitor.reads('Shall I keep one for you?');
  const messages = await agent.messages(id);
  assert.equal(messages.filter((message) => message.content === 'I take two.').length, 1);
  assert.deepEqual((await visitor.bubbles()).toSorted(), [
    'I take two.', 'Is the blue one in stock?', 'Shall I keep one for you?', 'Yes, three of them.',
  ]);
  assert.deepEqual(visitor.crashes, []);
  await visitor.leave();
});

test('what an agent said by event is on screen after a reload before the network answers', async () => {
  const visitor = await Visitor.arrive();
  await visitor.visitHosted(`${widget.origin}/index.html`);
  await visitor.say('Do you ship to Oslo?');
  await visitor.sent('Do you ship to Oslo?');
  const id = await conversationOf('Do you ship to Oslo?');
  const kept = (text) => eventually('it in the store', async () => (await stored(visitor.page, 'composition')).includes(text));
  await kept('Do you ship to Oslo?');
  await agent.say(id, 'Yes, on Mondays.');
  await visitor.reads('Yes, on Mondays.');
  await kept('Yes, on Mondays.');
  const release = await hold(visitor.page);
  await visitor.page.reload();
  await visitor.reads('Yes, on Mondays.');
  assert.deepEqual(await visitor.bubbles(), ['Do you ship to Oslo?', 'Yes, on Mondays.']);
  release();
  await visitor.leave();
});

/** From now on the store takes nothing more; with `spare`, until the page kept for the next visit is removed. */
function fill(page, { spare = false } = {}) {
  return page.evaluate((room) => {
    const { put, delete: remove } = IDBObjectStore.prototype;
    IDBObjectStore.prototype.put = function () { throw new DOMException('no room', 'QuotaExceededError'); };
    IDBObjectStore.prototype.delete = function (key) {
      if (room && String(key).startsWith('page ')) IDBObjectStore.prototype.put = put;
      return remove.call(this, key);
    };
  }, spare);
}

test('where room is short the kept history goes first, and messages are stored', async () => {
  const visitor = await Visitor.arrive();
  await visitor.visitHosted(`${widget.origin}/index.html`);
  await visitor.say('Nearly full');
  await visitor.sent('Nearly full');
  await fill(visitor.page, { spare: true });
  await visitor.page.route(`${server.base}/public/**`, (route) => route.abort());
  await visitor.say('Kept all the same');
  await eventually('the row in the store', async () => (await stored(visitor.page, 'outbox')).includes('Kept all the same'));
  assert.equal(await visitor.panel.getByText(MEMORY).count(), 0);
  await visitor.page.reload();
  await visitor.page.unrouteAll();
  await visitor.sent('Kept all the same');
  await visitor.leave();
});

test('a browser whose storage is full loses nothing and says that the page has to stay open', async () => {
  const visitor = await Visitor.arrive();
  await visitor.visitHosted(`${widget.origin}/index.html`);
  await visitor.say('Before the disk was full');
  await visitor.sent('Before the disk was full');
  await fill(visitor.page);
  await visitor.say('After the disk was full');
  await visitor.sent('After the disk was full');
  await visitor.panel.getByText(MEMORY).first().waitFor();
  const id = await conversationOf('After the disk was full');
  const messages = (await agent.messages(id)).map((message) => message.content);
  assert.deepEqual(messages.filter((text) => text?.includes('the disk was full')), ['Before the disk was full', 'After the disk was full']);
  assert.deepEqual(visitor.crashes, []);
  await visitor.leave();
});
