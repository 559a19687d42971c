// What a chat inside the page is made of before its program is there: nodes and the style sheet. Part of confab-shadow.js.

const create = (name, attributes, ...children) => {
  const node = Document.prototype.createElement.call(document, name);
  for (const attribute of Object.keys(attributes)) node.setAttribute(attribute, attributes[attribute]);
  node.append(...children);
  return node;
};

const arrow = () => {
  const make = (name) => Document.prototype.createElementNS.call(document, 'http://www.w3.org/2000/svg', name);
  const [svg, path] = [make('svg'), make('path')];
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  path.setAttribute('d', 'M12 19V5M6 11l6-6 6 6');
  svg.append(path);
  return svg;
};

/** The composer of index.html: usable before the program is there, which adopts it and never replaces it. */
const composer = () => create('div', { class: 'composer' }, create('div', { class: 'field' },
  create('div', { class: 'grow' }, create('textarea', {
    rows: 1, autocomplete: 'off', enterkeyhint: 'send', placeholder: 'Write a message', 'aria-label': 'Write a message',
  })),
  create('button', { class: 'send', type: 'button', 'aria-label': 'Send', 'aria-disabled': 'true' }, arrow())));

/** What stands above it until then. */
const shell = () => [
  create('div', { class: 'head', 'data-shell': '' }, create('span', { class: 'avatar' }), create('div', {}, create('h2', {}, '\u00a0'), create('p', {}, '\u00a0'))),
  create('div', { class: 'stage', 'data-shell': '' }),
];

let sheet;
/** One sheet for all. `rem` would be the page's; the browser's own size of letters, which people set, is what it stands for. */
const dress = (root, wall) => {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    const size = Number.parseFloat(getComputedStyle(wall).fontSize) || 16;
    sheet.replaceSync(STYLE.replace(/(\d*\.?\d+)rem\b/g, (_, number) => `${number * size}px`));
  }
  root.adoptedStyleSheets = [sheet];
};
