// The frame whose chat goes on in a window of its own. Loaded at the first click on that button.
//
//   frame   opens index.html with the nonce of its own handshake in the fragment; nothing else stands in an address
//   window  posts the nonce to its opener, again and again until it is heard
//   frame   checks origin, nonce and sender, ends its session (the cable, the lead), and answers with two ports: one for what
//           page and chat tell each other, one for what follows; and with what is stored
//   window  stores the rows as perhaps under way, and says so; the frame removes its own, and says that; from then on they
//           are rows that nobody else sends. What is never released stays as perhaps under way: the fence finds it out
//   window  tells what it has whenever something happened, and at its end; the frame then stores that, and starts again

import {
  VERSION, answer, composed, composition, identityKey, inFrame, inWindow, doubtful, learn, pageKey, putRows, read, removeRows, rowsOf, settled, sleep,
  tellTabs, transact, widget,
} from './popout-shelf.js';

/** How long a window that said good-bye may take to come back, in milliseconds: it may be loading again. */
const RELOAD = 10000;
/** How long a window may take to give back what it has. */
const GIVING = 2000;
/** How often it is seen whether the window is closed, in milliseconds; and every how many times the window tells what it has. */
const BEAT = 300;
const LOOK = 10;
/** How often a frame without a network looks for its files, in milliseconds. */
const AGAIN = 2000;
const WORDS = {
  close: 'Close chat',
  offline: 'You are offline. What you write is kept.',
  window_away: 'The chat goes on in its own window.',
  window_show: 'Show the window',
  window_back: 'Continue here',
  window_blocked: 'Your browser opened no window. The chat can go on here, or in a new tab.',
  window_tab: 'Open in a new tab',
};

const root = document.querySelector('.cf');
const nonce = location.hash.split('nonce=')[1];
/** The event by which the page configured this frame: its port, origin and options. */
let greeting;
/** The window, or `null` until a link was followed. */
let opened = null;
/** What the window has, as it last told. */
let last;
/** The record of the visitor as it was last stored here. */
let kept;
/** What was being typed when the window was opened: it lies here until the window is back. */
let lent;
let chat, control, name, tab, isDurable, doubt, answered, forgotten, overlay, words;
let isOver = false;

/** A click on the button. `child` is the window, or `null` where the browser gave none; `said` the page's last word of its user. */
export const click = async (child, hello, said) => {
  if (control) {
    child?.close();
    opened.focus();
    return;
  }
  opened?.close();
  opened = child;
  if (!greeting) {
    greeting = hello;
    if (said) learn(greeting.data.config, said);
    addEventListener('message', answerHello);
    greeting.ports[0].addEventListener('message', relay);
    let beats = 0;
    setInterval(() => {
      beats += 1;
      if (control && opened.closed) leave();
      else if (control && beats % LOOK === 0) control.postMessage({ look: 1 });
    }, BEAT);
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLES);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  }
  words ??= await wordsOf(root.lang, greeting.data.config.texts);
  if (!child && !control) {
    say(words.window_blocked, [[words.window_tab, `index.html${location.hash}`], [words.window_back, unsay]]);
  }
};

// ------------------------------------------------------------ page and window

/** The page's commands are the window's now; the panel's own stay here. */
const relay = ({ data }) => {
  learn(greeting.data.config, data);
  if (!chat) return;
  if (data.type === 'open') overlay?.querySelector('.first')?.focus();
  else if (data.type !== 'close') chat.postMessage(data);
  if (data.type === 'logout' && isDurable) forget();
};

