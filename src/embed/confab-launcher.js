// A launcher of another shape, with a picture of its own, in an upper corner, or an element of the page in its place. confab.js
// loads it where an option asks for that, and has painted its own launcher by then, not shown yet.

const SHAPES = {
  round: '',
  square: 'button{border-radius:18px}',
  pill: `
button{inline-size:auto;min-inline-size:60px;max-inline-size:calc(100vw - 40px);grid:auto/auto-flow auto minmax(0,1fr);gap:10px;padding-inline:18px 22px;border-radius:30px;font:600 16px/1.3 system-ui,sans-serif}
b{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
[aria-expanded=true]{padding-inline:16px}
[aria-expanded=true] b{display:none}`,
};

/** The panel hangs under it, `y` a length as the bottom one's would be. */
const TOP = (y) => `
:host{inset-block:${y} auto!important}
div{inset-block:76px auto;transform:translateY(-8px) scale(.98)}
:host([data-hidden]) div{inset-block:0 auto}`;

const PICTURE = `
img{inline-size:34px;block-size:34px;object-fit:contain}
img+svg,[aria-expanded=true] img{display:none}
[aria-expanded=true] img+svg{display:block}`;

/** Gives the launcher the looks and the places that its options name. `parts` is what confab.js has of it. */
export const dress = (settings, host, root, button, commands, prepare, complain) => {
  const wrong = (option, message, remedy) => complain({ code: 'config', option, value: `${settings[option]}`, message, remedy });
  const styles = [];
  const shape = `${settings.launcherShape || 'round'}`.trim().toLowerCase();
  if (!Object.hasOwn(SHAPES, shape)) wrong('launcherShape', 'is not one of the words it may be', `use one of: ${Object.keys(SHAPES).join(', ')}`);
  else styles.push(SHAPES[shape]);
  if (shape === 'pill') label(button, settings.launcherTitle || 'Chat');
  if (/^top/i.test(settings.position)) styles.push(TOP(root.adoptedStyleSheets[0].cssRules[0].style.bottom));
  if (settings.launcherIcon) {
    styles.push(PICTURE);
    picture(button, settings.launcherIcon, wrong);
  }
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(styles.join(''));
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  if (settings.launcher) stand(settings.launcher, host, button, commands, prepare, wrong);
};

const label = (button, text) => {
  const words = document.createElement('b');
  words.textContent = text;
  button.lastElementChild.before(words);
};

/** The picture takes the place of the drawing as soon as it is there. */
const picture = (button, given, wrong) => {
  const fail = () => wrong('launcherIcon', 'is no picture that could be loaded', 'give its address, relative ones to the page, and allow it in the img-src of the page');
  if (!URL.canParse(given, document.baseURI) || !/^(https?:|data:image\/)/.test(new URL(given, document.baseURI))) {
    fail();
    return;
  }
  const image = document.createElement('img');
  image.alt = '';
  image.onload = () => { button.firstElementChild.replaceWith(image); };
  image.onerror = fail;
  image.src = given;
};

/** What the selector finds, now and later, does what the launcher would. */
const stand = (selector, host, button, commands, prepare, wrong) => {
  try {
    document.querySelector(selector);
  } catch {
    wrong('launcher', 'is no selector', 'write one of CSS, like #help or [data-chat]');
    return;
  }
  const life = new AbortController();
  const of = (event) => event.composedPath().find((node) => node instanceof Element && node.matches(selector));
  let last;
  /** What the painted button and the badge would tell; also of elements that came meanwhile. */
  const tell = () => {
    const state = { 'aria-expanded': button.getAttribute('aria-expanded'), 'aria-haspopup': 'dialog', 'data-unread': `${commands.unread()}` };
    for (const element of document.querySelectorAll(selector)) {
      for (const name in state) if (element.getAttribute(name) !== state[name]) element.setAttribute(name, state[name]);
    }
  };
  const hear = (target, names, act) => {
    for (const name of names) target.addEventListener(name, act, { signal: life.signal, capture: true, passive: name !== 'click' });
  };
  hear(document, ['pointerover', 'focusin', 'touchstart'], (event) => {
    if (!of(event)) return;
    // It may have been there, and begun to match only now.
    tell();
    prepare();
  });
  hear(document, ['click'], (event) => {
    const element = of(event);
    // The second click of a double click would close what the first one opened.
    if (!element || event.detail > 1 || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    last = element;
    commands.toggle();
  });
  hear(window, ['confab:opened', 'confab:closed', 'confab:unread'], tell);
  hear(window, ['confab:closed'], () => last?.focus());
  tell();
  const arrivals = new MutationObserver(tell);
  arrivals.observe(document, { childList: true, subtree: true });
  const { shutdown } = commands;
  commands.shutdown = () => {
    life.abort();
    arrivals.disconnect();
    for (const element of document.querySelectorAll(selector)) for (const name of ['aria-expanded', 'aria-haspopup', 'data-unread']) element.removeAttribute(name);
    return shutdown();
  };
  // It stays away, also when `show` is called: the page has a launcher.
  host.dataset.hidden = '';
  commands.show = () => {};
  commands.hide = commands.close;
};
