// The hosted page, other addresses of the API, and the path prefix.

import { strict as assert } from 'node:assert';
import { after, before, describe, test } from 'node:test';

import { Agent, eventually } from './lib/agent.mjs';
import { FOREIGN, startServer } from './lib/server.mjs';
import { scriptTag, startSite, startWidgetHost } from './lib/sites.mjs';
import { Visitor, stored } from './lib/visitor.mjs';
import { entered } from './lib/world.mjs';

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
    const visitor = await entered();
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
    const visitor = await entered();
    await visitor.visitHosted(`${widget.origin}/index.html?inbox=support&baseUrl=http://127.0.0.1:9/`);
    await exchange(visitor, agent, support);
    assert.equal((await agent.conversations(sales)).length, 0);
    await visitor.leave();
  });

  test('the query can set the text to start with', async () => {
    const widget = await startWidgetHost({ confab: { baseUrl: server.base, inboxIdentifier: inbox.inbox_identifier } });
    opened.push(widget);
    const visitor = await entered();
    await visitor.visitHosted(`${widget.origin}/index.html?text=Order%2017&text=Order+18`);
    await eventually('the text in the composer', async () => (await visitor.composer.inputValue()) === 'Order 17');
    await visitor.leave();
  });

  /** The hosted page, whose wasm comes when it is released. */
  async function unstarted() {
    const widget = await startWidgetHost({ confab: { baseUrl: server.base, inboxIdentifier: inbox.inbox_identifier } });
    opened.push(widget);
    const visitor = await entered();
    let release;
    const held = new Promise((done) => { release = done; });
    await visitor.page.route('**/*.wasm', async (route) => { await held; await route.continue(); });
    await visitor.visitHosted(`${widget.origin}/index.html`);
    await visitor.composer.focus();
    return { visitor, release };
  }

  test('text typed before the chat has started is kept', async () => {
    const { visitor, release } = await unstarted();
    await visitor.page.keyboard.type('early bird');
    release();
    await visitor.page.waitForFunction(() => performance.getEntriesByName('confab:usable').length > 0);
    assert.equal(await visitor.composer.inputValue(), 'early bird');
    assert.ok(await visitor.composer.evaluate((e) => e.ownerDocument.activeElement === e), 'the focus stays');
    await visitor.page.keyboard.press('Enter');
    await visitor.sent('early bird');
    await visitor.leave();
  });

  test('what is typed and sent by Enter before the chat has started goes out when it has', async () => {
    const { visitor, release } = await unstarted();
    await visitor.page.keyboard.type('first line');
    await visitor.page.keyboard.press('Shift+Enter');
    await visitor.page.keyboard.type('earlier bird');
    await visitor.page.keyboard.press('Enter');
    assert.equal(await visitor.composer.inputValue(), 'first line\nearlier bird');
    release();
    await visitor.sent('earlier bird');
    assert.equal(await visitor.composer.inputValue(), '');
    await visitor.leave();
  });
});

