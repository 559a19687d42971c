// The chat in a window of its own: what goes there, what comes back, and who may ask for it.

import { strict as assert } from 'node:assert';
import { after, before, describe, test } from 'node:test';

import { eventually } from './lib/agent.mjs';
import { startSite } from './lib/sites.mjs';
import { Visitor, stored } from './lib/visitor.mjs';
import { World, visiting } from './lib/world.mjs';

let world, agent, widget;

before(async () => {
  world = await World.open();
  ({ agent, widget } = world);
});

after(() => world?.close());

/** In a browser where nobody was before. */
const ALONE = { person: {} };
const AWAY = 'The chat goes on in its own window.';

/** A site with the script tag, a visitor on it with the panel open. */
async function onSite(act, { host, person, options = {}, prepare = () => {} } = {}) {
  const room = await agent.inbox();
  const site = await startSite(() => world.tag(room, { serverTimeBound: 1000, ...options }));
  await visiting(site, async (visitor) => {
    await prepare(visitor);
    await visitor.visit(host ? `http://${host}:${new URL(site.origin).port}` : site.origin);
    await visitor.open();
    await act(visitor, room, site);
  }, person);
}

/** The same person in another window. */
function inWindow(visitor, page) {
  const other = Object.assign(Object.create(Visitor.prototype), { page, panel: page, crashes: visitor.crashes, context: visitor.context });
  page.on('pageerror', (error) => visitor.crashes.push(error.message));
  return other;
}

async function popOut(visitor, act = () => visitor.panel.getByRole('button', { name: 'Open in a window of its own' }).click()) {
  const [page] = await Promise.all([visitor.context.waitForEvent('page'), act()]);
  const other = inWindow(visitor, page);
  await visitor.panel.getByText(AWAY).waitFor();
  await page.waitForFunction(() => performance.getEntriesByName('confab:usable').length > 0);
  return other;
}

const frameOf = (visitor) => visitor.page.frames().find((frame) => frame.url().startsWith(widget.origin));

async function texts(room) {
  const all = [];
  for (const { id } of await agent.conversations(room)) all.push(...await agent.messages(id));
  return all.map((message) => message.content);
}

async function answer(room, text) {
  const [{ id }] = await eventually('a conversation', async () => {
    const found = (await agent.conversations(room)).filter((one) => one.messages?.length);
    return found.length ? found : null;
  });
  await agent.say(id, text);
}

