// The window that takes a chat over from the frame that opened it; see popout-frame.js for how they speak. Loaded by boot.js where
// a page that nobody frames has the nonce of a frame in its address.

import {
  MARK, VERSION, answer, composed, composition, doubtful, identityKey, learn, meetingPlace, open, pageKey, putRows, removeRows, rowsOf, settled, sleep, tellTabs, transact, widget,
} from './popout-shelf.js';

/** What a window keeps for its own reload, in sessionStorage. */
const KEPT = 'confab:window';
/** How long the opener may take to answer, in milliseconds. */
const ANSWER = 8000;
/** How long the opener may take to remove what it gave. */
const RELEASE = 3000;

/**
 * Before the widget starts: asks the opener, and stores what it lends. Answers with the event that configures the widget as
 * the page configures a frame; or with `null` where nobody answers and nothing is known: then this is the hosted page.
 */
export const borrow = async () => {
  const nonce = location.hash.split('nonce=')[1];
  const kept = recall();
  const lent = await ask(nonce) ?? (kept && { ...kept, again: true, shelf: { identity: kept.identity, name: kept.name, rows: [] } });
  if (!lent) {
    history.replaceState(null, '', location.pathname + location.search);
    return null;
  }
  const { config, origin, title, shelf, ports = [new MessageChannel().port1] } = lent;
  const [chat, control] = ports;
  // The key lies there from one load to the next only.
  remember({ config, origin, title, name: shelf.name, identity: undefined });
  chat.addEventListener('message', ({ data }) => {
    learn(config, data);
    if (data.user || data.type === 'logout') remember({ config });
  });
  document.title = title || document.title;
  if (shelf.name) await settle(lent, control).catch((error) => console.warn('confab: this window cannot store what it was given.', error));
  if (shelf.name) meet(shelf.name);
  if (control) watch(control, lent.durable);
  return new MessageEvent('message', {
    data: { confab: 1, version: VERSION, nonce, config }, origin: `${origin}${MARK}`, source: window, ports: [chat],
  });
};

const recall = () => {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT));
  } catch {
    return null;
  }
};

const remember = (what) => {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify({ ...recall(), ...what }));
  } catch {
    // Denied: a reload without the opener begins as the hosted page.
  }
};

/** Asks until the opener answers, which may still be loading its part. */
const ask = (nonce) => new Promise((done) => {
  if (!opener) {
    done(null);
    return;
  }
  const finish = (result) => {
    clearInterval(timer);
    clearTimeout(patience);
    removeEventListener('message', hear);
    done(result);
  };
  const hear = ({ source, origin, data, ports }) => {
    if (source === opener && origin === location.origin && data?.popout === nonce && data.v === VERSION) finish({ ...data, ports });
  };
  const say = () => {
    if (!opener || opener.closed) finish(null);
    else opener.postMessage({ popout: nonce, v: VERSION, time: performance.timeOrigin }, location.origin);
  };
  addEventListener('message', hear);
  const timer = setInterval(say, 100);
  const patience = setTimeout(finish, ANSWER, null);
  say();
});

