// The hosted page, other addresses of the API, and the path prefix.

import { strict as assert } from 'node:assert';
import { after, before, describe, test } from 'node:test';

import { Agent, eventually } from './lib/agent.mjs';
import { FOREIGN, startServer } from './lib/server.mjs';
import { scriptTag, startSite, startWidgetHost } from './lib/sites.mjs';
import { Visitor } from './lib/visitor.mjs';

let server, agent, inbox;
const opened = [];

before(async () => {
  server = await startServer();
  agent = new Agent(server);
  inbox = await agent.inbox();
});

after(async () => {
  await Promise.all([...opened, server].map((one) => one?.stop()));
});

async function exchange(visitor, other, room) {
  await visitor.say('Hello there');
  await visitor.sent('Hello there');
  const [{ id }] = await eventually('the conversation', async () => {
    const found = (await other.conversations(room)).filter((c) => c.messages?.length);
    return found.length ? found : null;
  });
  await other.say(id, 'Good day.');
  await visitor.reads('Good day.');
}

describe('the hosted page', () => {
  test('is configured by confab.json and is a chat', async () => {
    const room = await agent.inbox();
    const widget = await startWidgetHost({ confab: { baseUrl: server.base, inboxIdentifier: room.inbox_identifier, title: 'Marigold' } });
    opened.push(widget);
    const visitor = await Visitor.arrive();
    await visitor.visitHosted(`${widget.origin}/index.html`);
    await visitor.panel.getByRole('heading', { name: 'Marigold' }).first().waitFor();
    await exchange(visitor, agent, room);
    assert.deepEqual(visitor.crashes, []);
    await visitor.leave();
  });

  test('the query chooses among the inboxes of confab.json, and cannot name another server', async () => {
    const [sales, support] = [await agent.inbox(), await agent.inbox()];
    const widget = await startWidgetHost({ confab: {
      baseUrl: server.base, inboxIdentifier: sales.inbox_identifier, inboxes: { support: { inboxIdentifier: support.inbox_identifier } },
    } });
    opened.push(widget);
    const visitor = await Visitor.arrive();
    await visitor.visitHosted(`${widget.origin}/index.html?inbox=support&baseUrl=http://127.0.0.1:9/`);
    await exchange(visitor, agent, support);
    assert.equal((await agent.conversations(sales)).length, 0);
    await visitor.leave();
  });

  test('the query can set the text to start with', async () => {
    const widget = await startWidgetHost({ confab: { baseUrl: server.base, inboxIdentifier: inbox.inbox_identifier } });
    opened.push(widget);
    const visitor = await Visitor.arrive();
    await visitor.visitHosted(`${widget.origin}/index.html?text=Order%2017`);
    await eventually('the text in the composer', async () => (await visitor.composer.inputValue()) === 'Order 17');
    await visitor.leave();
  });

  test('text typed before the chat has started is kept', async () => {
    const widget = await startWidgetHost({ confab: { baseUrl: server.base, inboxIdentifier: inbox.inbox_identifier } });
    opened.push(widget);
    const visitor = await Visitor.arrive();
    let release;
    const held = new Promise((done) => { release = done; });
    await visitor.page.route('**/*.wasm', async (route) => { await held; await route.continue(); });
    await visitor.visitHosted(`${widget.origin}/index.html`);
    await visitor.composer.focus();
    await visitor.page.keyboard.type('early bird');
    release();
    await visitor.page.waitForFunction(() => performance.getEntriesByName('confab:usable').length > 0);
    assert.equal(await visitor.composer.inputValue(), 'early bird');
    assert.ok(await visitor.composer.evaluate((e) => e.ownerDocument.activeElement === e), 'the focus stays');
    await visitor.page.keyboard.press('Enter');
    await visitor.sent('early bird');
    await visitor.leave();
  });
});

if (!FOREIGN) {
  for (const slash of ['', '/']) {
    test(`a base URL with a path prefix${slash && ' and a trailing slash'} reaches API and cable`, async () => {
      const prefixed = await startServer({ prefix: '/desk/eu' });
      opened.push(prefixed);
      assert.match(prefixed.base, /\/desk\/eu$/);
      const other = new Agent(prefixed);
      const room = await other.inbox();
      const widget = await startWidgetHost();
      const site = await startSite(() => scriptTag(widget.origin, { baseUrl: prefixed.base + slash, inboxIdentifier: room.inbox_identifier }));
      opened.push(widget, site);
      const visitor = await Visitor.arrive();
      await visitor.visit(site.origin);
      await visitor.open();
      await exchange(visitor, other, room);
      await visitor.leave();
    });
  }
}
