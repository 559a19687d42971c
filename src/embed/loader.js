// The script tag. Paints the launcher, queues calls, and opens the chat in a frame of this script's own origin.
// It asks for nothing, stores nothing and starts nothing before the visitor acts; the frame brings all the rest.
// Only properties of the CSSOM and created nodes are used, so that it runs under any style policy and Trusted Types.
// A page may have put its own things in place of the browser's: what is needed at the start is taken from prototypes, which
// no element's id or name can cover, or is syntax; objects read by foreign keys have no prototype that could be polluted.
(() => {
  const VERSION = 1;
  const MAX = 1000000;
  const PATIENCE = 5000;
  // `<form name="body">` covers document.body, but not the getter on the prototype.
  const doc = new Proxy(document, {
    get: (target, key) => {
      const value = Reflect.get(Document.prototype, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  // Names of an element's children are not among these, nor is what prototypes were given.
  const early = { __proto__: null, ...window.confab };
  if (early.version) {
    console.warn('confab is here twice. Remedy: keep one.');
    return;
  }
  const tag = doc.currentScript || doc.querySelector('script[data-inbox-identifier],script[src$="confab.js"]');
  const home = new URL('.', tag ? tag.src : location.href);
  const given = { __proto__: null, ...tag?.dataset };
  for (const option in given) if (!given[option].trim()) delete given[option];
  const settings = { __proto__: null, ...(typeof confabSettings === 'object' ? confabSettings : null), ...given };
  const listeners = { __proto__: null };
  let host, root, button, badge, panel, frame, port, doubt, way;
  let isReady = false;
  let isOpen = false;
  let count = 0;
  // Which of the orders to open or close is the last: the frame says what it did last when it says that it closed.
  let orders = 0;
  let asked = 0;
  // What the frame was told and has not said to be done, by number. A frame that starts anew is told again.
  const told = new Map();

  // A listener that throws is its owner's to mend; the others and the chat go on.
  const hear = async (fn, detail) => {
    try {
      await fn(detail);
    } catch (error) {
      console.error(error);
    }
  };

  const emit = (name, detail) => {
    EventTarget.prototype.dispatchEvent.call(window, new CustomEvent(`confab:${name}`, { detail }));
    for (const fn of listeners[name] || []) hear(fn, detail);
  };

  const complain = (problem) => {
    console.error(`confab: ${problem.option}: ${problem.message} (given: ${problem.value || 'nothing'}). Remedy: ${problem.remedy}`);
    emit('error', problem);
  };

  // ------------------------------------------------------------ the frame

  /** A plain link to the chat as a page, for where the page or the browser does not let it be here. */
  const link = () => {
    const link = doc.createElement('a');
    link.href = new URL(`index.html?inbox=${settings.inboxIdentifier}`, home);
    link.target = '_blank';
    link.textContent = `${label()} ↗`;
    return link;
  };

  const label = () => settings.launcherTitle || 'Chat';

  /** A frame that is refused loads the browser's own page; nothing but its silence tells. */
  const wait = (patience) => {
    clearTimeout(doubt);
    doubt = setTimeout(() => panel.append(way ||= link()), patience);
  };

  /** What few pages need is a script of its own. */
  const bring = (name, option) => import(new URL(`confab-${name}.js`, home)).catch(({ message }) => complain({
    code: 'config', option, value: settings[option], message, remedy: `allow ${home.origin} in script-src and by CORS`,
  }));

  /** The chat without a frame: to this script its element behaves as a frame would. */
  const inside = () => bring('shadow', 'mode');

  let secret = '';
  /** The frame keeps the nonce to tell this page from any other window that posts to it. */
  const greet = () => {
    const channel = new MessageChannel();
    isReady = false;
    wait(PATIENCE);
    port?.close();
    port = channel.port1;
    port.onmessage = (event) => receive(event.data);
    frame.contentWindow.postMessage({ confab: 1, version: VERSION, nonce: secret, config: plain(settings), kept: kept() }, home.origin, [channel.port2]);
  };

  /** Loads the frame, hidden. It downloads and starts, and asks the API nothing until it is told to open. */
  const prepare = () => {
    if (frame || !root) return;
    for (const byte of crypto.getRandomValues(new Uint8Array(32))) secret += (byte & 15).toString(16);
    frame = doc.createElement(settings.mode === 'shadow' && inside().then((its) => its || wait(0)) ? 'confab-chat' : 'iframe');
    frame.title = settings.title || label();
    frame.allow = 'microphone; clipboard-write';
    frame.sandbox = 'allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox allow-downloads';
    frame.onload = greet;
    frame.src = `${new URL('index.html', home)}#confab=1&nonce=${secret}`;
    panel.append(frame);
    wait(4 * PATIENCE);
  };

  let weight;
  /** What can be told to another window: data alone, no functions. Written out, because pages replace JSON. */
  const plain = (value, depth = 0) => {
    weight += value?.length || 8;
    if (typeof value === 'bigint') return `${value}`;
    if (typeof value !== 'object') return /^(str|num|boo)/.test(typeof value) ? value : undefined;
    // What goes round in circles ends somewhere.
    if (!value || depth > 20 || weight > MAX) return null;
    const isList = Array.isArray(value);
    if (!isList && value.toJSON) return plain(value.toJSON(), depth + 1);
    const copy = isList ? [] : {};
    const own = { __proto__: null, ...value };
    for (const key in own) copy[key] = plain(own[key], depth + 1);
    return copy;
  };

  /** What the frame has this page keep for it, because some browsers forget what a frame stores. First keeps something else. */
  const kept = (text) => {
    try {
      if (text) localStorage.confab = text;
      else if (text === '') delete localStorage.confab;
      return localStorage.confab;
    } catch {
      // Denied or full: the frame has its own.
    }
  };

  /** To be awaited: done when the frame says so. */
  const tell = (type, more) => {
    weight = 0;
    const message = plain({ v: VERSION, type, ...more, ask: ++asked });
    const one = [message];
    prepare();
    told.set(asked, one);
    if (isReady && host.isConnected) port.postMessage(message);
    return { then: (done) => { one.push(done); } };
  };

  const order = () => {
    if (isReady) port.postMessage({ v: VERSION, type: isOpen ? 'open' : 'close', n: orders });
  };

  const receive = (data) => {
    weight = 0;
    if (data?.v !== VERSION || (plain(data), weight > MAX)) return;
    const { v, type, n, ...detail } = data;
    if (type === 'ready') {
      isReady = true;
      clearTimeout(doubt);
      way?.remove();
      if (isOpen) order();
      for (const [, one] of told) port.postMessage(one[0]);
      emit(type);
    } else if (type === 'done') {
      told.get(detail.ask)?.[1]?.();
      told.delete(detail.ask);
    } else if (type === 'closed') {
      // What this script closed comes back, perhaps after it was opened again.
      if (n == null || n === orders) show(false, true);
    } else if (type === 'unread') {
      count = data.count >>> 0;
      name();
      emit('unread', { count });
    } else if (type === 'keep') {
      kept(detail.text);
    } else if (type === 'error') {
      complain(detail);
    } else if (/^(usable|message|status|postback|diagnostics)$/.test(type)) {
      emit(type, detail);
    }
  };

  // ------------------------------------------------------------ the launcher

  // @include launcher.js

  /** The accessible name says what it is and how many messages wait. */
  const name = () => {
    if (!button) return;
    badge.textContent = count > 99 ? '99+' : count || '';
    button.setAttribute('aria-label', label() + (count ? ` (${count})` : ''));
  };

  const paint = () => {
    host = doc.createElement('confab-launcher');
    root = host.attachShadow({ mode: 'open' });
    const offset = (value) => {
      const found = Number.parseInt(value);
      return found >= 0 && found <= 10000 ? found : 20;
    };
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(styles(
      /left$/.test(settings.position) ? 'start' : 'end', offset(settings.offsetX), offset(settings.offsetY), Number.parseInt(settings.zIndex),
      colour(settings.color), 1 / (doc.body.currentCSSZoom || 1),
    ));
    root.adoptedStyleSheets = [sheet];
    button = doc.createElement('button');
    button.setAttribute('aria-expanded', 'false');
    badge = doc.createElement('span');
    button.append(
      drawing('M4 11.5C4 7.4 7.6 4 12 4s8 3.4 8 7.5S16.4 19 12 19c-1 0-2-.2-2.9-.5L4.5 20l1.2-3.7A7.2 7.2 0 0 1 4 11.5z'),
      drawing('M6 6l12 12M18 6L6 18'),
      badge,
    );
    panel = doc.createElement('div');
    root.append(button, panel);
    name();
    attach();
    // Not seen before it looks as it is meant to.
    if (settings.launcher || settings.launcherShape || settings.launcherIcon || /^top/.test(settings.position)) {
      button.style.opacity = 0;
      bring('launcher', 'launcher').then((own) => {
        if (own && root) own.dress(settings, host, root, button, commands, prepare, complain);
        button.style.opacity = '';
      });
    }
  };

  const show = (open, isTold) => {
    if (!button || open === isOpen) return;
    isOpen = open;
    button.setAttribute('aria-expanded', open);
    if (!isTold) {
      orders += 1;
      prepare();
      order();
    }
    panel.className = open ? 'open' : '';
    (open ? frame : button).focus();
    emit(open ? 'opened' : 'closed');
  };

  // ------------------------------------------------------------ what the page can do

  // @include user.js

  const spelled = (option, between) => option.replace(/[A-Z]/g, (letter) => between + letter.toLowerCase());

  /** Another value of an option. A frame that is not there yet begins with it; nothing is created for it alone. */
  const change = (option, value, type = option) => {
    settings[option] = value;
    if (frame) return tell(type, { user: settings });
  };

  let current;
  const refuse = (remedy, code = 'argument') => { throw Object.assign(new TypeError(`confab: ${current}: ${code}. Remedy: ${remedy}.`), { code, remedy }); };

  const text = (value) => (typeof value === 'string' && value.trim() && value.length < 150001 ? value : refuse('pass 1 to 150000 characters'));

  const object = (value) => (value && typeof value === 'object' && !Array.isArray(value) ? value : refuse('pass an object'));

  /** Attributes over those that there are; a script tag's are a text. */
  const add = (option, given, type) => {
    const before = settings[option];
    return change(option, { ...(typeof before === 'string' ? JSON.parse(before) : before), ...object(given) }, type);
  };

  let isPainted = false;
  const pending = [];
  const commands = {
    __proto__: null,
    open: () => show(true),
    close: () => show(false),
    toggle: () => show(!isOpen),
    show: () => { delete host.dataset.hidden; },
    hide: () => {
      show(false);
      host.dataset.hidden = '';
    },
    send: (value) => tell('send', { text: text(value) }),
    prefill: (value) => tell('prefill', { text: text(value) }),
    setUser: (identifier, user = {}) => {
      identifier = text(Number.isFinite(identifier) ? `${identifier}` : identifier);
      object(user);
      // Another user has nothing of the one before.
      if (`${settings.identifier}` !== identifier) for (const key of USER) delete settings[key];
      for (const key of USER) settings[key] = user[key] ?? user[spelled(key, '_')] ?? settings[key];
      return change('identifier', identifier, 'user');
    },
    setAttributes: (given) => add('customAttributes', given, 'user'),
    setConversationAttributes: (given) => add('conversationAttributes', given),
    setLocale: (tag) => change('locale', text(tag)),
    setTheme: (theme) => change('theme', text(theme)),
    diagnostics: () => {
      tell('diagnose');
      return { then: (go) => commands.on('diagnostics', go) };
    },
    logout: () => {
      for (const key of USER) delete settings[key];
      return tell('logout');
    },
    shutdown: async () => {
      // What was asked for before is done first, if that is soon.
      for (let left = 250; told.size && left--;) await { then: (go) => setTimeout(go, 20) };
      watch.disconnect();
      clearTimeout(doubt);
      port?.close();
      host.remove();
      // The idle time that was asked for may still come.
      root = null;
      delete window.confab;
    },
    unread: () => count,
    on: (event, fn) => {
      if (typeof fn !== 'function') refuse('pass an event and a function');
      (listeners[event] ||= new Set()).add(fn);
    },
    off: (event, fn) => { listeners[event]?.delete(fn); },
  };
  const call = async (command, ...args) => {
    // Awaited like a promise, of which pages have their own. Listening must not wait for the launcher: an error may come first.
    await { then: (go) => { isPainted || command === 'on' ? go() : pending.push(go); } };
    current = command;
    if (!(command in commands)) refuse(`pass one of ${Object.keys(commands)}`, 'unknown_command');
    return commands[command](...args);
  };
  for (const command in commands) call[command] = (...args) => call(command, ...args);
  call.version = VERSION;
  window.confab = call;
  for (const args of Array.isArray(early.q) ? early.q : []) hear(() => call(...args));

  // An application may put another body in place of this one, empty it, or write a new document. The frame starts anew where
  // it is put. A page that takes it away each time is not answered at once, which would be an endless loop.
  const watch = new MutationObserver(() => {
    if (!host.isConnected) setTimeout(attach, 20);
  });
  const attach = () => {
    if (window.confab !== call || host.isConnected) return;
    isReady = false;
    // A document written anew has taken these away. The first comes before touchstart, too.
    button.onpointerenter = button.onfocus = prepare;
    if (frame) frame.onload = greet;
    // The second click of a double click would close what the first one opened.
    button.onclick = (event) => { if (event.detail < 2) show(!isOpen); };
    for (const node of [document, doc.documentElement, doc.body]) if (node) watch.observe(node, { childList: true });
    if (!doc.body) return;
    // A frameset shows nothing else.
    (doc.body instanceof HTMLBodyElement ? doc.body : doc.documentElement).append(host);
    // In the top layer neither a transformed body nor a high z-index matters; who gives a zIndex wants to be in order.
    if (settings.zIndex == null) {
      host.popover = 'manual';
      host.showPopover?.();
    }
  };

  /** A chat that the page places itself may stand further below. */
  const seek = () => {
    if (doc.querySelector('confab-chat')) inside();
    else if (doc.readyState !== 'complete') setTimeout(seek, 20);
  };

  const start = () => {
    if (!doc.body) {
      setTimeout(start, 20);
      return;
    }
    seek();
    let isLacking;
    for (const option of ['baseUrl', 'inboxIdentifier']) {
      if (!settings[option]) complain({ code: isLacking = 'config', option, value: '', message: 'is missing', remedy: `set data-${spelled(option, '-')}` });
    }
    if (isLacking) return;
    try {
      paint();
    } catch (error) {
      console.warn(error);
      doc.body.append(link());
      return;
    }
    isPainted = true;
    for (const go of pending) go();
    // A visitor who is known may have news for the badge; for nobody else does the frame come by itself.
    if (kept()) (window.requestIdleCallback || setTimeout)(prepare);
  };
  start();
})();
