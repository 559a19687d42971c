// Several tabs of one visitor, where the browser does not help: no locks, and a tab that nobody sees.

import { strict as assert } from 'node:assert';
import { after, before, test } from 'node:test';

import { Agent, eventually } from './lib/agent.mjs';
import { startServer } from './lib/server.mjs';
import { startWidgetHost } from './lib/sites.mjs';
import { leader } from './lib/tabs.mjs';
import { Visitor } from './lib/visitor.mjs';

let server, agent;

before(async () => {
  server = await startServer();
  agent = new Agent(server);
});

after(async () => { await server?.stop(); });

/** A visitor with two tabs of one chat; `prepare` runs in each before anything else. */
async function pair(prepare, browser) {
  const inbox = await agent.inbox();
  const widget = await startWidgetHost({ confab: { baseUrl: server.base, inboxIdentifier: inbox.inbox_identifier, serverTimeBound: 1000 } });
  const visitor = await Visitor.arrive(browser);
  if (prepare) await visitor.context.addInitScript(prepare);
  const pages = [visitor.page, await visitor.context.newPage()];
  for (const page of pages) {
    page.on('pageerror', (error) => visitor.crashes.push(error.message));
    await page.goto(`${widget.origin}/index.html`);
    await page.getByRole('textbox').waitFor();
  }
  const received = async () => {
    const conversations = await agent.conversations(inbox);
    assert.ok(conversations.length <= 1, `${conversations.length} conversations`);
    const texts = await Promise.all(conversations.map((one) => agent.messages(one.id)));
    return texts.flat().map((message) => message.content);
  };
  const leave = async () => {
    assert.deepEqual(visitor.crashes, []);
    await visitor.leave();
    await widget.stop();
  };
  return { visitor, pages, inbox, received, leave };
}

async function say(page, text) {
  await page.getByRole('textbox').fill(text);
  await page.getByRole('textbox').press('Enter');
}

const bubbles = (page) => page.locator('article.msg .bubble').allInnerTexts();

test('a browser without locks: two tabs write at once, each message arrives once and stands in both', async () => {
  const { pages, received, leave } = await pair(() => {
    Object.defineProperty(Navigator.prototype, 'locks', { configurable: true, get: () => undefined });
  });
  assert.equal(await pages[0].evaluate(() => navigator.locks), undefined);
  const said = [0, 1].map((tab) => Array.from({ length: 8 }, (_, number) => `tab ${tab} ${number}`));
  await Promise.all(pages.map(async (page, tab) => { for (const text of said[tab]) await say(page, text); }));
  const texts = await eventually('all of them', async () => {
    const there = await received();
    return there.length >= 16 ? there : null;
  }, { within: 30000 });
  assert.equal(new Set(texts).size, 16);
  for (const [tab, own] of said.entries()) assert.deepEqual(texts.filter((text) => text.startsWith(`tab ${tab}`)), own);
  for (const page of pages) {
    await eventually('both tabs to show all', async () => JSON.stringify(await bubbles(page)) === JSON.stringify(await received()));
  }
  await leave();
});

test('the tab that is looked at takes the lead from one that nobody sees, and gives it back', async () => {
  const { pages, leave } = await pair(() => {
    window.seen = true;
    const state = () => (window.seen ? 'visible' : 'hidden');
    Object.defineProperty(Document.prototype, 'visibilityState', { configurable: true, get: state });
    window.look = (seen) => { window.seen = seen; document.dispatchEvent(new Event('visibilitychange')); };
  });
  await eventually('a leader', async () => (await leader(pages)) === 0);
  for (const [tab, other] of [[1, 0], [0, 1]]) {
    await pages[other].evaluate(() => window.look(false));
    await pages[tab].evaluate(() => window.look(true));
    await eventually(`tab ${tab} leads`, async () => (await leader(pages)) === tab, { within: 2000 });
  }
  await leave();
});

test('a tab whose storage is full leaves the lead to another: what both wrote, before and after, arrives once', async () => {
  const { pages, received, leave } = await pair();
  await say(pages[0], 'Hello');
  await eventually('the first', async () => (await received()).length === 1);
  await eventually('a leader', async () => (await leader(pages)) === 0);
  await pages[0].route('**/messages', (route) => (route.request().method() === 'POST' ? new Promise(() => {}) : route.continue()));
  await say(pages[0], 'Waits in the store');
  await say(pages[1], 'Waits in the store, too');
  await eventually('all in the store', async () => (await bubbles(pages[0])).length === 3);
  await pages[0].evaluate(() => {
    IDBObjectStore.prototype.put = () => { throw new DOMException('no room', 'QuotaExceededError'); };
  });
  await say(pages[0], 'Written where nothing is stored');
  await eventually('the other tab to lead', async () => (await leader(pages)) === 1);
  await pages[0].unrouteAll({ behavior: 'ignoreErrors' });
  await say(pages[1], 'Written in the other tab');
  const all = ['Hello', 'Waits in the store', 'Waits in the store, too', 'Written in the other tab', 'Written where nothing is stored'];
  await eventually('all of them', async () => JSON.stringify((await received()).toSorted()) === JSON.stringify(all), { within: 40000 });
  for (const page of pages) {
    await eventually('both tabs to show all', async () => JSON.stringify((await bubbles(page)).toSorted()) === JSON.stringify(all), { within: 20000 });
  }
  // What the full one sent is not sent again by the next page.
  await pages[0].close();
  await pages[1].reload();
  await eventually('the page to show all', async () => JSON.stringify((await bubbles(pages[1])).toSorted()) === JSON.stringify(all));
  assert.equal((await received()).length, 5);
  await leave();
});

// Whoever asks which locks are held ends the sleep of a page, so that nothing here asks.
test('a tab that is left and kept for going back leaves the lead to the other one, and takes part again', async () => {
  const { pages: [left, other], inbox, received, leave } = await pair(null, { ignoreDefaultArgs: ['--disable-back-forward-cache'] });
  await say(left, 'From the first');
  await other.locator('article[data-delivery=sent]').filter({ hasText: 'From the first' }).waitFor();
  await left.goto('about:blank');
  const [{ id }] = await agent.conversations(inbox);
  await agent.say(id, 'To whoever is there');
  await other.locator('.bubble').getByText('To whoever is there').waitFor({ timeout: 5000 });
  await left.goBack({ waitUntil: 'commit' });
  await left.locator('.bubble').getByText('To whoever is there').waitFor();
  await say(left, 'Back again');
  await other.locator('.bubble').getByText('Back again').waitFor();
  await eventually('it arrived', async () => (await received()).includes('Back again'));
  await leave();
});