describe('links to one conversation', () => {
  let room, widget, visitor, first, second;

  before(async () => {
    room = await agent.inbox();
    widget = await startWidgetHost({ confab: { baseUrl: server.base, inboxIdentifier: room.inbox_identifier } });
    opened.push(widget);
    visitor = await Visitor.arrive();
    // Every text that is ever on screen in a page, for however short.
    await visitor.page.addInitScript(() => {
      window.everShown = new Set();
      const look = () => {
        for (const bubble of document.querySelectorAll('article.msg .bubble')) window.everShown.add(bubble.innerText.trim());
      };
      new MutationObserver(look).observe(document, { childList: true, subtree: true, characterData: true });
    });
    await visitor.visitHosted(`${widget.origin}/index.html`);
    await visitor.say('In the first');
    await visitor.sent('In the first');
    [{ id: first }] = await agent.conversations(room);
    // The same contact has another one, begun elsewhere.
    const { source_id: source } = JSON.parse(await stored(visitor.page, 'identity'))[0];
    const contact = `${server.base}/public/api/v1/inboxes/${room.inbox_identifier}/contacts/${source}`;
    ({ id: second } = await (await fetch(`${contact}/conversations`, { method: 'POST' })).json());
    await agent.say(second, 'Here is your invoice.');
  });

  after(() => visitor.leave());

  const UNKNOWN = 'That conversation is not known here.';
  const follow = (conversation) => visitor.visitHosted(`${widget.origin}/index.html?conversation=${conversation}`);

  /** The link is followed, and all that was ever on screen until an agent's next words came is that conversation. */
  async function showsAlone(conversation, beforeNews = () => {}) {
    const texts = (await agent.messages(conversation)).map((message) => message.content);
    await follow(conversation);
    await visitor.reads(texts.at(-1));
    await beforeNews();
    texts.push(`News ${texts.length} in ${conversation}.`);
    await agent.say(conversation, texts.at(-1));
    await visitor.reads(texts.at(-1));
    assert.deepEqual(await visitor.bubbles(), texts);
    assert.deepEqual(await visitor.page.evaluate(() => [...window.everShown]), texts);
  }

  test('the one that is named is shown, and what is written goes there', async () => {
    await showsAlone(second);
    await visitor.say('Thank you.');
    await visitor.sent('Thank you.');
    assert.equal((await agent.messages(second)).at(-1).content, 'Thank you.');
    assert.ok(!(await agent.messages(first)).some((message) => message.content === 'Thank you.'));
    await showsAlone(first);
    assert.equal(await visitor.panel.getByText(UNKNOWN).count(), 0);
  });

  test('nothing of the one that is left is ever on screen, though what was asked about it is answered late', async () => {
    for (const [left, named] of [[first, second], [second, first]]) {
      const held = [];
      const address = `**/conversations/${left}/messages*`;
      await visitor.page.route(address, async (route) => {
        const response = await route.fetch();
        held.push(() => route.fulfill({ response }));
      });
      await showsAlone(named, () => Promise.all(held.map((answer) => answer())));
      await visitor.page.unroute(address);
    }
  });

  for (const wrong of [999999, 'abc', '-1', '%3Cb%3E']) {
    test(`of another, or none (${wrong}): the visitor is told, and writes where the talk was`, async () => {
      await follow(wrong);
      await visitor.panel.getByText(UNKNOWN).waitFor();
      await visitor.reads('In the first');
      await visitor.say(`Then here: ${wrong}`);
      await visitor.sent(`Then here: ${wrong}`);
      await visitor.panel.getByText(UNKNOWN).waitFor({ state: 'hidden' });
      assert.ok((await agent.messages(first)).some((message) => message.content === `Then here: ${wrong}`));
    });
  }

  test('in a browser that knows no conversation the visitor is told, and nothing is stored or asked for', async () => {
    const stranger = await Visitor.arrive();
    const asked = [];
    stranger.page.on('request', (request) => { if (request.url().startsWith(server.base)) asked.push(request.method()); });
    await stranger.visitHosted(`${widget.origin}/index.html?conversation=${first}`);
    await stranger.panel.getByText(UNKNOWN).waitFor();
    assert.deepEqual(await stranger.page.evaluate(() => indexedDB.databases()), []);
    assert.ok(!asked.includes('POST'), 'no contact is made');
    await stranger.leave();
  });
});

test('the hosted page can be installed', async () => {
  const widget = await startWidgetHost({ confab: { baseUrl: server.base, inboxIdentifier: inbox.inbox_identifier } });
  opened.push(widget);
  const visitor = await entered();
  await visitor.visitHosted(`${widget.origin}/index.html?text=Hello`);
  const browser = await visitor.context.newCDPSession(visitor.page);
  await browser.send('Page.enable');
  const { url, errors, data, manifest } = await browser.send('Page.getAppManifest');
  assert.equal(url, `${widget.origin}/manifest.webmanifest`);
  assert.deepEqual(errors, []);
  const said = JSON.parse(data);
  assert.equal(said.display, 'standalone');
  assert.equal(new URL(said.start_url, url).href, `${widget.origin}/index.html`);
  if (manifest) assert.equal(manifest.startUrl, `${widget.origin}/index.html`);
  const { installabilityErrors } = await browser.send('Page.getInstallabilityErrors');
  // A private profile, as tests have, is the one thing that may stand in the way.
  assert.deepEqual(installabilityErrors.map((one) => one.errorId).filter((id) => id !== 'in-incognito'), []);
  for (const { src, sizes, type } of said.icons) {
    const icon = await visitor.page.evaluate(async (address) => {
      const answer = await fetch(address);
      const picture = await createImageBitmap(await answer.blob()).catch(() => null);
      return { status: answer.status, type: answer.headers.get('content-type'), size: picture && `${picture.width}x${picture.height}` };
    }, new URL(src, url).href);
    assert.deepEqual([icon.status, icon.type], [200, type], src);
    if (sizes !== 'any') assert.equal(icon.size, sizes, src);
  }
  assert.deepEqual(visitor.errors, []);
  await visitor.leave();
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
      const visitor = await entered();
      await visitor.visit(site.origin);
      await visitor.open();
      await exchange(visitor, other, room);
      await visitor.leave();
    });
  }
}
