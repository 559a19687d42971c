// The stories that every engine has to tell: the launcher, opening, sending, receiving, a reload, right to left, strict policies.
//
//   CONFAB_ENGINE   firefox or webkit

import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { after, before, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Agent } from '../e2e/lib/agent.mjs';
import { startServer } from '../e2e/lib/server.mjs';
import { scriptTag, startPages, startWidgetHost } from '../e2e/lib/sites.mjs';
import { ENTER, Firefox, WebKit, eventually, press, type } from './driver.mjs';

const ENGINES = { firefox: [Firefox, 'CONFAB_FIREFOX', ['firefox-esr', 'firefox']], webkit: [WebKit, 'CONFAB_WEBKIT_DRIVER', ['WebKitWebDriver']] };
const [Engine, variable, names] = ENGINES[process.env.CONFAB_ENGINE ?? 'firefox'];
const PICTURES = fileURLToPath(new URL('../e2e/test-results/engines/', import.meta.url));

const onPath = (name) => { try { return execFileSync('which', [name], { encoding: 'utf8' }).trim(); } catch { return null; } };
const program = process.env[variable] ?? names.map(onPath).find(Boolean);

let browser, server, agent, widget, room, page;
const sites = [];

before(async () => {
  assert.ok(program, `none of ${names.join(', ')} is there; cargo xtask engines says how to install it`);
  fs.mkdirSync(PICTURES, { recursive: true });
  server = await startServer();
  agent = new Agent(server);
  browser = await Engine.launch(program);
  console.log(`# ${Engine.name} ${browser.version}`);
});

after(async () => {
  for (const one of [...sites, widget, server, browser]) await one?.stop();
});

beforeEach(async () => { room = await agent.inbox(); });

/** A page with the script tag, on a site of its own: nothing is stored there yet. */
async function visit({ options = {}, html = 'lang="en"', headers = {}, host = {}, content = '' } = {}) {
  await widget?.stop();
  widget = await startWidgetHost(host);
  const tag = scriptTag(widget.origin, { baseUrl: server.base, inboxIdentifier: room.inbox_identifier, ...options });
  const site = await startPages((path) => path === '/' && {
    html: `<!doctype html><html ${html}><head><meta charset="utf-8"><title>Bicycles</title></head><body><h1>Bicycles</h1>${content}<script src="/watch.js"></script>${tag}</body></html>`, headers,
  } || path === '/watch.js' && { html: WATCH, headers: { 'content-type': 'text/javascript' } });
  sites.push(site);
  page = site;
  await browser.goto(site.origin);
}

const WATCH = `window.heard = []; window.wrong = [];
for (const name of ['ready', 'usable', 'opened', 'closed', 'unread', 'message', 'error']) addEventListener('confab:' + name, ({ detail }) => heard.push({ ...detail, name }));
addEventListener('error', (event) => wrong.push(String(event.message)));
addEventListener('unhandledrejection', (event) => wrong.push(String(event.reason)));`;

const LAUNCHER = "() => document.querySelector('confab-launcher')?.shadowRoot.querySelector('button')";
const FIELD = "() => document.querySelector('.composer textarea')";
const inChat = (act, ...args) => browser.run('chat', act, ...args);
const onPage = (act, ...args) => browser.run('page', act, ...args);
const heard = (name) => onPage((wanted) => window.heard.filter((one) => one.name === wanted), name);

async function open() {
  await press(browser, 'page', LAUNCHER);
  await eventually('a chat that takes text', async () => (await heard('usable')).length > 0, 60000);
}

const texts = () => inChat(() => [...document.querySelectorAll('[role=log] article.msg .bubble')].map((one) => one.innerText.trim()));
const reads = (text) => eventually(`«${text}» on screen`, async () => (await texts()).includes(text));
const sent = (text) => eventually(`«${text}» sent`, () => inChat((wanted) => [...document.querySelectorAll('article[data-delivery=sent],article[data-delivery=seen]')].some((one) => one.innerText.includes(wanted)), text));

/** Into the field one writes in. A panel that is still moving takes no click yet. */
const enter = (where = 'chat') => eventually('the focus in the field', async () => {
  await press(browser, where, FIELD);
  return browser.run(where, `() => document.activeElement === (${FIELD})()`);
});

async function say(text) {
  await enter();
  await type(browser, 'chat', text + ENTER);
  await reads(text);
}

async function answer(text) {
  const [{ id }] = await eventually('a conversation', async () => {
    const found = (await agent.conversations(room)).filter((one) => one.messages?.length);
    return found.length ? found : null;
  });
  await agent.say(id, text);
  return id;
}

async function isCalm() {
  assert.deepEqual(await onPage(() => window.wrong), []);
}

test('before any act the page pays one request and stores nothing', async () => {
  await visit();
  await eventually('the launcher', () => browser.run('page', `() => Boolean((${LAUNCHER})())`));
  await new Promise((done) => { setTimeout(done, 500); });
  assert.deepEqual(widget.requests, ['/confab.js']);
  assert.deepEqual(await onPage(() => [localStorage.length, document.cookie, document.querySelectorAll('iframe').length]), [0, '', 0]);
  await isCalm();
});

test('open, send, receive, reload, and everything is there', async () => {
  await visit();
  await open();
  await say('Hello from here');
  await sent('Hello from here');
  await answer('Good day, how can I help?');
  await reads('Good day, how can I help?');
  await browser.shot(`${PICTURES}${Engine.name}-chat.png`);
  await browser.reload();
  await open();
  await reads('Good day, how can I help?');
  assert.deepEqual(await texts(), ['Hello from here', 'Good day, how can I help?']);
  await say('Still me');
  await sent('Still me');
  assert.equal((await agent.conversations(room)).length, 1);
  await isCalm();
});

