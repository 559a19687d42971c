// Ten thousand messages that are not the loader's or the frame's, and a hundred times in and out: nothing has an effect,
// nothing stays behind.

import { strict as assert } from 'node:assert';
import { after, before, test } from 'node:test';

import { Agent, eventually } from './lib/agent.mjs';
import { startServer } from './lib/server.mjs';
import { scriptTag, startPages, startWidgetHost } from './lib/sites.mjs';
import { Visitor } from './lib/visitor.mjs';

let server, agent, inbox, widget, options, site, visitor;

before(async () => {
  server = await startServer();
  agent = new Agent(server);
  inbox = await agent.inbox();
  widget = await startWidgetHost();
  options = { baseUrl: server.base, inboxIdentifier: inbox.inbox_identifier };
  const page = `<!doctype html><title>Bicycles</title><body><h1>Bicycles</h1>${scriptTag(widget.origin, options)}<iframe name="stranger" src="data:text/html,stranger"></iframe>`;
  site = await startPages(() => ({ html: page }));
  visitor = await Visitor.arrive();
});

after(async () => {
  await visitor?.leave();
  await Promise.all([site, widget, server].map((one) => one?.stop()));
});

test('ten thousand forged messages have no effect, before, during and after the handshake', { timeout: 120000 }, async () => {
  await visitor.visit(site.origin);
  const asked = [];
  visitor.page.on('request', (request) => asked.push(request.url()));
  const elsewhere = 'http://127.0.0.1:9';
  const spent = await visitor.page.evaluate(async ([origin, wrong]) => {
    const config = { baseUrl: wrong, inboxIdentifier: 'forged' };
    const long = 'x'.repeat(70000);
    const ring = { v: 1, type: 'unread', count: 77 };
    ring.self = ring;
    const greeting = (nonce) => ({ confab: 1, version: 1, nonce, config });
    const shapes = [
      null, undefined, 0, NaN, '', 'open', 'confab:open', 'chatwoot-widget:{"event":"toggleBubble"}', true, 7n, [], [[]], {}, new Date(), new Map([['type', 'open']]), new ArrayBuffer(9), ring,
      { v: 1, type: 'unread', count: 77 }, { v: 1, type: 'ready' }, { v: 1, type: 'closed' }, { v: 1, type: 'open' }, { v: 1, type: 'close' }, { v: 1, type: 'logout' },
      { v: 1, type: 'send', text: 'forged' }, { v: 1, type: 'prefill', text: 'forged' }, { v: 1, type: 'user', user: { identifier: 'forged' } },
      { v: 1, type: 'error', code: 'config', option: 'forged', value: '', remedy: '', message: '' }, { v: 1, type: 'message', direction: 'received', preview: 'forged' },
      { v: 2, type: 'open' }, { v: '1', type: 'open' }, { v: 1, type: ['open'] }, { v: 1, type: long }, { v: 1, type: 'send', text: long },
      greeting(''), greeting('0'.repeat(32)), greeting(null), greeting(7), greeting(['0'.repeat(32)]), greeting(long), { ...greeting('f'.repeat(32)), version: 2 }, { confab: 1 },
    ];
    const launcher = document.querySelector('confab-launcher').shadowRoot;
    const inner = () => launcher.querySelector('iframe')?.contentWindow;
    const stranger = window.frames.stranger;
    const turn = () => new Promise((done) => { const { port1, port2 } = new MessageChannel(); port1.onmessage = () => { port1.close(); done(); }; port2.postMessage(0); });
    let sent = 0;
    const begun = performance.now();
    let longest = 0;
    for (let i = 0; i < 10000; i += 1) {
      const shape = shapes[i % shapes.length];
      const before = performance.now();
      if (i === 1000) launcher.querySelector('button').dispatchEvent(new PointerEvent('pointerenter'));
      if (i === 5000) window.confab('open');
      const frame = inner();
      switch (i % 4) {
        case 0: window.postMessage(shape, '*'); break;
        case 1: window.dispatchEvent(new MessageEvent('message', { data: shape, origin, source: frame ?? window })); break;
        case 2: frame?.postMessage(shape, '*', i % 3 ? [new MessageChannel().port2] : []); break;
        // From another window: the frame of a stranger may post to any frame of the page.
        default: stranger.postMessage(shape, '*');
      }
      sent += 1;
      if (i % 250 === 0) await turn();
      longest = Math.max(longest, performance.now() - before);
    }
    return { sent, time: performance.now() - begun, longest };
  }, [widget.origin, elsewhere]);
  assert.equal(spent.sent, 10000);
  await visitor.say('Mine alone');
  await visitor.sent('Mine alone');
  assert.deepEqual(await visitor.bubbles(), ['Mine alone']);
  assert.equal(await visitor.composer.inputValue(), '');
  assert.equal(await visitor.badge.innerText(), '');
  assert.equal(await visitor.launcher.getAttribute('aria-expanded'), 'true');
  assert.deepEqual(await visitor.heard('error'), []);
  assert.equal((await visitor.heard('ready')).length, 1);
  assert.deepEqual((await visitor.heard('message')).filter((event) => event.direction === 'received'), []);
  assert.deepEqual(asked.filter((url) => url.startsWith(elsewhere)), []);
  assert.deepEqual(visitor.crashes, []);
  assert.equal((await agent.conversations(inbox)).length, 1);
});