const answerHello = async ({ origin, data, source }) => {
  if (origin !== location.origin || data?.popout !== nonce || data.v !== VERSION || isOver) return;
  // It asks until it is heard; another time is another load of it.
  if ((opened && source !== opened) || answered === data.time) return;
  opened = source;
  answered = data.time;
  const isAgain = Boolean(control);
  kept = undefined;
  clearTimeout(doubt);
  const shelf = isAgain ? { ...last, rows: [] } : await give();
  const [ours, theirs] = [new MessageChannel(), new MessageChannel()];
  chat = ours.port1;
  control = theirs.port1;
  chat.onmessage = ({ data: news }) => {
    if (['unread', 'message', 'postback', 'status', 'error'].includes(news.type)) greeting.ports[0].postMessage(news);
    theirs.port1.postMessage({ look: 1 });
  };
  control.onmessage = ({ data: news }) => hear(news);
  opened.postMessage({
    popout: nonce, v: VERSION, again: isAgain, durable: isDurable, shelf,
    config: greeting.data.config, origin: greeting.origin, title: root.querySelector('h2')?.textContent,
  }, location.origin, [ours.port2, theirs.port2]);
  words ??= await wordsOf(root.lang, greeting.data.config.texts);
  say(words.window_away, [[words.window_show, () => opened.focus()], [words.window_back, back]]);
};

/** What another tab of this site is sending stays with it. */
const isFree = ({ claim }) => !claim || claim.tab === tab || claim.until < Date.now();

/** What this frame has; its session ends. */
const give = async () => {
  await settled();
  const here = widget(true);
  name = here.name;
  tab = here.tab;
  isDurable = Boolean(here.durable);
  let shelf = here;
  if (name && isDurable) {
    // What cannot be read stays where it is; who the visitor is, is known all the same.
    shelf = await read(name).catch(() => undefined) ?? { identity: here.identity, rows: [] };
    shelf.rows = shelf.rows.filter(isFree);
  }
  const { identity, rows, page } = shelf;
  lent = composition();
  last = { identity, rows, page, name: name && inWindow(name), newest: here.newest, composition: lent };
  return last;
};

const hear = async (news) => {
  if (news.stored) await release(news.stored);
  if (news.shelf) {
    last = news.shelf;
    await keepIdentity();
  }
  if (news.left) leave(true);
  if (news.bye) {
    // Closed, on its way elsewhere, or about to ask again.
    clearTimeout(doubt);
    doubt = setTimeout(leave, RELOAD);
  }
};

/** Removes the rows that the window has stored, and says which: another tab may have begun or finished some meanwhile. */
const release = async (rows) => {
  let released = rows;
  if (isDurable && rows.length) {
    try {
      released = await transact(async (store) => {
        const there = await rowsOf(store, name);
        const mine = rows.filter(({ row }) => there.some((stored) => stored.row.key === row.key && isFree(stored)));
        removeRows(store, name, mine);
        return mine;
      });
    } catch {
      released = undefined;
    }
    // Not released: the window finds out by itself.
    if (!released) return;
    tellTabs(name);
  }
  control?.postMessage({ released: released.map(({ row }) => row.key) });
};

/** Who the visitor is by now is known here, too, unless somebody else was here meanwhile. */
const keepIdentity = async () => {
  const { identity } = last;
  if (!identity || !isDurable || identity.source_id === forgotten) return;
  const text = JSON.stringify(identity);
  if (text === kept) return;
  const key = identityKey(inFrame(last.name));
  const isKept = await transact(async (store) => {
    const there = await answer(store('identity').get(key));
    if (there && there.source_id !== identity.source_id) return false;
    store('identity').put(identity, key);
    return true;
  }, true).catch(() => false);
  if (!isKept) return;
  kept = text;
  control?.postMessage({ known: 1 });
};

/** Logging out leaves nothing here either. */
const forget = async () => {
  forgotten = last?.identity?.source_id;
  const owners = new Set([name, inFrame(last?.name ?? name)]);
  last = undefined;
  for (const owner of owners) {
    await transact(async (store) => {
      removeRows(store, owner, await rowsOf(store, owner));
      store('identity').delete(identityKey(owner));
      for (const key of [owner, pageKey(owner)]) store('composition').delete(key);
    }).catch(() => {});
    localStorage.removeItem(`confab:${owner}`);
    tellTabs(owner);
  }
};

// ------------------------------------------------------------ coming back

/** Asks the window to give everything back. */
const back = () => {
  control.postMessage({ back: 1 });
  doubt = setTimeout(leave, GIVING);
};

