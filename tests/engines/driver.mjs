// One browser, steered by what its own engine offers: WebDriver BiDi for Firefox, classic WebDriver for WebKit. Both ends
// are spoken to directly, so nothing has to be installed beside the browsers.
//
//   CONFAB_FIREFOX         default firefox-esr, else firefox, on PATH
//   CONFAB_WEBKIT_DRIVER   default WebKitWebDriver on PATH; its browser is WebKitGTK's MiniBrowser

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

const sleep = (ms) => new Promise((done) => { setTimeout(done, ms); });

/** Waits for something that is not undefined, null or false. */
export async function eventually(what, look, within = 30000) {
  const end = Date.now() + within;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (Date.now() > end) throw new Error(`${what}: not within ${within} ms`);
    await sleep(50);
  }
}

async function freePort() {
  const server = net.createServer();
  await new Promise((done) => { server.listen(0, '127.0.0.1', done); });
  const { port } = server.address();
  await new Promise((done) => { server.close(done); });
  return port;
}

/** A program of ours in a folder of its own, ended with everything it started. */
function start(command, words, env = {}) {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'confab-engine-'));
  const child = spawn(command, words(home), { stdio: ['ignore', 'pipe', 'pipe'], detached: true, env: { ...process.env, ...env } });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => { said = (said + text).slice(-4000); });
  const failed = new Promise((_, fail) => { child.on('error', fail); });
  failed.catch(() => {});
  return {
    home,
    failed,
    said: () => said,
    stop: async () => {
      const gone = new Promise((done) => { child.once('exit', done); });
      if (child.exitCode === null) {
        try { process.kill(-child.pid, 'SIGKILL'); } catch { child.kill('SIGKILL'); }
        await Promise.race([gone, sleep(3000)]);
      }
      fs.rmSync(home, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** A call of a function, as an expression: arguments travel as JSON, the answer comes back as JSON. */
const call = (act, args) => `Promise.resolve((${act})(...${JSON.stringify(args)})).then((value) => JSON.stringify(value ?? null))`;

const click = (x, y) => [{ type: 'pointer', id: 'mouse', parameters: { pointerType: 'mouse' }, actions: [
  { type: 'pointerMove', x, y, duration: 0, origin: 'viewport' }, { type: 'pointerDown', button: 0 }, { type: 'pointerUp', button: 0 },
] }];
const keys = (text) => [{ type: 'key', id: 'keys', actions: [...text].flatMap((value) => [{ type: 'keyDown', value }, { type: 'keyUp', value }]) }];

/** Firefox, over WebDriver BiDi. */
export class Firefox {
  static name = 'firefox';
  #last = 0;
  #waiting = new Map();

  static async launch(program) {
    const one = new Firefox();
    const port = await freePort();
    one.program = start(program, (home) => ['--headless', '--no-remote', '--profile', home, `--remote-debugging-port=${port}`, 'about:blank']);
    await Promise.race([one.program.failed, eventually('Firefox to listen', () => one.program.said().includes('WebDriver BiDi listening'), 90000)]);
    one.socket = new WebSocket(`ws://127.0.0.1:${port}/session`);
    await new Promise((done, fail) => { one.socket.onopen = done; one.socket.onerror = () => fail(new Error(one.program.said())); });
    one.socket.onmessage = ({ data }) => one.#hear(JSON.parse(data));
    const session = await one.#ask('session.new', { capabilities: { alwaysMatch: { acceptInsecureCerts: true } } });
    one.version = session.capabilities.browserVersion;
    one.top = (await one.#ask('browsingContext.getTree', {})).contexts[0].context;
    await one.#ask('browsingContext.setViewport', { context: one.top, viewport: { width: 1000, height: 800 } });
    return one;
  }

  #hear({ id, result, error, message }) {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error) waiting?.fail(new Error(`${error}: ${message}`));
    else waiting?.done(result);
  }

  #ask(method, params) {
    const id = this.#last += 1;
    return new Promise((done, fail) => {
      this.#waiting.set(id, { done, fail });
      this.socket.send(JSON.stringify({ id, method, params }));
    });
  }

  goto(url) { return this.#ask('browsingContext.navigate', { context: this.top, url, wait: 'complete' }); }
  reload() { return this.#ask('browsingContext.reload', { context: this.top, wait: 'complete' }); }

  /** The frame of the chat where there is one, else the page. */
  async #context(where) {
    if (where === 'page') return this.top;
    const tree = await this.#ask('browsingContext.getTree', { root: this.top });
    return tree.contexts[0].children[0]?.context ?? this.top;
  }

  async run(where, act, ...args) {
    const target = { context: await this.#context(where) };
    const { type, result, exceptionDetails } = await this.#ask('script.evaluate', { expression: call(act, args), target, awaitPromise: true, userActivation: false });
    if (type !== 'success') throw new Error(exceptionDetails.text);
    return JSON.parse(result.value);
  }

  async act(where, actions) {
    await this.#ask('input.performActions', { context: await this.#context(where), actions });
  }

  async windows() { return (await this.#ask('browsingContext.getTree', {})).contexts.map((one) => one.context); }
  async use(window) { this.top = window; }
  close(window) { return this.#ask('browsingContext.close', { context: window }); }

  /** Where the chat begins: pointers are told in the coordinates of its frame. */
  async origin() { return { x: 0, y: 0 }; }

  async shot(file) {
    const { data } = await this.#ask('browsingContext.captureScreenshot', { context: this.top });
    fs.writeFileSync(file, Buffer.from(data, 'base64'));
  }

  async stop() {
    this.socket?.close();
    await this.program.stop();
  }
}

/** WebKit, over WebDriver; on a display of its own where there is none. */
export class WebKit {
  static name = 'webkit';

  static async launch(program) {
    const one = new WebKit();
    let display = process.env.DISPLAY;
    if (!display && !process.env.WAYLAND_DISPLAY) {
      one.screen = start('Xvfb', () => ['-displayfd', '1', '-screen', '0', '1280x1024x24', '-nolisten', 'tcp']);
      await Promise.race([one.screen.failed, eventually('a display', () => /^\d+\s/m.test(one.screen.said()))]);
      display = `:${/^(\d+)\s/m.exec(one.screen.said())[1]}`;
    }
    const port = await freePort();
    const env = { DISPLAY: display, WEBKIT_DISABLE_COMPOSITING_MODE: '1', WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1', LIBGL_ALWAYS_SOFTWARE: '1', NO_AT_BRIDGE: '1' };
    one.program = start(program, () => [`--port=${port}`], env);
    one.base = `http://127.0.0.1:${port}`;
    await Promise.race([one.program.failed, eventually('WebKitWebDriver to listen', () => fetch(`${one.base}/status`).then((answer) => answer.ok, () => false))]);
    const { sessionId, capabilities } = await one.#ask('POST', '/session', { capabilities: { alwaysMatch: {} } });
    one.version = capabilities.browserVersion;
    one.session = `/session/${sessionId}`;
    await one.#ask('POST', `${one.session}/timeouts`, { script: 30000, pageLoad: 60000 });
    await one.#ask('POST', `${one.session}/window/rect`, { width: 1000, height: 800 });
    return one;
  }

  async #ask(method, address, body) {
    const answer = await fetch(this.base + address, { method, body: method === 'GET' ? undefined : JSON.stringify(body ?? {}), headers: { 'content-type': 'application/json' } });
    const { value } = await answer.json();
    if (!answer.ok) throw new Error(`${value.error}: ${value.message}`);
    return value;
  }

  async #enter(where) {
    await this.#ask('POST', `${this.session}/frame`, { id: null });
    if (where === 'page') return;
    const id = await this.#ask('POST', `${this.session}/execute/sync`, {
      script: "return document.querySelector('confab-launcher')?.shadowRoot.querySelector('iframe') ?? null", args: [],
    });
    if (id) await this.#ask('POST', `${this.session}/frame`, { id });
  }

  goto(url) { return this.#ask('POST', `${this.session}/url`, { url }); }
  reload() { return this.#ask('POST', `${this.session}/refresh`); }

  async run(where, act, ...args) {
    await this.#enter(where);
    const script = `const done = arguments[0]; ${call(act, args)}.then((value) => done({ value }), (error) => done({ error: String(error) }))`;
    const { value, error } = await this.#ask('POST', `${this.session}/execute/async`, { script, args: [] });
    if (error) throw new Error(error);
    return JSON.parse(value);
  }

  async act(where, actions) {
    await this.#enter(where);
    await this.#ask('POST', `${this.session}/actions`, { actions });
  }

  windows() { return this.#ask('GET', `${this.session}/window/handles`); }
  use(handle) { return this.#ask('POST', `${this.session}/window`, { handle }); }

  async close(window) {
    await this.use(window);
    await this.#ask('DELETE', `${this.session}/window`);
  }

  /** Where the chat begins: pointers are told in the coordinates of the window, whatever frame is entered. */
  origin(where) {
    return where === 'page' ? { x: 0, y: 0 } : this.run('page', () => {
      const box = document.querySelector('confab-launcher').shadowRoot.querySelector('iframe').getBoundingClientRect();
      return { x: Math.round(box.x), y: Math.round(box.y) };
    });
  }

  async shot(file) {
    await this.#ask('POST', `${this.session}/frame`, { id: null });
    fs.writeFileSync(file, Buffer.from(await this.#ask('GET', `${this.session}/screenshot`), 'base64'));
  }

  async stop() {
    if (this.session) await this.#ask('DELETE', this.session).catch(() => {});
    await this.program?.stop();
    await this.screen?.stop();
  }
}

/** Clicks where the middle of an element is. */
export async function press(browser, where, find) {
  const at = await eventually(`${find} to be there`, () => browser.run(where, `() => {
    const node = (${find})();
    if (!node) return null;
    const box = node.getBoundingClientRect();
    const style = getComputedStyle(node);
    return box.width && style.visibility === 'visible' ? { x: Math.round(box.x + box.width / 2), y: Math.round(box.y + box.height / 2) } : null;
  }`));
  const origin = await browser.origin(where);
  await browser.act(where, click(origin.x + at.x, origin.y + at.y));
}

export const type = (browser, where, text) => browser.act(where, keys(text));
/** The key, as WebDriver writes it. */
export const ENTER = '\uE007';
