// The chat inside the page itself, without a frame: defines <confab-chat>, for pages that place it, and for the panel of
// data-mode="shadow", where it takes the part of the frame towards the loader. Loaded when wanted, as confab-shadow.js.
// All chats of a page are one program: the glue and the wasm that the frame uses, too. `cargo xtask dist` puts in what is
// spelled in capitals: the names of these files, and the style sheet.
// Elements are made and styles adopted, never parsed, so that Trusted Types and a style policy may be as strict as they like.

const GLUE = new URL('CONFAB_GLUE', import.meta.url).href;
const WASM = new URL('CONFAB_WASM', import.meta.url).href;
const STYLE = 'CONFAB_STYLE';
const HOME = new URL('.', import.meta.url).href;
const VERSION = 1;
// @include user.js
/** Attributes that HTML has given a meaning, and that are no options. `title` is one as `data-title`. */
const OF_HTML = /^(id|class|style|slot|part|is|hidden|dir|lang|title|role|tabindex|inert|popover|nonce|exportparts|(on|aria-).*)$/;
/** What is typed, pasted and dropped here is not for the shortcuts of the page, which cannot see that it is typed. */
const OURS = ['keydown', 'keypress', 'keyup', 'beforeinput', 'input', 'paste', 'copy', 'cut', 'dragenter', 'dragover', 'drop'];

// ------------------------------------------------------------ the program of all chats

const living = new Set();
let running;
let tries = 0;
let broken;

/** Starts the program, once. What did not come is asked for again when the next chat needs it. */
const run = () => {
  running ||= (async () => {
    try {
      // A module that failed may be remembered under its address.
      const { default: start, mount } = await import(tries++ ? `${GLUE}?${tries}` : GLUE);
      await start({ module_or_path: WASM });
      return mount;
    } catch (error) {
      running = undefined;
      throw error;
    }
  })();
  return running;
};

/** After a trap nothing in the program can be trusted. The page is not ours to load again, so its chats become links. */
const trapped = ({ error, reason = error }) => {
  if (typeof WebAssembly !== 'object' || !(reason instanceof WebAssembly.RuntimeError) || ![GLUE, WASM].some((file) => `${reason.stack}`.includes(file))) return;
  console.error('confab: the chat stopped.', reason);
  broken = reason;
  running = Promise.reject(reason);
  running.catch(() => {});
  for (const chat of living) chat[FAIL]();
};

const told = new Set();
/** Says which directive of the page's policy keeps the chat from working, and what has to be added to it. */
const refused = ({ effectiveDirective, blockedURI, sourceFile, disposition }) => {
  const isWasm = blockedURI === 'wasm-eval';
  const origin = new URL(HOME).origin;
  if (disposition === 'report' || !(isWasm ? tries : `${blockedURI}/`.startsWith(`${origin}/`) || `${sourceFile}`.startsWith(HOME))) return;
  const directive = effectiveDirective.replace('script-src-elem', 'script-src');
  const source = isWasm ? "'wasm-unsafe-eval'" : URL.canParse(blockedURI) ? new URL(blockedURI).origin.replace('null', blockedURI) : `${blockedURI}:`;
  if (told.has(directive + source)) return;
  told.add(directive + source);
  const problem = {
    code: 'policy', option: directive, value: blockedURI,
    message: `the Content-Security-Policy of this page forbids what the chat needs`,
    remedy: `add ${source} to ${directive}; cargo xtask csp prints all lines`,
  };
  for (const chat of living) chat[COMPLAIN](problem);
};

/** What is wrong with the set-up is put into words by a file that is loaded only then; it tells by the chat's port. */
const worded = async (event) => {
  event.stopImmediatePropagation();
  const { tell } = await import('./confab-help.js');
  tell(event.detail);
};

const WATCHED = [['confab:problem', worded], ['securitypolicyviolation', refused], ['error', trapped], ['unhandledrejection', trapped]];
// @include shadow-stored.js
// @include shadow-nodes.js
// @include shadow-window.js

// ------------------------------------------------------------ options