/** Everything is stored here again, and the frame begins anew: the page hands its port over once more. */
const leave = async (isGiven = false) => {
  if (isOver) return;
  isOver = true;
  clearTimeout(doubt);
  const owner = last?.name && inFrame(last.name);
  if (isDurable && owner) {
    const { rows, newest, composition: text } = last;
    const put = (all) => transact(async (store) => {
      putRows(store, owner, all);
      // Other tabs of the site keep theirs.
      const kept = composed(await answer(store('composition').get(owner)), lent, text);
      lent = text;
      if (kept) store('composition').put(kept, owner);
      else store('composition').delete(owner);
    }, Boolean(rows.length || text)).catch(() => {});
    await put(rows.map((stored) => doubtful(stored, newest)));
    if (isGiven === true) {
      const released = new Promise((done) => { control.onmessage = ({ data }) => { if (data.released) done(true); }; });
      control.postMessage({ kept: 1 });
      if (await Promise.race([released, sleep(GIVING)])) await put(rows);
    }
    tellTabs(owner);
  }
  opened.close();
  // Without a network the browser would put a page of its own here.
  while (!await isThere('index.html')) {
    say(words.offline, []);
    await sleep(AGAIN);
  }
  location.reload();
};

const isThere = (path) => fetch(path, { cache: 'no-cache' }).then((response) => response.ok, () => false);

// ------------------------------------------------------------ what is seen meanwhile

const say = (text, acts) => {
  overlay?.remove();
  const make = (tag, className, textContent) => Object.assign(document.createElement(tag), { className, textContent });
  overlay = make('div', 'elsewhere', '');
  const close = make('button', 'icon', '×');
  close.setAttribute('aria-label', words.close);
  close.onclick = () => greeting.ports[0].postMessage({ v: VERSION, type: 'closed' });
  const message = make('p', '', text);
  message.setAttribute('role', 'status');
  const buttons = acts.map(([label, act], index) => {
    const isLink = typeof act === 'string';
    const button = make(isLink ? 'a' : 'button', index ? 'second' : 'first', label);
    if (isLink) Object.assign(button, { href: act, target: '_blank', rel: 'opener' });
    else button.onclick = act;
    return button;
  });
  overlay.append(message, ...buttons, close);
  overlay.onkeydown = (event) => { if (event.key === 'Escape') close.click(); };
  for (const node of root.children) node.inert = true;
  root.append(overlay);
  (buttons[0] ?? close).focus();
};

const unsay = () => {
  overlay.remove();
  for (const node of root.children) node.inert = false;
  document.querySelector('.composer textarea')?.focus();
};

/** The words of a language, and over them those of the owner. */
const wordsOf = async (language, own) => {
  const file = async (path) => {
    try {
      const response = await fetch(path);
      return response.ok ? await response.json() : {};
    } catch {
      return {};
    }
  };
  const short = /^[a-z]+/.exec(language)?.[0] ?? 'en';
  const [table, owner] = await Promise.all([short === 'en' ? {} : file(`locales/${short}.json`), file('confab.json')]);
  let texts = own ?? owner.texts;
  try {
    if (typeof texts === 'string') texts = JSON.parse(texts);
  } catch {
    texts = {};
  }
  return { ...WORDS, ...table, ...texts };
};

const STYLES = `
.cf .elsewhere{position:absolute;inset:0;z-index:9;display:grid;place-content:center;justify-items:center;gap:14px;padding:32px;background:var(--surface);color:var(--ink);text-align:center}
.cf .elsewhere p{max-inline-size:26ch;text-wrap:balance;font-size:var(--size-title);font-weight:600;margin-block-end:6px}
.cf .elsewhere :is(.first,.second){padding:10px 20px;border-radius:var(--radius-field);font-weight:600;cursor:pointer;text-decoration:none}
.cf .elsewhere .first{background:var(--accent);color:var(--on-accent)}
.cf .elsewhere .second{color:var(--accent-text)}
.cf .elsewhere .icon{position:absolute;inset-block-start:12px;inset-inline-end:14px;font-size:24px}`;
