// How a chat inside the page knows that its store has what it was told. Part of confab-shadow.js.

/** Done when what the chats were told before is stored: a transaction waits for those that were begun before. */
const stored = () => new Promise((done) => {
  const request = indexedDB.open('confab');
  // There is none, and looking makes none.
  request.onupgradeneeded = () => request.transaction.abort();
  request.onerror = done;
  request.onsuccess = () => {
    const database = request.result;
    const end = () => {
      database.close();
      done();
    };
    const stores = [...database.objectStoreNames];
    if (stores.length) Object.assign(database.transaction(stores, 'readwrite'), { oncomplete: end, onabort: end });
    else end();
  };
});

/** Answers the loader, which asks whether what it told is done. The program hears of it after this. */
const answer = (port, { ask }) => {
  if (ask) setTimeout(() => stored().catch(() => {}).then(() => port.postMessage({ v: VERSION, type: 'done', ask })), 0);
};