test('what is typed and not sent survives a reload', async () => {
  await visit();
  await open();
  await enter();
  await type(browser, 'chat', 'half a thought');
  await eventually('the text in the store', () => inChat(() => new Promise((done) => {
    const request = indexedDB.open('confab');
    request.onupgradeneeded = () => request.transaction.abort();
    request.onerror = () => done(false);
    request.onsuccess = () => {
      const all = request.result.transaction('composition').objectStore('composition').getAll();
      all.onsuccess = () => { request.result.close(); done(all.result.includes('half a thought')); };
    };
  })));
  await browser.reload();
  await open();
  await eventually('the text again', () => inChat(() => document.querySelector('.composer textarea').value === 'half a thought'));
  await isCalm();
});

test('the panel closes by its button and by Escape, and counts what it missed', async () => {
  await visit();
  await open();
  await say('Call me back');
  await sent('Call me back');
  await press(browser, 'chat', "() => document.querySelector('[data-do=close]')");
  await eventually('the panel closed', async () => (await heard('closed')).length === 1);
  await answer('Here I am');
  await eventually('a badge', () => browser.run('page', `() => (${LAUNCHER})().querySelector('span').textContent === '1'`));
  await press(browser, 'page', LAUNCHER);
  await reads('Here I am');
  await eventually('no badge', () => browser.run('page', `() => (${LAUNCHER})().querySelector('span').textContent === ''`));
  await enter();
  await type(browser, 'chat', '\uE00C');
  await eventually('the panel closed', async () => (await heard('closed')).length === 2);
  await isCalm();
});

test('right to left: words, direction and side', async () => {
  await visit({ options: { locale: 'ar' }, html: 'lang="ar" dir="rtl"' });
  await open();
  assert.equal(await inChat(() => getComputedStyle(document.querySelector('.cf')).direction), 'rtl');
  assert.notEqual(await inChat(() => document.querySelector('.composer textarea').placeholder), 'Write a message');
  const { left, right } = await browser.run('page', `() => { const box = (${LAUNCHER})().getBoundingClientRect(); return { left: box.left, right: innerWidth - box.right }; }`);
  assert.ok(left < right, 'the launcher is on the left');
  await say('مرحبا');
  await sent('مرحبا');
  await browser.shot(`${PICTURES}${Engine.name}-rtl.png`);
  await isCalm();
});

test('a window of its own: the chat goes there and comes back', async () => {
  await visit();
  await open();
  await say('Before the window');
  await sent('Before the window');
  const [first] = await browser.windows();
  await press(browser, 'chat', "() => document.querySelector('[data-do=pop-out]')");
  const second = await eventually('the window', async () => (await browser.windows()).find((one) => one !== first));
  await browser.use(second);
  const here = () => browser.run('page', () => [...document.querySelectorAll('[role=log] article.msg .bubble')].map((one) => one.innerText.trim()));
  await eventually('what was said, in the window', async () => (await here()).includes('Before the window'), 60000);
  await enter('page');
  await type(browser, 'page', `In the window${ENTER}`);
  await eventually('it is sent', () => browser.run('page', () => [...document.querySelectorAll('article[data-delivery=sent]')].some((one) => one.innerText.includes('In the window'))));
  await browser.use(first);
  assert.ok(await inChat(() => document.querySelector('.elsewhere')), 'the panel says where the chat is');
  await browser.close(second);
  await browser.use(first);
  await eventually('the chat is back', async () => (await heard('usable')).length > 1, 60000);
  await reads('In the window');
  await say('And here');
  await sent('And here');
  assert.deepEqual(await texts(), ['Before the window', 'In the window', 'And here']);
  assert.equal((await agent.conversations(room)).length, 1);
  await isCalm();
});

const strict = (more = '') => ({ 'content-security-policy': `default-src 'none'; script-src 'self' WIDGET; ${more}require-trusted-types-for 'script'; trusted-types 'none'` });

test('a strict policy of the page that names the widget: the chat works', async () => {
  const headers = strict('frame-src WIDGET; ');
  await visit({ headers: { get 'content-security-policy'() { return headers['content-security-policy'].replaceAll('WIDGET', widget.origin); } } });
  await open();
  await say('Strictly');
  await sent('Strictly');
  await isCalm();
});

test('a policy without the frame: the panel has a link instead', async () => {
  const headers = strict();
  await visit({ headers: { get 'content-security-policy'() { return headers['content-security-policy'].replaceAll('WIDGET', widget.origin); } } });
  await press(browser, 'page', LAUNCHER);
  await eventually('the link', () => onPage(() => document.querySelector('confab-launcher').shadowRoot.querySelector('a')?.href), 30000);
  await isCalm();
});

test('the hosted page is a chat', async () => {
  await widget?.stop();
  widget = await startWidgetHost({ confab: { baseUrl: server.base, inboxIdentifier: room.inbox_identifier, title: 'Marigold' } });
  await browser.goto(`${widget.origin}/index.html?text=Order%2017`);
  const onHosted = (act) => browser.run('page', act);
  await eventually('the text from the address', () => onHosted(() => document.querySelector('.composer textarea')?.value === 'Order 17'), 60000);
  await enter('page');
  await type(browser, 'page', ENTER);
  await eventually('it is sent', () => onHosted(() => document.querySelector('article[data-delivery=sent]')?.innerText.includes('Order 17')));
  await browser.shot(`${PICTURES}${Engine.name}-hosted.png`);
});