const camel = (name) => name.replace(/[-_](\w)/g, (_, letter) => letter.toUpperCase());

/** The element's attributes over the script tag's over `confabSettings`. */
const options = (element) => {
  const given = { __proto__: null };
  if (typeof confabSettings === 'object') Object.assign(given, confabSettings);
  for (const tag of document.querySelectorAll('script[src]')) if (tag.src.startsWith(HOME)) Object.assign(given, tag.dataset);
  for (const { name, value } of element.attributes) if (!OF_HTML.test(name)) given[camel(name.replace(/^data-/, ''))] = value;
  for (const name in given) if (typeof given[name] === 'string' && !given[name].trim()) delete given[name];
  return given;
};

// ------------------------------------------------------------ the element

const COMPLAIN = Symbol('complain');
const FAIL = Symbol('fail');

class ConfabChat extends HTMLElement {
  #panel; #root; #composer;
  #life; #mount; #port; #far;
  #sight; #attributes; #given; #started;
  #isSeen = false; #isReady = false; #isBegun = false;
  #unread = 0;
  #waiting = []; #windows = []; #user = {};

  connectedCallback() {
    // Moved within one turn: it never left.
    if (!this.#life) this.#arrive();
  }

  disconnectedCallback() {
    queueMicrotask(() => { if (!this.isConnected && this.#life) this.#leave(); });
  }

  #arrive() {
    this.#life = {};
    if (!living.size) for (const [name, listener] of WATCHED) addEventListener(name, listener);
    living.add(this);
    this.#build();
    this.#hold();
    if (this.#isPanel()) {
      this.removeAttribute('title');
      this.#load();
      return;
    }
    this.#given = this.#options();
    // Nothing is downloaded before somebody can see it, and what is out of sight has not been read.
    this.#sight = new IntersectionObserver((entries) => { this.#look(entries.at(-1).isIntersecting); });
    this.#sight.observe(this);
    this.#attributes = new MutationObserver(() => {
      if (this.#given === this.#options()) return;
      this.#leave();
      this.#arrive();
    });
    this.#attributes.observe(this, { attributes: true });
  }

  #leave() {
    this.#life = undefined;
    this.#sight?.disconnect();
    this.#attributes?.disconnect();
    this.#started.disconnect();
    this.#end();
    this.#port?.close();
    this.#port = this.#far = this.#sight = this.#attributes = undefined;
    this.#isSeen = this.#isReady = this.#isBegun = false;
    living.delete(this);
    if (!living.size) for (const [name, listener] of WATCHED) removeEventListener(name, listener);
  }

  #isPanel() {
    return this.getRootNode().host?.localName === 'confab-launcher';
  }

