// What the script tag costs and does to a page, before and after the visitor acts.

import { strict as assert } from 'node:assert';
import fs from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { eventually } from './lib/agent.mjs';
import { scriptTag } from './lib/sites.mjs';
import { World, onSite } from './lib/world.mjs';

const RESULTS = fileURLToPath(new URL('test-results/', import.meta.url));
let world, server, agent, inbox, widget, options;

before(async () => {
  world = await World.open();
  ({ server, agent, widget } = world);
  inbox = await agent.inbox();
  options = { baseUrl: server.base, inboxIdentifier: inbox.inbox_identifier };
  fs.mkdirSync(RESULTS, { recursive: true });
});

after(() => world?.close());

const onPage = (body, headers, act, person) => onSite(body, act, { headers, person });

describe('before the visitor acts', () => {
  test('the page pays one request, stores nothing, does not shift and has one new global', () => onPage(
    `<h1>Bicycles</h1><p>Text</p>${scriptTag(widget.origin, options)}`, {},
    async (visitor, site) => {
      await visitor.page.addInitScript(() => {
        window.shift = 0;
        new PerformanceObserver((list) => { for (const e of list.getEntries()) window.shift += e.value; }).observe({ type: 'layout-shift', buffered: true });
        const before = new Set(Object.getOwnPropertyNames(window));
        window.added = () => Object.getOwnPropertyNames(window).filter((n) => !before.has(n) && !['added', 'shift', 'heard'].includes(n));
      });
      const start = widget.requests.length;
      await visitor.visit(site.origin);
      await visitor.page.waitForLoadState('networkidle');
      assert.deepEqual(widget.requests.slice(start), ['/confab.js']);
      assert.deepEqual(await visitor.page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie, window.shift]), [0, 0, '', 0]);
      assert.deepEqual(await visitor.page.evaluate(() => indexedDB.databases()), []);
      assert.deepEqual(await visitor.page.evaluate(() => window.added()), ['confab']);
      assert.equal(await visitor.page.locator('iframe').count(), 0);
    },
  ));

  test('hovering downloads the chat and asks the API nothing', () => onPage(scriptTag(widget.origin, options), {}, async (visitor, site) => {
    const asked = [];
    visitor.page.on('request', (request) => { if (request.url().startsWith(server.base)) asked.push(request.url()); });
    await visitor.visit(site.origin);
    await visitor.launcher.hover();
    await eventually('the frame is ready', async () => (await visitor.heard('ready')).length === 1);
    assert.deepEqual(asked, []);
  }));
});

