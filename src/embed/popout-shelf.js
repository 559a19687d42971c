// The store, as frame and window of their own pass rows from one to the other. The records are nobody's here: how they look
// is known to src/driver/storage, which a test holds against the names below.

/** Version of what is said between pages. */
export const VERSION = 1;
/** Version of the records. */
const RECORDS = 1;
const STORES = ['identity', 'outbox', 'composition'];
/** Behind the origin in names of the window's shelf: it has one of its own also where the browser does not keep both apart. */
export const MARK = '~window';

export const sleep = (ms) => new Promise((done) => { setTimeout(done, ms); });

/** Asks the widget of this page what it has; with `stop` its session ends. */
export const widget = (stop = false) => {
  const detail = { stop };
  dispatchEvent(new CustomEvent('confab-hand-over', { detail }));
  return { ...detail, rows: detail.rows ?? [] };
};

/** Waits until the widget has stored what it was told to. */
export const settled = async () => {
  for (let waited = 0; waited < 50 && widget().busy; waited += 1) await sleep(20);
};

// @include user.js
/** What the page says of its user changes what a window is given that loads again. */
export const learn = (config, { type, user }) => {
  if (type === 'user') Object.assign(config, user);
  if (type === 'logout') for (const key of USER) delete config[key];
};

/** Texts that tabs were typing, with NUL between them, after one of them wrote another. */
export const composed = (kept, before, text) => {
  const texts = (kept ?? '').split('\0').filter(Boolean);
  if (texts.includes(before)) texts.splice(texts.indexOf(before), 1);
  return [...texts, text].filter(Boolean).join('\0');
};

export const composition = () => document.querySelector('.composer textarea')?.value ?? '';

export const answer = (request) => new Promise((done, fail) => {
  request.onsuccess = () => done(request.result);
  request.onerror = () => fail(request.error);
});

/** Opens the database; without `create` only one that is there: merely looking stores nothing. */
export const open = (create) => new Promise((done, fail) => {
  const request = indexedDB.open('confab');
  let isNew = false;
  request.onupgradeneeded = () => {
    isNew = true;
    if (create) for (const name of STORES) request.result.createObjectStore(name);
    else request.transaction.abort();
  };
  request.onsuccess = () => done(request.result);
  request.onerror = () => (isNew && !create ? done(null) : fail(request.error));
});

/** One transaction; `undefined` where there is no database. */
export const transact = async (act, create = false) => {
  const database = await open(create);
  if (!database) return undefined;
  try {
    const transaction = database.transaction(STORES, 'readwrite');
    const ended = new Promise((done, fail) => {
      transaction.oncomplete = done;
      transaction.onabort = () => fail(transaction.error);
    });
    const result = await act((name) => transaction.objectStore(name));
    await ended;
    return result;
  } finally {
    database.close();
  }
};

export const identityKey = (name) => `${RECORDS}\n${name}`;
export const pageKey = (name) => `page ${RECORDS}\n${name}`;
/** What tabs of a shelf call their lock and their channel. */
export const meetingPlace = (name) => `confab:${name}\n${RECORDS}`;
const rowKey = (name, stored) => `${name}\n${stored.row.key}`;

export const rowsOf = async (store, name) => (await answer(store('outbox').getAll())).filter((stored) => stored.owner === name);

/** What is on a shelf but for the composition, which the page shows. */
export const read = (name) => transact(async (store) => ({
  identity: await answer(store('identity').get(identityKey(name))),
  page: await answer(store('composition').get(pageKey(name))),
  rows: await rowsOf(store, name),
}));

/** A row that somebody else may be sending: looked for above the newest message there was, before it is sent. */
export const doubtful = (stored, newest) => (stored.row.attempt || stored.row.failed
  ? stored
  : { ...stored, row: { ...stored.row, attempt: { newest_known: newest ?? null } } });

export const putRows = (store, name, rows) => {
  for (const stored of rows) store('outbox').put({ ...stored, owner: name, claim: null }, rowKey(name, stored));
};

export const removeRows = (store, name, rows) => {
  for (const stored of rows) store('outbox').delete(rowKey(name, stored));
};

/** Other tabs of this shelf read it again; in the words of src/driver/tabs.rs. */
export const tellTabs = (name) => {
  const channel = new BroadcastChannel(meetingPlace(name));
  channel.postMessage({ v: VERSION, from: 'window', kind: 'identity' });
  channel.close();
};

export const inWindow = (name) => name.replace(/\n|$/, `${MARK}$&`);
export const inFrame = (name) => name.replace(MARK, '');

