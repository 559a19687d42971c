// Starts the widget: index.html names glue and wasm by two links, so that both are on their way before this runs.
// After a trap nothing in the wasm can be trusted any more. The page is loaded again, at most once a minute; what was
// typed and sent lies in the store. A second trap within the minute gets an apology instead.

const MINUTE = 60000;
const MARK = 'confab:restarted';

let broken = false;

/** Whether this page was loaded again less than a minute ago. Without storage the browser's own word has to do. */
const restartedLately = () => {
  try {
    return Date.now() - Number(sessionStorage.getItem(MARK)) < MINUTE;
  } catch {
    return performance.now() < MINUTE && performance.getEntriesByType('navigation')[0]?.type === 'reload';
  }
};

const restart = () => {
  try {
    sessionStorage.setItem(MARK, Date.now());
  } catch {
    // Denied: the type of navigation tells the next page.
  }
  location.reload();
};

const apologise = () => {
  const words = document.createElement('p');
  words.setAttribute('role', 'alert');
  words.className = 'confab-apology';
  words.textContent = document.documentElement.dataset.apology || 'Sorry, the chat does not work right now. Please load the page again later.';
  document.body.replaceChildren(words);
};

const fail = (error) => {
  if (broken) return;
  broken = true;
  console.error('confab: the widget stopped.', error);
  if (restartedLately()) apologise();
  else restart();
};

const isTrap = (error) => typeof WebAssembly === 'object' && error instanceof WebAssembly.RuntimeError;
addEventListener('error', (event) => { if (isTrap(event.error)) fail(event.error); });
addEventListener('unhandledrejection', (event) => { if (isTrap(event.reason)) fail(event.reason); });

// The embedder hands over configuration and port when this page has loaded, which may be before the widget listens.
const early = [];
const keep = (event) => { early.push(event); };
addEventListener('message', keep);

// Enter sends what was typed before the widget listens, too: as soon as it does.
const send = document.querySelector('.send');
let isHeld = false;
const hold = (event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  isHeld = true;
};
addEventListener('keydown', hold);
new MutationObserver((changes, watch) => {
  watch.disconnect();
  removeEventListener('keydown', hold);
  if (isHeld) send.click();
}).observe(send, { attributeFilter: ['data-do'] });

// What is wrong with the set-up is put into words by a file that is loaded only then.
addEventListener('confab:problem', ({ detail }) => { import('./confab-help.js').then(({ tell }) => tell(detail)); });
// A window of its own: what the page said when it configured this frame, and last of its user, is for it to know, too.
let greeting, said;
addEventListener('message', (event) => {
  if (greeting || event.source !== parent || !location.hash.endsWith(`=${event.data?.nonce}`)) return;
  greeting = event;
  event.ports[0]?.addEventListener('message', ({ data }) => {
    if (/user|logout/.test(data?.type)) said = data;
    // The page asks for an answer when what it told is done and stored.
    if (data?.ask) import('./confab-help.js').then(({ answer }) => answer(greeting.ports[0], data.ask));
  });
});
addEventListener('click', async ({ target }) => {
  const payload = target.closest('[data-payload]')?.dataset.payload;
  if (payload) greeting?.ports[0].postMessage({ v: 1, type: 'postback', payload });
  if (!target.closest('[data-do=pop-out]')) return;
  // At once: browsers open windows for a click, not for what comes later.
  const child = open(`index.html${location.hash}`, '', 'popup,width=420,height=720');
  (await import('./popout-frame.js')).click(child, greeting, said);
});

const link = (selector) => document.querySelector(selector).href;

try {
  // A frame's address, but nobody's frame: such a window is configured by the frame that opened it.
  const lent = parent === window && location.hash && await (await import('./popout-window.js')).borrow();
  if (lent) early.push(greeting = lent);
  const { default: start, page } = await import(link('link[rel=modulepreload]'));
  await start({ module_or_path: link('link[rel=preload][type="application/wasm"]') });
  // The first of equal names counts.
  const query = Object.fromEntries([...new URLSearchParams(location.search)].reverse());
  page(JSON.stringify(query), /^#confab=1&nonce=([\da-f]{32})$/i.exec(location.hash)?.[1] ?? '');
  removeEventListener('message', keep);
  for (const event of early) dispatchEvent(new MessageEvent('message', event));
} catch (error) {
  // A file that does not come, or a browser that cannot run it: loading again would help neither at once.
  if (isTrap(error)) fail(error);
  else {
    broken = true;
    console.error('confab: the widget could not be started.', error);
    apologise();
  }
}
