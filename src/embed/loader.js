// The script tag. Paints the launcher, queues calls, and opens the chat in a frame of this script's own origin.
// It asks for nothing, stores nothing and starts nothing before the visitor acts; the frame brings all the rest.
// Only properties of the CSSOM and created nodes are used, so that it runs under any style policy and Trusted Types.
// A page may have put its own things in place of the browser's: what is needed at the start is taken from prototypes, which
// no element's id or name can cover, or is syntax; objects read by foreign keys have no prototype that could be polluted.
(() => {
  const VERSION = 1;
  const MAX = 65536;
  const PATIENCE = 5000;
  // `<form name="body">` covers document.body, but not the getter on the prototype.
  const doc = new Proxy(document, {
    get: (target, key) => {
      const value = Reflect.get(Document.prototype, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const early = window.confab;
  if (early && early.version) {
    console.warn('confab: the script is on this page twice; the second one does nothing. Remedy: keep one of the two tags.');
    return;
  }
  const tag = doc.currentScript || doc.querySelector('script[data-inbox-identifier],script[src$="confab.js"]');
  const home = new URL('.', tag ? tag.src : location.href);
  const given = { __proto__: null, ...(tag && tag.dataset) };
  for (const option in given) if (!given[option].trim()) delete given[option];
  const settings = { __proto__: null, ...(typeof confabSettings === 'object' ? confabSettings : null), ...given };
  const listeners = { __proto__: null };
  let host, root, button, badge, panel, frame, port, doubt, way;
  let isReady = false;
  let isOpen = false;
  let count = 0;
  let echoes = 0;
  let waiting = [];

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

  const nonce = () => {
    let text = '';
    for (const byte of crypto.getRandomValues(new Uint8Array(16))) text += (256 + byte).toString(16).slice(1);
    return text;
  };

  /** A plain link to the chat as a page, for where the page or the browser does not let it be here. */
  const link = () => {
    const link = doc.createElement('a');
    link.href = new URL('index.html', home);
    link.target = '_blank';
    link.rel = 'noopener';
    link.textContent = `${label()} ↗`;
    return link;
  };

  const label = () => settings.launcherTitle || 'Chat';

  /** A frame that is refused loads the browser's own page; nothing but its silence tells. */
  const wait = (patience) => {
    clearTimeout(doubt);
    doubt = setTimeout(() => panel.append(way ||= link()), patience);
  };

  /** The chat without a frame is a script of its own; to this one its element behaves as a frame would. */
  const inside = () => import(new URL('confab-shadow.js', home)).catch(({ message }) => complain({
    code: 'config', option: 'mode', value: 'shadow', message, remedy: `allow ${home.origin} in script-src`,
  }));

  /** Loads the frame, hidden. It downloads and starts, and asks the API nothing until it is told to open. */
  const prepare = () => {
    if (frame || !root) return;
    const secret = nonce();
    if (settings.mode === 'shadow') inside();
    frame = doc.createElement(settings.mode === 'shadow' ? 'confab-chat' : 'iframe');
    frame.title = settings.title || label();
    frame.allow = 'microphone; clipboard-write';
    frame.sandbox = 'allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox allow-downloads';
    // The frame keeps the nonce to tell this page from any other window that posts to it.
    frame.onload = () => {
      const channel = new MessageChannel();
      isReady = false;
      wait(PATIENCE);
      if (port) port.close();
      port = channel.port1;
      port.onmessage = (event) => receive(event.data);
      frame.contentWindow.postMessage({ confab: 1, version: VERSION, nonce: secret, config: plain(settings) }, home.origin, [channel.port2]);
    };
    frame.src = `${new URL('index.html', home)}#confab=1&nonce=${secret}`;
    panel.append(frame);
    wait(4 * PATIENCE);
  };

  let weight;
  /** What can be told to another window: data alone, no functions. Written out, because pages replace JSON. */
  const plain = (value) => {
    weight += (value && value.length) || 8;
    if (typeof value === 'bigint') return `${value}`;
    if (typeof value !== 'object') return /^(str|num|boo)/.test(typeof value) ? value : undefined;
    if (!value) return value;
    const isList = Array.isArray(value);
    if (!isList && value.toJSON) return plain(value.toJSON());
    const copy = isList ? [] : {};
    const own = { __proto__: null, ...value };
    for (const key in own) copy[key] = plain(own[key]);
    return copy;
  };

  /** Whether it is open the frame is told when it is ready, as it is then; the rest waits for that. */
  const tell = (type, more) => {
    prepare();
    if (isReady) port.postMessage(plain({ v: VERSION, type, ...more }));
    else if (more) waiting.push([type, more]);
  };

  const receive = (data) => {
    weight = 0;
    if (!data || data.v !== VERSION || typeof data.type !== 'string' || (plain(data), weight > MAX)) return;
    if (data.type === 'ready') {
      isReady = true;
      clearTimeout(doubt);
      if (way) way.remove();
      echoes = 0;
      if (isOpen) tell('open');
      for (const [type, more] of waiting.splice(0)) tell(type, more);
      emit('ready');
    } else if (data.type === 'closed') {
      // What this script closed comes back as an echo, perhaps after it was opened again.
      if (echoes) echoes -= 1;
      else show(false, true);
    } else if (data.type === 'unread') {
      count = Math.max(0, data.count | 0);
      name();
      emit('unread', { count });
    } else if (data.type === 'error') {
      complain({ code: data.code, option: data.option, value: data.value, remedy: data.remedy, message: data.message });
    } else if (data.type === 'usable') {
      emit('usable');
    } else if (data.type === 'message' || data.type === 'status') {
      const { v, type, ...detail } = data;
      emit(type, detail);
    }
  };

  // ------------------------------------------------------------ the launcher

  // Values are written in: a custom property of the same name on the page would be inherited. What is important in a
  // shadow root goes before what is important in the page; `all` leaves out the direction, which is meant to be the page's.
  const styles = (x, y, z, colour, zoom) => `
:host{all:initial!important;position:fixed!important;inset-block-end:${y}px!important;z-index:${z}!important;zoom:${zoom}!important}
:host([data-hidden]){display:none!important}
:host([data-side=right]){inset-inline-end:${x}px!important}
:host([data-side=left]){inset-inline-start:${x}px!important}
button{all:unset;box-sizing:border-box;position:relative;inline-size:60px;block-size:60px;border-radius:50%;background:${colour};color:#fff;display:grid;place-items:center;cursor:pointer;box-shadow:0 1px 2px #1e19140f,0 8px 24px #1e19141f,0 24px 60px #1e19141a;transition:transform .15s ease-out}
button:hover{transform:scale(1.05)}
button:active{transform:scale(.96)}
button:focus-visible{outline:3px solid ${colour};outline-offset:3px}
svg{inline-size:28px;block-size:28px;stroke:currentColor;fill:none;stroke-width:1.9;stroke-linecap:round;stroke-linejoin:round}
svg+svg,[aria-expanded=true] svg{display:none}
[aria-expanded=true] svg+svg{display:block}
span{position:absolute;inset-block-start:-3px;inset-inline-end:-3px;box-sizing:border-box;min-inline-size:22px;padding:0 5px;border-radius:11px;background:#b3261e;color:#fff;font:700 12px/22px system-ui,sans-serif;text-align:center}
span:empty{display:none}
div{position:absolute;inset-block-end:76px;inline-size:min(400px,calc(100vw - ${2 * x}px));block-size:min(680px,calc(100vh - ${76 + 2 * y}px));border-radius:16px;overflow:hidden;box-shadow:0 1px 2px #1e19140f,0 8px 24px #1e19141a,0 24px 60px #1e19142e;visibility:hidden;opacity:0;transform:translateY(8px) scale(.98);transition:opacity .16s ease-out,transform .16s ease-out,visibility .16s}
:host([data-side=right]) div{inset-inline-end:0;transform-origin:bottom right}
:host([data-side=left]) div{inset-inline-start:0;transform-origin:bottom left}
div.open{visibility:visible;opacity:1;transform:none}
iframe{display:block;inline-size:100%;block-size:100%;border:0;color-scheme:normal}
a{position:absolute;inset:0 0 auto;padding:16px;background:#2f5d50;color:#fff;font:600 16px/1.5 system-ui,sans-serif;text-align:center}
@media(max-width:480px){div{position:fixed;inset:0!important;inline-size:100%;block-size:100%;block-size:100dvh;border-radius:0}button[aria-expanded=true]{visibility:hidden}}
@media(prefers-reduced-motion:reduce){div,button{transition:none}}
@media(forced-colors:active){button{border:2px solid ButtonText}}`;

  const drawing = (path) => {
    const svg = doc.createElementNS('http://www.w3.org/2000/svg', 'svg');
    const line = doc.createElementNS('http://www.w3.org/2000/svg', 'path');
    svg.setAttribute('viewBox', '0 0 24 24');
    svg.setAttribute('aria-hidden', 'true');
    line.setAttribute('d', path);
    svg.append(line);
    return svg;
  };

  /** The accessible name says what it is and how many messages wait. */
  const name = () => {
    if (!button) return;
    const title = label();
    badge.textContent = count ? (count > 99 ? '99+' : count) : '';
    button.setAttribute('aria-label', count ? `${title} (${count})` : title);
  };

  /** White on a dark colour, near-black on a light one. */
  const contrast = () => {
    const parts = getComputedStyle(button).backgroundColor.match(/^rgba?\((\d+), (\d+), (\d+)/);
    if (!parts) return;
    const [r, g, b] = parts.slice(1).map((part) => {
      const c = part / 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    if (0.2126 * r + 0.7152 * g + 0.0722 * b > 0.19) button.style.color = '#1d1c1a';
  };

  const paint = () => {
    host = doc.createElement('confab-launcher');
    root = host.attachShadow({ mode: 'open' });
    const number = (value, otherwise) => (Number.isNaN(Number.parseInt(value, 10)) ? otherwise : Number.parseInt(value, 10));
    const offset = (value) => (number(value, 20) < 0 ? 20 : number(value, 20));
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(styles(
      offset(settings.offsetX), offset(settings.offsetY), number(settings.zIndex, 2147483000),
      settings.color && supported(settings.color) ? settings.color : '#2f5d50', 1 / (doc.body.currentCSSZoom || 1),
    ));
    root.adoptedStyleSheets = [sheet];
    host.dataset.side = settings.position === 'left' ? 'left' : 'right';
    button = doc.createElement('button');
    button.type = 'button';
    button.setAttribute('aria-expanded', 'false');
    badge = doc.createElement('span');
    badge.setAttribute('aria-hidden', 'true');
    button.append(
      drawing('M4 11.5C4 7.4 7.6 4 12 4s8 3.4 8 7.5S16.4 19 12 19c-1 0-2-.2-2.9-.5L4.5 20l1.2-3.7A7.2 7.2 0 0 1 4 11.5z'),
      drawing('M6 6l12 12M18 6L6 18'),
      badge,
    );
    panel = doc.createElement('div');
    root.append(button, panel);
    name();
    attach();
    contrast();
  };

  const supported = (colour) => window.CSS.supports('color', colour);

  const show = (open, isTold) => {
    if (!button || open === isOpen) return;
    isOpen = open;
    button.setAttribute('aria-expanded', open);
    if (!open && !isTold && isReady) echoes += 1;
    if (!isTold) tell(open ? 'open' : 'close');
    panel.className = open ? 'open' : '';
    if (open) frame.focus();
    else button.focus();
    emit(open ? 'opened' : 'closed');
  };

  // ------------------------------------------------------------ what the page can do

  const USER = ['identifier', 'identifierHash', 'name', 'email', 'phoneNumber', 'avatarUrl', 'customAttributes'];

  /** What the site says of its visitor. A frame that is not there yet begins with it; nothing is created for it alone. */
  const identify = (user) => {
    Object.assign(settings, user);
    if (frame) tell('user', { user: Object.fromEntries(USER.map((key) => [key, settings[key]])) });
  };

  const text = (value, command) => {
    if (typeof value !== 'string' || !value.trim()) throw new TypeError(`confab: ${command}(text) takes a text. Remedy: pass one that is not empty.`);
    return { text: value };
  };

  const object = (value, command) => {
    if (typeof value !== 'object' || !value || Array.isArray(value)) throw new TypeError(`confab: ${command} takes an object. Remedy: pass one, like {plan: 'gold'}.`);
    return value;
  };

  let isPainted = false;
  const pending = [];
  // To be awaited like a promise, of which pages have their own.
  const painted = { then: (go) => { isPainted ? go() : pending.push(go); } };
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
    send: (value) => tell('send', text(value, 'send')),
    prefill: (value) => tell('prefill', text(value, 'prefill')),
    setUser: (identifier, user = {}) => {
      if (!['string', 'number'].includes(typeof identifier)) throw new TypeError('confab: setUser(identifier, user) takes the identifier of your user first. Remedy: pass it as a text.');
      // Another user has nothing of the one before.
      const given = Object.entries(object(user, 'setUser(identifier, user)'))
        .map(([key, value]) => [key.replace(/_(\w)/g, (_, letter) => letter.toUpperCase()), value]);
      const cleared = `${settings.identifier}` === `${identifier}` ? [] : USER.map((key) => [key, undefined]);
      identify({ ...Object.fromEntries([...cleared, ...given]), identifier: `${identifier}` });
    },
    setAttributes: (attributes) => {
      const before = typeof settings.customAttributes === 'string' ? JSON.parse(settings.customAttributes) : settings.customAttributes;
      identify({ customAttributes: { ...before, ...object(attributes, 'setAttributes(attributes)') } });
    },
    logout: () => {
      for (const key of USER) delete settings[key];
      tell('logout', {});
    },
    shutdown: () => {
      watch.disconnect();
      clearTimeout(doubt);
      if (port) port.close();
      host.remove();
      delete window.confab;
    },
    unread: () => count,
    on: (event, fn) => {
      if (typeof fn !== 'function') throw new TypeError('confab: on(event, fn) takes a function. Remedy: pass one as the second argument.');
      (listeners[event] ||= []).push(fn);
    },
    off: (event, fn) => { listeners[event] = (listeners[event] || []).filter((other) => other !== fn); },
  };
  const call = async (command, ...args) => {
    if (!(command in commands)) throw new Error(`confab: there is no command "${command}". Remedy: use one of ${Object.keys(commands)}.`);
    await painted;
    return commands[command](...args);
  };
  for (const command in commands) call[command] = (...args) => call(command, ...args);
  // Listening must not wait for the launcher: an error may come first.
  call.on = async (...args) => commands.on(...args);
  call.version = VERSION;
  window.confab = call;
  for (const args of (early && early.q) || []) hear(() => call(...args));

  const check = () => {
    const lacking = (option, attribute, remedy) => {
      if (settings[option]) return false;
      complain({ code: 'config', option, value: '', message: 'is missing', remedy: `add ${attribute} to the script tag or ${option} to confabSettings: ${remedy}` });
      return true;
    };
    return !(lacking('baseUrl', 'data-base-url', 'the address of your Chatwoot, for instance https://app.chatwoot.com')
      | lacking('inboxIdentifier', 'data-inbox-identifier', 'it stands in the settings of your API inbox'));
  };

  // An application may put another body in place of this one, empty it, or write a new document. The frame starts anew where
  // it is put. A page that takes it away each time is not answered at once, which would be an endless loop.
  const watch = new MutationObserver(() => {
    if (!host.isConnected) setTimeout(attach, 20);
  });
  const attach = () => {
    if (window.confab !== call || host.isConnected) return;
    // A document written anew has taken these away. The first comes before touchstart, too.
    button.onpointerenter = button.onfocus = prepare;
    // The second click of a double click would close what the first one opened.
    button.onclick = (event) => { if (event.detail < 2) show(!isOpen); };
    for (const node of [document, doc.documentElement, doc.body]) if (node) watch.observe(node, { childList: true });
    if (!doc.body) return;
    // A frameset shows nothing else.
    (doc.body instanceof HTMLBodyElement ? doc.body : doc.documentElement).append(host);
    // In the top layer neither a transformed body nor a high z-index matters; who gives a zIndex wants to be in order.
    if (settings.zIndex == null && host.showPopover) {
      host.popover = 'manual';
      host.showPopover();
    }
  };

  /** A chat that the page places itself may stand further below. */
  const seek = () => {
    if (doc.querySelector('confab-chat')) inside();
    else if (doc.readyState !== 'complete') setTimeout(seek, 99);
  };

  const start = () => {
    if (!doc.body) {
      setTimeout(start, 20);
      return;
    }
    seek();
    if (!check()) return;
    try {
      paint();
    } catch (error) {
      console.warn('confab: this browser cannot show the chat here; there is a link to it instead.', error);
      doc.body.append(link());
      return;
    }
    isPainted = true;
    for (const go of pending) go();
  };
  start();
})();