/** Puts what was lent on this window's shelf. */
const settle = async ({ again, durable, shelf }, control) => {
  const { name, identity, rows, composition: text, page, newest } = shelf;
  // Another window of the same site may be at it.
  const isAlone = !navigator.locks || await navigator.locks.request(meetingPlace(name), { ifAvailable: true }, Boolean);
  // A copy of another contact's key may not stand in.
  if (!again && !identity && durable) localStorage.removeItem(`confab:${name}`);
  const clearUp = async (store, there) => {
    // An earlier window ended without giving these back, or nobody knows whether they arrived. They are of the contact that
    // they lie with, who may have logged out since.
    const left = await rowsOf(store, name);
    const isSame = there && (identity ? there.source_id === identity.source_id : !durable);
    removeRows(store, name, left);
    if (isSame) putRows(store, name, left.map((stored) => doubtful(stored, there.seen)));
    else if (there && !identity) store('identity').delete(identityKey(name));
    if (page) store('composition').put(page, pageKey(name));
    else store('composition').delete(pageKey(name));
  };
  await transact(async (store) => {
    const there = await answer(store('identity').get(identityKey(name)));
    if (identity && !(again && there)) store('identity').put(identity, identityKey(name));
    if (again) return;
    const kept = isAlone ? text : composed(await answer(store('composition').get(name)), undefined, text);
    if (kept) store('composition').put(kept, name);
    else store('composition').delete(name);
    if (isAlone) await clearUp(store, there);
    putRows(store, name, rows.map((stored) => doubtful(stored, newest)));
  }, Boolean(identity || rows.length || text));
  if (again || !control) return;
  const released = new Promise((done) => { control.onmessage = ({ data }) => { if (data.released) done(data.released); }; });
  control.postMessage({ stored: rows });
  const keys = await Promise.race([released, sleep(RELEASE)]);
  if (!keys || !rows.length) return;
  const isOurs = ({ row }) => keys.includes(row.key);
  await transact(async (store) => {
    putRows(store, name, rows.filter(isOurs));
    removeRows(store, name, rows.filter((stored) => !isOurs(stored)));
  });
  if (!isAlone) tellTabs(name);
};

/** The other windows of this site: what lies on the shelf is theirs as well, and stays there while there are any. */
const others = new Set();
const meet = (name) => {
  const id = crypto.getRandomValues(new Uint32Array(2)).join();
  const channel = new BroadcastChannel(`confab-window:${name}`);
  const say = (what) => channel.postMessage({ v: VERSION, id, what });
  channel.onmessage = ({ data }) => {
    if (data.v !== VERSION) return;
    if (data.what === 'gone') others.delete(data.id);
    else others.add(data.id);
    if (data.what === 'here') say('too');
  };
  addEventListener('pagehide', () => say('gone'));
  addEventListener('pageshow', () => say('here'));
  say('here');
};

/** From now on: tells the opener what is here, and in the end gives it back. */
const watch = (control, isDurable) => {
  let isOver = false;
  /** Open as long as the opener knows who the visitor is: at the end there is no time to open it. */
  let database;
  const look = (stop) => {
    const { name, identity, rows, newest } = widget(stop);
    return { name, identity, rows: others.size ? [] : rows, newest, composition: composition() };
  };
  /** The opener knows who the visitor is: this window, once gone, need not. */
  const clear = (name) => {
    localStorage.removeItem(`confab:${name}`);
    const transaction = database.transaction(['identity', 'composition'], 'readwrite');
    transaction.objectStore('identity').delete(identityKey(name));
    for (const key of [name, pageKey(name)]) transaction.objectStore('composition').delete(key);
    transaction.commit();
  };
  control.onmessage = async ({ data }) => {
    if (data.look) {
      const shelf = look();
      if (shelf.name) control.postMessage({ shelf });
    }
    if (data.known && isDurable) {
      database ??= await open(false).catch(() => null);
      if (database) database.onversionchange = () => database.close();
    }
    if (data.back) {
      await settled();
      const shelf = look(true);
      isOver = true;
      control.onmessage = async ({ data: news }) => {
        if (!news.kept) return;
        if (!others.size) {
          localStorage.removeItem(`confab:${shelf.name}`);
          await transact(async (store) => {
            removeRows(store, shelf.name, shelf.rows);
            store('identity').delete(identityKey(shelf.name));
            for (const key of [shelf.name, pageKey(shelf.name)]) store('composition').delete(key);
          }).catch(() => {});
        }
        control.postMessage({ released: 1 });
      };
      control.postMessage({ shelf, left: 1 });
    }
  };
  addEventListener('pagehide', () => {
    if (isOver || !opener || opener.closed) return;
    const shelf = look();
    if (!shelf.name) return;
    control.postMessage({ shelf, bye: 1 });
    remember({ identity: shelf.identity });
    if (database && !others.size && !shelf.rows.length) clear(shelf.name);
  });
};