for (const [name, host] of [['a site of another owner, whose frame has a storage of its own', undefined], ['a site of the same owner, where frame and window share the storage', 'www.chat.localhost']]) {
  describe(name, () => {
    test('the conversation goes into the window and comes back with what was typed', () => onSite(async (visitor, room) => {
      await visitor.say('Is this still there?');
      await visitor.sent('Is this still there?');
      await visitor.composer.fill('half a thought');
      const sockets = [];
      visitor.page.on('websocket', (socket) => sockets.push(socket));
      const popup = await popOut(visitor);
      await popup.reads('Is this still there?');
      assert.equal(await popup.composer.inputValue(), 'half a thought');
      assert.match(new URL(popup.page.url()).hash, /^#confab=1&nonce=[0-9a-f]{32}$/);
      assert.equal(new URL(popup.page.url()).search, '');
      await popup.say('From the window');
      await popup.sent('From the window');
      await answer(room, 'Good day, window.');
      await popup.reads('Good day, window.');
      assert.deepEqual(sockets.filter((socket) => !socket.isClosed()), [], 'the opener asks nothing more');
      await popup.composer.fill('another thought');
      await popup.page.close();
      await visitor.reads('Good day, window.');
      await eventually('the text in the composer', async () => (await visitor.composer.inputValue()) === 'another thought');
      assert.equal(await visitor.panel.getByText(AWAY).count(), 0);
      await visitor.say('Back again');
      await visitor.sent('Back again');
      assert.deepEqual(await texts(room), ['Is this still there?', 'From the window', 'Good day, window.', 'Back again']);
      assert.equal((await agent.conversations(room)).length, 1);
    }, { host }));

    test('messages that wait go along, there and back, and arrive once', () => onSite(async (visitor, room) => {
      await visitor.say('First');
      await visitor.sent('First');
      // No attempt is begun: nothing in a row tells that it was ever in other hands.
      const goOffline = (page) => page.evaluate(() => {
        Object.defineProperty(navigator, 'onLine', { get: () => false });
        dispatchEvent(new Event('offline'));
      });
      await goOffline(frameOf(visitor));
      await visitor.say('Waits in the frame');
      await eventually('the row in the store', async () => (await stored(frameOf(visitor), 'outbox')).includes('Waits in the frame'));
      const popup = await popOut(visitor);
      await popup.sent('Waits in the frame');
      await eventually('nothing in either outbox', async () => (await stored(frameOf(visitor), 'outbox')) + (await stored(popup.page, 'outbox')) === '[][]');
      await goOffline(popup.page);
      await popup.say('Waits in the window');
      await eventually('the row in the store', async () => (await stored(popup.page, 'outbox')).includes('Waits in the window'));
      await popup.page.close();
      await visitor.sent('Waits in the window');
      assert.deepEqual(await texts(room), ['First', 'Waits in the frame', 'Waits in the window']);
      // Another window finds what the first one left, and sends it no second time.
      const again = await popOut(visitor);
      await again.reads('Waits in the window');
      await again.say('Last');
      await again.sent('Last');
      assert.deepEqual(await texts(room), ['First', 'Waits in the frame', 'Waits in the window', 'Last']);
    }, { host }));
  });
}

describe('the window', () => {
  test('is brought back by a button, and then nothing is left in it', () => onSite(async (visitor, room) => {
    const popup = await popOut(visitor);
    await popup.say('Begun in the window');
    await popup.sent('Begun in the window');
    await popup.composer.fill('unfinished');
    const closed = popup.page.waitForEvent('close');
    await visitor.panel.getByRole('button', { name: 'Continue here' }).click();
    await closed;
    await visitor.reads('Begun in the window');
    await eventually('the text in the composer', async () => (await visitor.composer.inputValue()) === 'unfinished');
    await visitor.say('Gone on here');
    await visitor.sent('Gone on here');
    assert.equal((await agent.conversations(room)).length, 1);
    const page = await visitor.context.newPage();
    await page.goto(`${widget.origin}/confab.json`);
    for (const store of ['identity', 'outbox', 'composition']) assert.equal(await stored(page, store), '[]', store);
    assert.equal(await page.evaluate(() => localStorage.length), 0);
  }, ALONE));

  test('leaves no key behind when it is closed', () => onSite(async (visitor) => {
    await visitor.say('Hello');
    await visitor.sent('Hello');
    const popup = await popOut(visitor);
    await popup.say('Here');
    await popup.sent('Here');
    await popup.page.close({ runBeforeUnload: true });
    await visitor.reads('Here');
    const page = await visitor.context.newPage();
    await page.goto(`${widget.origin}/confab.json`);
    assert.equal(await stored(page, 'identity'), '[]');
    assert.equal(await page.evaluate(() => localStorage.length), 0);
  }, ALONE));

  test('goes on when it is loaded again, and when the page it came from is gone', () => onSite(async (visitor, room) => {
    await visitor.say('One');
    await visitor.sent('One');
    const popup = await popOut(visitor);
    await popup.page.reload();
    await popup.reads('One');
    await popup.say('Two');
    await popup.sent('Two');
    await visitor.panel.getByText(AWAY).waitFor();
    await visitor.page.goto('about:blank');
    await popup.say('Three');
    await popup.sent('Three');
    await popup.page.reload();
    await popup.reads('Three');
    await popup.say('Four');
    await popup.sent('Four');
    assert.deepEqual(await texts(room), ['One', 'Two', 'Three', 'Four']);
    assert.equal((await agent.conversations(room)).length, 1);
  }));

  test('comes back when there is a network again, if there is none when it is closed', () => onSite(async (visitor) => {
    const popup = await popOut(visitor);
    await popup.say('Before the tunnel');
    await popup.sent('Before the tunnel');
    await visitor.context.route(`${widget.origin}/**`, (route) => route.abort());
    await popup.page.close();
    await visitor.panel.getByText('You are offline. What you write is kept.').waitFor();
    await visitor.context.unroute(`${widget.origin}/**`);
    await visitor.reads('Before the tunnel');
    await visitor.say('After the tunnel');
    await visitor.sent('After the tunnel');
  }));

  test('obeys the page, which hears what happens there', () => onSite(async (visitor, room) => {
    const popup = await popOut(visitor);
    await visitor.page.evaluate(() => window.confab.send('Said by the page'));
    await popup.sent('Said by the page');
    await eventually('the news', async () => (await visitor.heard('message')).some((news) => news.direction === 'sent'));
    await answer(room, 'Heard in the window');
    await eventually('the news', async () => (await visitor.heard('message')).some((news) => news.preview === 'Heard in the window'));
    await visitor.page.evaluate(() => window.confab.prefill('A suggestion'));
    await eventually('the text in the composer', async () => (await popup.composer.inputValue()) === 'A suggestion');
    await visitor.page.evaluate(() => window.confab.logout());
    await popup.bubble('Said by the page').waitFor({ state: 'detached' });
    await eventually('nothing stored in the frame', async () => (await stored(frameOf(visitor), 'identity')) === '[]');
    await popup.page.close();
    await visitor.composer.waitFor();
    await visitor.panel.getByText(AWAY).waitFor({ state: 'detached' });
    assert.deepEqual(await visitor.bubbles(), []);
  }));

  test('is the user that the page names meanwhile, also after it was loaded again and back in the panel', () => onSite(async (visitor, room) => {
    const popup = await popOut(visitor);
    await visitor.page.evaluate(() => window.confab.setUser('kim-7', { name: 'Kim' }));
    await popup.say('As Kim');
    await popup.sent('As Kim');
    await popup.page.reload();
    await popup.reads('As Kim');
    await popup.page.close();
    await visitor.reads('As Kim');
    await visitor.say('Still Kim');
    await visitor.sent('Still Kim');
    const [conversation, ...others] = await agent.conversations(room);
    assert.deepEqual(others, []);
    const { payload: contact } = await agent.call('GET', `/contacts/${conversation.meta.sender.id}`);
    assert.deepEqual([contact.identifier, contact.name], ['kim-7', 'Kim']);
  }));

  test('stores nothing before the visitor does something', () => onSite(async (visitor) => {
    const popup = await popOut(visitor);
    const databases = () => indexedDB.databases().then((all) => all.length);
    assert.equal(await popup.page.evaluate(databases), 0);
    assert.equal(await frameOf(visitor).evaluate(databases), 0);
    assert.equal(await popup.page.evaluate(() => localStorage.length), 0);
  }, ALONE));

  test('takes over from a frame that may store nothing, and stores', () => onSite(async (visitor, room) => {
    await visitor.say('Nowhere stored');
    await visitor.sent('Nowhere stored');
    const popup = await popOut(visitor);
    await popup.reads('Nowhere stored');
    await popup.say('Stored');
    await popup.sent('Stored');
    await popup.page.reload();
    await popup.reads('Stored');
    assert.equal((await agent.conversations(room)).length, 1);
  }, {
    prepare: (visitor) => visitor.page.addInitScript(() => {
      if (window === window.top) return;
      Object.defineProperty(window, 'indexedDB', { get() { throw new DOMException('denied', 'SecurityError'); } });
    }),
  }));
});

test('two tabs of a site, each with a window: every message arrives once, and one window may close', () => onSite(async (visitor, room, site) => {
  await visitor.say('From the first tab');
  await visitor.sent('From the first tab');
  const first = await popOut(visitor);
  await first.say('From the first window');
  await first.sent('From the first window');
  const other = inWindow(visitor, await visitor.context.newPage());
  await Visitor.prototype.visit.call(other, site.origin);
  await other.open();
  await other.reads('From the first window');
  await other.page.bringToFront();
  await frameOf(other).evaluate(() => {
    Object.defineProperty(navigator, 'onLine', { get: () => false });
    dispatchEvent(new Event('offline'));
  });
  await other.say('Waits in the second tab');
  await eventually('the row in the store', async () => (await stored(frameOf(other), 'outbox')).includes('Waits in the second tab'));
  const second = await popOut(other);
  await second.sent('Waits in the second tab');
  await first.reads('Waits in the second tab');
  // The page of this one knows by now who the visitor is: alone, the window would leave nothing.
  await first.page.close({ runBeforeUnload: true });
  await visitor.panel.getByText(AWAY).waitFor({ state: 'detached' });
  assert.notEqual(await stored(second.page, 'identity'), '[]', "what lies on the shelf is the second one's, too");
  await second.say('The second goes on');
  await second.sent('The second goes on');
  assert.deepEqual(await texts(room), ['From the first tab', 'From the first window', 'Waits in the second tab', 'The second goes on']);
  assert.equal((await agent.conversations(room)).length, 1);
}));

describe('where no window comes', () => {
  const refused = { prepare: (visitor) => visitor.page.addInitScript(() => { if (window !== window.top) window.open = () => null; }) };

  test('the panel says so, and a link does the same', () => onSite(async (visitor) => {
    await visitor.say('Before');
    await visitor.sent('Before');
    await visitor.panel.getByRole('button', { name: 'Open in a window of its own' }).click();
    await visitor.panel.getByText('Your browser opened no window.').waitFor();
    const popup = await popOut(visitor, () => visitor.panel.getByRole('link', { name: 'Open in a new tab' }).click());
    await popup.reads('Before');
    await popup.page.close();
    await visitor.reads('Before');
  }, refused));

  test('the chat goes on in the panel when the visitor says so', () => onSite(async (visitor) => {
    await visitor.panel.getByRole('button', { name: 'Open in a window of its own' }).click();
    await visitor.panel.getByRole('button', { name: 'Continue here' }).click();
    await visitor.say('Still here');
    await visitor.sent('Still here');
  }, refused));
});

test('nobody else is handed anything', () => onSite(async (visitor) => {
  await visitor.say('Mine');
  await visitor.sent('Mine');
  // The page knows the nonce: it made it. Its origin is another.
  const nonce = /nonce=(\w+)/.exec(frameOf(visitor).url())[1];
  await visitor.panel.getByRole('button', { name: 'Open in a window of its own' }).evaluate((button) => {
    // The script is there and listens, and no window comes.
    window.open = () => null;
    button.click();
  });
  await visitor.panel.getByText('Your browser opened no window.').waitFor();
  await visitor.page.evaluate((known) => {
    window.told = [];
    window.addEventListener('message', (event) => window.told.push(event.data));
    const frame = document.querySelector('confab-launcher').shadowRoot.querySelector('iframe').contentWindow;
    for (const time of [1, 2, 3]) frame.postMessage({ popout: known, v: 1, time }, '*');
  }, nonce);
  // A window of the right origin, opened by the page, is not answered by the page either.
  const [other] = await Promise.all([
    visitor.context.waitForEvent('page'),
    visitor.page.evaluate((url) => {
      const child = window.open(url);
      window.forging = setInterval(() => child.postMessage({ popout: url.split('nonce=')[1], v: 1, again: false, config: { baseUrl: 'http://evil.example' }, origin: 'x', shelf: { rows: [] } }, '*'), 50);
    }, `${widget.origin}/index.html#confab=1&nonce=${nonce}`),
  ]);
  await eventually('the plain hosted page', async () => !other.url().includes('nonce'), { within: 15000 });
  assert.deepEqual(await visitor.page.evaluate(() => window.told), []);
  assert.equal(await visitor.panel.getByText(AWAY).count(), 0);
  await visitor.panel.getByRole('button', { name: 'Continue here' }).click();
  await visitor.say('Still mine');
  await visitor.sent('Still mine');
}));