describe('the page', () => {
  test('may forbid inline styles, foreign scripts and DOM injection', () => onPage(
    `<h1>Bicycles</h1>${'{{tag}}'}`.replace('{{tag}}', scriptTag(widget.origin, options)),
    { 'content-security-policy': `default-src 'self'; script-src ${widget.origin}; frame-src ${widget.origin}; require-trusted-types-for 'script'; trusted-types 'none'` },
    async (visitor, site) => {
      await visitor.visit(site.origin);
      await visitor.open();
      await visitor.say('Strict');
      await visitor.sent('Strict');
      assert.deepEqual(visitor.errors, []);
      assert.deepEqual(visitor.crashes, []);
    },
  ));

  test('may include the script twice, in the head, and is told', () => onPage(
    `${scriptTag(widget.origin, options)}${scriptTag(widget.origin, options)}`, {},
    async (visitor, site) => {
      const warned = visitor.page.waitForEvent('console', (m) => m.type() === 'warning' && m.text().includes('twice'));
      await visitor.visit(site.origin);
      await warned;
      assert.equal(await visitor.launcher.count(), 1);
    },
  ));

  test('can open and close by command, also before the script is there, and hears of it', () => onPage(
    `<script>window.confab = window.confab || Object.assign((...a) => { window.confab.q.push(a); }, { q: [] }); confab('open')</script>${scriptTag(widget.origin, options)}`, {},
    async (visitor, site) => {
      await visitor.visit(site.origin);
      await visitor.composer.waitFor();
      assert.equal((await visitor.heard('opened')).length, 1);
      await visitor.page.evaluate(() => window.confab.close());
      assert.equal((await visitor.heard('closed')).length, 1);
      const refusal = await visitor.page.evaluate(() => window.confab('fly').catch((error) => error.message));
      assert.match(refusal, /fly/);
      assert.match(refusal, /open/);
    },
  ));

  test('ends as the last command says, however fast they come, also while the chat is on its way', () => onPage(scriptTag(widget.origin, options), {}, async (visitor, site) => {
    const commands = async (list) => visitor.page.evaluate((all) => Promise.all(all.map((command) => window.confab(command))), list);
    await visitor.visit(site.origin);
    await commands(['open', 'close', 'open']);
    await visitor.composer.waitFor();
    await commands(['close', 'open', 'close', 'open', 'toggle', 'toggle']);
    await visitor.say('Still open');
    await visitor.sent('Still open');
    assert.equal(await visitor.launcher.getAttribute('aria-expanded'), 'true');
    await visitor.panel.getByRole('button', { name: 'Close chat' }).click();
    await eventually('closed from inside', async () => (await visitor.launcher.getAttribute('aria-expanded')) === 'false');
    await visitor.launcher.dblclick();
    assert.equal(await visitor.launcher.getAttribute('aria-expanded'), 'true');
  }));

  test('cannot be spoken for: messages without the nonce or of another shape change nothing', () => onPage(scriptTag(widget.origin, options), {}, async (visitor, site) => {
    await visitor.visit(site.origin);
    await visitor.open();
    await visitor.page.evaluate((origin) => {
      const frame = document.querySelector('confab-launcher').shadowRoot.querySelector('iframe').contentWindow;
      for (const nonce of ['', '0'.repeat(32), null, 7]) {
        const { port2 } = new MessageChannel();
        frame.postMessage({ confab: 1, version: 1, nonce, config: { baseUrl: 'http://127.0.0.1:9', inboxIdentifier: 'x' } }, origin, [port2]);
      }
      for (const shape of [null, 1, 'open', [], { confab: 1 }, { v: 1, type: 'close' }]) frame.postMessage(shape, origin);
    }, widget.origin);
    await visitor.say('Still mine');
    await visitor.sent('Still mine');
    assert.deepEqual(await visitor.heard('error'), []);
  }));
});

describe('to look at', () => {
  const looks = {
    light: undefined, dark: { colorScheme: 'dark' }, phone: { viewport: { width: 390, height: 760 }, hasTouch: true, isMobile: true },
    'right-to-left': { viewport: { width: 360, height: 720 }, locale: 'ar' },
  };
  for (const [name, person] of Object.entries(looks)) {
    test(`a chat, ${name}`, () => onPage(
      `<h1>Bicycles that last</h1><p>One script tag.</p>${scriptTag(widget.origin, { ...options, title: 'Marigold', ...(name === 'right-to-left' ? { locale: 'ar', color: '#7a3fd0' } : {}) })}`, {},
      async (visitor, site) => {
        await visitor.visit(site.origin);
        await visitor.open();
        await visitor.page.screenshot({ path: `${RESULTS}${name}-empty.png` });
        await visitor.say(`Hi! My parcel shows as delivered, but nothing is here. (${name})`);
        await visitor.say('Order 17');
        await visitor.sent('Order 17');
        const { id } = await eventually('the conversation', async () => (await agent.conversations(inbox)).find((c) => c.messages?.[0]?.content === 'Order 17'));
        await agent.say(id, 'Thanks, Kim. I see it was left with a **neighbour**.\n\n- number 14\n- the [green door](https://example.org/door)');
        await agent.say(id, 'Is this their door?');
        await visitor.reads('their door');
        await agent.typing(id, 'on');
        await visitor.panel.locator('.typing').waitFor();
        await visitor.page.screenshot({ path: `${RESULTS}${name}-chat.png` });
        assert.equal(await visitor.panel.locator('html').evaluate((e) => e.scrollWidth > e.clientWidth), false, 'nothing wider than the panel');
        await agent.call('POST', `/conversations/${id}/toggle_status`, { status: 'resolved' });
      },
      person,
    ));
  }
});