test('what passed between page and frame has no effect when it is said again', async () => {
  await visitor.page.addInitScript(() => {
    if (window !== window.top) return;
    // The greeting as a script of the page can see it, with its nonce.
    window.takeGreeting = () => {
      const frame = document.querySelector('confab-launcher').shadowRoot.querySelector('iframe');
      const nonce = new URL(frame.src).hash.split('nonce=')[1];
      return { confab: 1, version: 1, nonce, config: { baseUrl: 'http://127.0.0.1:9', inboxIdentifier: 'forged' } };
    };
  });
  await visitor.visit(site.origin);
  await visitor.open();
  await eventually('ready', async () => (await visitor.heard('ready')).length === 1);
  const answers = await visitor.page.evaluate((origin) => new Promise((done) => {
    const greeting = window.takeGreeting();
    const frame = document.querySelector('confab-launcher').shadowRoot.querySelector('iframe').contentWindow;
    let count = 0;
    for (let i = 0; i < 500; i += 1) {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => { count += 1; };
      port1.postMessage({ v: 1, type: 'send', text: 'forged' });
      frame.postMessage(greeting, origin, [port2]);
    }
    setTimeout(() => done(count), 1500);
  }), widget.origin);
  assert.equal(answers, 0, 'the frame accepts one port');
  await visitor.say('Still mine');
  await visitor.sent('Still mine');
  assert.equal(await visitor.bubble('forged').count(), 0);
});

test('a hundred times in and out nothing stays: no node, listener, global, or a megabyte', { timeout: 240000 }, async () => {
  const page = visitor.page;
  // For a visitor who is known a frame would come by itself, at any time.
  await page.evaluate(() => localStorage.clear());
  await page.goto(`${site.origin}/`);
  await visitor.launcher.waitFor();
  const session = await page.context().newCDPSession(page);
  const again = (count, withFrame) => page.evaluate(async ([source, data, times, framed]) => {
    for (let i = 0; i < times; i += 1) {
      await window.confab('shutdown');
      const tag = document.createElement('script');
      Object.assign(tag.dataset, data);
      tag.src = source;
      await new Promise((done) => { tag.onload = done; document.head.append(tag); });
      tag.remove();
      const root = document.querySelector('confab-launcher').shadowRoot;
      if (framed) {
        const ready = new Promise((done) => { window.addEventListener('confab:ready', done, { once: true }); });
        root.querySelector('button').dispatchEvent(new PointerEvent('pointerenter'));
        await ready;
      }
    }
    await window.confab('shutdown');
    const tag = document.createElement('script');
    Object.assign(tag.dataset, data);
    tag.src = source;
    await new Promise((done) => { tag.onload = done; document.head.append(tag); });
    tag.remove();
  }, [`${widget.origin}/confab.js`, options, count, withFrame]);
  const state = async () => {
    for (let i = 0; i < 3; i += 1) await session.send('HeapProfiler.collectGarbage');
    const { usedSize } = await session.send('Runtime.getHeapUsage');
    const { nodes, jsEventListeners, documents } = await session.send('Memory.getDOMCounters');
    return { usedSize, nodes, jsEventListeners, documents };
  };
  await session.send('HeapProfiler.enable');
  // The first rounds fill the caches of the browser itself.
  await again(5, true);
  const start = await state();
  await again(20, true);
  await again(80, false);
  const end = await eventually('all collected', async () => {
    const now = await state();
    return now.nodes <= start.nodes + 20 && now.jsEventListeners <= start.jsEventListeners && now;
  });
  const text = JSON.stringify({ start, end });
  assert.ok(end.usedSize - start.usedSize < 1_000_000, text);
  assert.ok(end.documents <= start.documents, text);
  await page.evaluate(() => window.confab('shutdown'));
  assert.deepEqual(await page.evaluate(() => [document.querySelectorAll('confab-launcher').length, 'confab' in window, window.length]), [0, false, 1]);
});
