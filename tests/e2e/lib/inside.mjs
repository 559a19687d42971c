// Sites with the chat inside their pages, without a frame, and visitors on them.

import fs from 'node:fs';
import { fileURLToPath } from 'node:url';

import { eventually } from './agent.mjs';
import { startPages } from './sites.mjs';
import { World, visiting } from './world.mjs';

const RESULTS = fileURLToPath(new URL('../test-results/shadow/', import.meta.url));

export class Inside extends World {
  static async open() {
    fs.mkdirSync(RESULTS, { recursive: true });
    return super.open({ widget: { headers: () => ({ 'access-control-allow-origin': '*' }) } });
  }

  /** A visitor on a page of a site of its own: `make(inbox)` gives the page's document. */
  async visiting({ make, headers = {}, prepare = async () => {}, options }, act) {
    const inbox = await this.agent.inbox();
    const html = await make(inbox);
    await visiting(await startPages(() => ({ html, headers })), async (visitor, site) => {
      await prepare(visitor);
      await visitor.page.goto(site.origin);
      visitor.panel = visitor.page.locator('confab-chat').first();
      await act(visitor, inbox, site);
    }, options);
  }

  get module() { return `<script type="module" src="${this.widget.origin}/confab-shadow.js"></script>`; }

  /** The element of this inbox. */
  placed(inbox, more = '') { return `<confab-chat base-url="${this.server.base}" inbox-identifier="${inbox.inbox_identifier}" ${more}></confab-chat>`; }

  /** A page with one chat in a place of its own. */
  inline(more = {}, attributes = '') {
    return { make: (inbox) => whole(styled() + this.module, `<h1>Bicycles</h1>${this.placed(inbox, attributes)}`), ...more };
  }

  /** A page whose launcher opens such a chat. */
  panel(more = {}) {
    return { make: (inbox) => whole('', `<h1>Bicycles</h1>${this.tag(inbox, { mode: 'shadow' })}`), ...more };
  }

  /** Something is said and answered. */
  async chat(visitor, inbox, text = 'Is the blue one in stock?') {
    await usable(visitor);
    await visitor.say(text);
    await visitor.sent(text);
    const { id } = await this.conversation(inbox);
    await this.agent.say(id, `«${text}» It is.`);
    await visitor.reads(`«${text}» It is.`);
    return id;
  }
}

/** So many chats of the page take what is typed. */
export const usable = (visitor, count = 1) => eventually(`${count} usable`, async () => (await visitor.heard('usable')).length >= count);

export const whole = (head, body) => `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Bicycles</title>${head}</head><body>${body}</body></html>`;
export const styled = (rules = '') => `<style>confab-chat { width: 420px; height: 600px; }${rules}</style>`;

/** A picture for eyes, or for comparing. */
export const picture = (of, name, more = {}) => of.screenshot({ path: `${RESULTS}${name.replaceAll(' ', '-')}.png`, animations: 'disabled', ...more });

/** Counts what holds on to the page, and finds the program's memory. */
export const counting = () => {
  const wrap = (object, name, make) => { object[name] = make(object[name]); };
  const held = new Map();
  const open = { timers: new Set(), sockets: new Set(), channels: new Set(), observers: new Set() };
  const lasting = (target) => target === undefined || target === window || target === document || target === navigator || target === document.documentElement;
  wrap(EventTarget.prototype, 'addEventListener', (add) => function (type, listener, ...rest) {
    if (lasting(this)) held.set(listener, type);
    return add.call(this ?? window, type, listener, ...rest);
  });
  wrap(EventTarget.prototype, 'removeEventListener', (remove) => function (type, listener, ...rest) {
    held.delete(listener);
    return remove.call(this ?? window, type, listener, ...rest);
  });
  for (const kind of ['Timeout', 'Interval']) {
    wrap(window, `set${kind}`, (set) => (call, ...rest) => {
      const id = set((...args) => { if (kind === 'Timeout') open.timers.delete(id); call(...args); }, ...rest);
      open.timers.add(id);
      return id;
    });
    wrap(window, `clear${kind}`, (clear) => (id) => { open.timers.delete(id); clear(id); });
  }
  for (const [name, kind, end] of [['WebSocket', 'sockets', 'close'], ['BroadcastChannel', 'channels', 'close'], ['IntersectionObserver', 'observers', 'disconnect'], ['ResizeObserver', 'observers', 'disconnect'], ['MutationObserver', 'observers', 'disconnect']]) {
    const Own = window[name];
    window[name] = class extends Own {
      constructor(...given) { super(...given); open[kind].add(this); }
    };
    window[name].prototype[end] = function (...given) { open[kind].delete(this); return Own.prototype[end].apply(this, given); };
  }
  wrap(WebAssembly, 'instantiateStreaming', (start) => async (...given) => {
    const made = await start.apply(WebAssembly, given);
    window.programs = (window.programs ?? 0) + 1;
    window.memory = Object.values(made.instance.exports).find((one) => one instanceof WebAssembly.Memory);
    return made;
  });
  window.left = async () => {
    const locks = await navigator.locks.query();
    return { listeners: [...held.values()], timers: open.timers.size, sockets: open.sockets.size, channels: open.channels.size, observers: open.observers.size, locks: locks.held.length + locks.pending.length };
  };
};