  #options() {
    return JSON.stringify({ ...options(this), ...this.#user });
  }

  #build() {
    if (!this.#root) {
      this.#root = this.attachShadow({ mode: 'open' });
      this.#composer = composer();
      const wall = create('div', { class: 'wall' });
      this.#panel = create('div', { class: 'cf' }, this.#composer);
      wall.append(this.#panel);
      this.#root.append(wall);
      dress(this.#root, wall);
      // What a button of a card says is for the page.
      this.#root.addEventListener('click', ({ target }) => {
        if (target.closest('[data-do=pop-out]')) this.#popOut();
        const { payload } = target.closest('[data-payload]')?.dataset ?? {};
        if (payload && this.#far) this.#far.postMessage({ v: VERSION, type: 'postback', payload });
        else if (payload) this.#emit('postback', { payload });
      });
      for (const name of OURS) this.#root.addEventListener(name, (event) => this.#keep(event));
    }
    if (!this.#panel.contains(this.#composer)) this.#panel.replaceChildren(this.#composer);
    if (!this.#panel.querySelector('[data-shell]')) this.#composer.before(...shell());
  }

  /** Enter sends what was typed before the program takes it, too: as soon as it does. */
  #hold() {
    const [field, send] = ['textarea', '.send'].map((one) => this.#composer.querySelector(one));
    let isHeld = false;
    field.onkeydown = (event) => {
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      isHeld = true;
    };
    this.#started = new MutationObserver(() => {
      if (!send.dataset.do) return;
      this.#started.disconnect();
      field.onkeydown = null;
      if (isHeld) send.click();
    });
    this.#started.observe(send, { attributeFilter: ['data-do'] });
  }

  /** A page that shows the chat in a dialog of its own has to see what closes it and moves through it. */
  #keep(event) {
    if (this.#isPanel() || !['Escape', 'Tab'].includes(event.key)) event.stopPropagation();
  }

  // ---------- beginning

  #look(isSeen) {
    this.#isSeen = isSeen;
    if (isSeen) this.#begin();
    if (this.#isReady) this.#post(isSeen ? 'open' : 'close');
  }

  #begin() {
    if (this.#isBegun) return;
    this.#isBegun = true;
    this.#load();
  }

  async #load() {
    const life = this.#life;
    try {
      this.#mount = await run();
    } catch (error) {
      if (this.#life === life) this.#fail(error);
      return;
    }
    if (this.#life !== life) return;
    // As a frame would: the loader answers with configuration and port.
    if (this.#isPanel()) return void this.dispatchEvent(new Event('load'));
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = (event) => this.#hear(event.data);
    this.#port = port1;
    this.#mount(this.#panel, HOME, port2, this.#given, true);
  }

  #end() {
    if (!broken) this.#panel.dispatchEvent(new Event('confab:end'));
  }

  /** What the loader knows of a frame. */
  get contentWindow() {
    return {
      postMessage: (greeting, _, [port]) => {
        this.#end();
        this.#far = port;
        this.#given = greeting.config;
        port.addEventListener('message', ({ data }) => { learn(this.#given, this.#windows, data); answer(port, data); });
        this.#mount?.(this.#panel, HOME, port, JSON.stringify(greeting.config), false);
      },
    };
  }

  /** The loader's panel is still fading in when it is told: what is hidden takes no focus. */
  focus(given, tries = 3) {
    const field = this.#root?.querySelector('textarea');
    field?.focus(given);
    if (tries && field && this.#root.activeElement !== field) requestAnimationFrame(() => this.focus(given, tries - 1));
  }

  /** What is being typed goes along, and the panel closes. */
  async #popOut() {
    const field = this.#composer.querySelector('textarea');
    const text = field.value;
    try {
      const chat = await popOut(this.#given, this.#panel.querySelector('h2').textContent);
      if (!chat) return;
      this.#windows.push(chat);
      if (text.trim()) await chat.prefill(text);
      field.value = '';
      field.dispatchEvent(new Event('input'));
      this.#panel.querySelector('[data-do=close]').click();
    } catch (error) {
      this[COMPLAIN]({ code: 'policy', option: 'trusted-types', value: '', message: `the chat cannot have a window of its own: ${error.message}`, remedy: 'add trusted-types confab to the policy of this page, or set popOut to off' });
    }
  }

  /** It cannot start: in a panel the loader has a link for that. */
  #fail(error) {
    console.error('confab: the chat could not be started.', error);
    const problem = {
      code: 'start', option: 'mode', value: 'shadow', message: `the chat could not be started: ${error.message}`,
      remedy: `allow the files of ${new URL(HOME).origin} by the policies of this page, and see that its host sends Access-Control-Allow-Origin with them`,
    };
    if (this.#isPanel()) this.dispatchEvent(new Event('load'));
    else this[FAIL]();
    this[COMPLAIN](problem);
  }

  /** A plain link to the chat as a page takes its place. */
  [FAIL]() {
    const link = create('a', { href: `${HOME}index.html?${new URLSearchParams({ inbox: this.#now().inboxIdentifier ?? '', locale: this.#now().locale ?? '' })}`, target: '_blank', rel: 'noopener' }, `${this.getAttribute('data-title') || 'Chat'} ↗`);
    this.#panel.replaceChildren(create('p', { class: 'way', role: 'alert' }, link));
  }

  [COMPLAIN](problem) {
    if (this.#far) this.#far.postMessage({ v: VERSION, type: 'error', ...problem });
    else if (!this.#isPanel()) {
      console.error(`confab: ${problem.option}: ${problem.message} (given: ${problem.value || 'nothing'}). Remedy: ${problem.remedy}`);
      this.#emit('error', problem);
    }
  }

  // ---------- a chat of the page's own: what it tells and takes

  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(`confab:${name}`, { detail, bubbles: true, composed: true }));
  }

  #hear({ v, type, ...detail }) {
    if (v !== VERSION) return;
    if (type === 'ready') {
      this.#isReady = true;
      if (this.#isSeen) this.#post('open');
      for (const [waiting, more] of this.#waiting.splice(0)) this.#post(waiting, more);
      this.#emit('ready');
    } else if (type === 'error') this[COMPLAIN](detail);
    else if (type === 'unread') {
      this.#unread = Math.max(0, detail.count | 0);
      this.#emit('unread', { count: this.#unread });
    } else if (type === 'usable') this.#emit('usable');
    else if (type === 'message' || type === 'status') this.#emit(type, detail);
  }

  #post(type, more) {
    this.#port.postMessage({ v: VERSION, type, ...more });
  }

  async #tell(type, more) {
    if (this.#isReady) this.#post(type, more);
    else {
      this.#waiting.push([type, more]);
      if (this.#life) this.#begin();
    }
  }

  /** How many messages are unread: those that came while it was out of sight. */
  get unread() {
    return this.#unread;
  }

  /** Sends a text as the visitor. */
  async send(value) {
    return this.#tell('send', text(value, 'send'));
  }

  /** Puts a text into the empty composer. */
  async prefill(value) {
    return this.#tell('prefill', text(value, 'prefill'));
  }

  /** Says who the visitor is; another user has nothing of the one before. Nothing is created for it alone. */
  async setUser(identifier, user = {}) {
    if (!['string', 'number'].includes(typeof identifier)) throw new TypeError('confab: setUser(identifier, user) takes the identifier of your user first. Remedy: pass it as a text.');
    const given = Object.fromEntries(Object.entries(object(user, 'setUser(identifier, user)')).map(([key, value]) => [camel(key), value]));
    return this.#identify({ ...(`${this.#now().identifier}` === `${identifier}` ? {} : NOBODY), ...given, identifier: `${identifier}` });
  }

  /** Adds to the attributes of the contact. */
  async setAttributes(attributes) {
    const { customAttributes: before } = this.#now();
    return this.#identify({ customAttributes: { ...(typeof before === 'string' ? JSON.parse(before) : before), ...object(attributes, 'setAttributes(attributes)') } });
  }

  /** Forgets who the visitor is, and what is stored. */
  async logout() {
    this.#user = { ...NOBODY };
    this.#given = this.#options();
    return this.#tell('logout', {});
  }

  #now() {
    return { ...options(this), ...this.#user };
  }

  #identify(user) {
    Object.assign(this.#user, user);
    this.#given = this.#options();
    const now = this.#now();
    // A chat that has not begun begins with it.
    if (this.#isBegun) return this.#tell('user', { user: Object.fromEntries(USER.filter((key) => now[key] != null).map((key) => [key, now[key]])) });
  }
}

const NOBODY = Object.fromEntries(USER.map((key) => [key, undefined]));

const text = (value, command) => {
  if (typeof value !== 'string' || !value.trim()) throw new TypeError(`confab: ${command}(text) takes a text. Remedy: pass one that is not empty.`);
  return { text: value };
};

const object = (value, command) => {
  if (typeof value !== 'object' || !value || Array.isArray(value)) throw new TypeError(`confab: ${command} takes an object. Remedy: pass one, like {plan: 'gold'}.`);
  return value;
};

// A page may have put something in place of these two.
const of = CustomElementRegistry.prototype;
if (of.get.call(customElements, 'confab-chat')) console.warn('confab: <confab-chat> is defined twice; the first one counts. Remedy: load it from one address.');
else of.define.call(customElements, 'confab-chat', ConfabChat);
