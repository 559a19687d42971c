// Forty pages that were not made for us. Each may give: `doctype`, `html` and `body` (attributes), `head` and `content`
// (markup before the tag), `tags` (how the script comes: `async` unless said otherwise), `later` (a script run after the
// tag), `mirrored`, `whole` (the document with `TAG` in it).

const css = (rules) => ({ head: `<style>${rules}</style>` });
const js = (code) => ({ head: `<script>${code}</script>` });
const trap = "() => { throw new Error('the page broke this'); }";

/** A name and what the page does. */
export const HOSTILE = {
  // Style sheets
  'everything unset': css('*, *::before, *::after { all: unset; }'),
  'everything hidden by force': css('body > *:not(h1), iframe, button { display: none !important; visibility: hidden !important; opacity: 0 !important; }'),
  'frames hidden by force': css('iframe { display: none !important; width: 0 !important; height: 0 !important; border: 9px solid red !important; }'),
  'every element moved and shrunk by force': css('* { position: static !important; inset: auto !important; transform: scale(.5) !important; max-width: 10px !important; max-height: 10px !important; }'),
  'every element coloured by force': css('* { background: #0f0 !important; color: red !important; border-radius: 0 !important; font: 40px serif !important; } html, body { background: #fff !important; }'),
  'pointer events taken by force': css('* { pointer-events: none !important; user-select: none !important; cursor: none !important; }'),
  'custom properties of our names': css('* { --x: 300px !important; --y: 300px !important; --z: -1 !important; --accent: red !important; --on: red !important; }'),
  'a transformed body': css('body { transform: translateX(-100px) scale(.5); }'),
  'a filtered body': css('body { filter: grayscale(1); }'),
  'a body with perspective, contained, that will change': css('body { perspective: 300px; contain: layout paint; will-change: transform; overflow: hidden; height: 50px; }'),
  'a transformed root': css('html { transform: translateY(-40px); }'),
  'a nearly transparent body': css('body { opacity: .05; mix-blend-mode: multiply; }'),
  'a clipped body': css('body { clip-path: inset(0 50% 50% 0); mask: linear-gradient(#000, #000); }'),
  'a zoomed body': css('body { zoom: 1.7; }'),
  'a tiny zoom': css('html { zoom: .5; }'),
  'tiny letters': css('html, body, * { font-size: 1px !important; line-height: 0 !important; letter-spacing: 20px !important; }'),
  'huge letters': css('html { font-size: 90px; } * { font-weight: 900; text-transform: uppercase; word-spacing: 9em; }'),
  'a grid for a body': css('html { display: grid; } body { display: grid; grid-template: 1fr 1fr / 1fr 1fr; place-items: stretch; gap: 40px; } body > * { inline-size: 100%; }'),
  'transitions and animations on everything': css('@keyframes spin { to { transform: rotate(1turn); opacity: 0; } } * { animation: spin 1s infinite; transition: all 9s; }'),
  'vertical writing': css('html { writing-mode: vertical-rl; }'),
  'columns, shadows and outlines': css('body { columns: 3; } * { box-shadow: 0 0 9px red !important; outline: 5px solid red !important; text-shadow: 2px 2px red; }'),
  // Battles of layers
  'a sheet above everything': { content: '<p id="veil"></p>', ...css('#veil { position: fixed; inset: 0; z-index: 2147483647; background: #fff; margin: 0; }') },
  'a root that isolates, behind': css('body { isolation: isolate; z-index: -5; position: relative; }'),
  // Scripts
  'fetch, JSON and WebSocket replaced': js(`window.fetch = ${trap}; window.JSON = { parse: ${trap}, stringify: ${trap} }; window.WebSocket = ${trap};`),
  'a Promise of its own': js('window.Promise = function () { this.then = () => this; }; Promise.resolve = Promise.all = () => new Promise();'),
  'listening forbidden': js(`EventTarget.prototype.addEventListener = ${trap}; window.addEventListener = ${trap}; document.addEventListener = ${trap};`),
  'old helpers in place of Array.from and Object.entries': js('Array.from = (list) => [list]; Object.entries = () => [["baseUrl", "x"]]; Object.fromEntries = () => ({}); Array.prototype.toJSON = () => "broken";'),
  'polluted prototypes': js('Object.prototype.baseUrl = "https://evil.example"; Object.prototype.title = "Evil"; Object.prototype.ready = 5; Object.prototype.color = "red"; Object.prototype.each = function () {}; Array.prototype.each = function () {};'),
  'string and array methods of its own': js('for (const m of ["map", "filter", "forEach", "includes", "find", "slice"]) Array.prototype[m] = () => []; String.prototype.padStart = () => "";'),
  'elements of its own': js(`customElements.define = ${trap}; customElements.get = ${trap}; window.name = "confab"; window.confabSettings = 7;`),
  'names and ids of ours': { content: '<form name="body"></form><form name="createElement"></form><img name="currentScript" alt=""><img name="querySelector" alt=""><img name="documentElement" alt=""><a id="confab">c</a><a id="confabSettings">s</a><a id="addEventListener">a</a><a id="dispatchEvent">d</a><a id="crypto">k</a>' },
  'a form of our name whose fields have names of ours': { content: '<form id="confab" hidden><input name="version"><input name="q"></form>' },
  'a version and a queue for every object': js('Object.prototype.version = "1"; Object.prototype.q = {};'),
  'another base': { head: '<base href="https://elsewhere.example/deep/" target="_top">' },
  'quirks mode': { doctype: '', ...css('table { width: 100% }') },
  'right to left': { html: 'dir="rtl" lang="ar"', mirrored: true },
  // Where and how the tag stands
  'the tag twice': { tags: ['async', 'async'] },
  'the tag in the head, not async': { whole: '<!doctype html><html><head><title>x</title>TAG</head><body><h1>Bicycles</h1></body></html>', tags: [''] },
  'the tag before the body, async': { whole: '<!doctype html><html><head><title>x</title></head>TAG<body><h1>Bicycles</h1></body></html>' },
  'the tag deferred after the body': { whole: '<!doctype html><html><head><title>x</title></head><body><h1>Bicycles</h1></body>TAG</html>', tags: ['defer'] },
  'written by document.write': { whole: '<!doctype html><html><head><title>x</title></head><body><h1>Bicycles</h1><script>document.write(`WRITTEN`)</script></body></html>', tags: [''] },
  'a new document written later': { later: "document.open(); document.write('<!doctype html><title>New</title><h1>Bicycles</h1>'); document.close();" },
  'the body replaced': { later: "const body = document.createElement('body'); body.textContent = 'New'; document.body.replaceWith(body);" },
  'the body emptied again and again': { later: 'let n = 0; const t = setInterval(() => { document.body.replaceChildren(); if (++n === 5) clearInterval(t); }, 30);' },
  'a page of frames': { whole: '<!doctype html><html><head><title>x</title>TAG</head><frameset cols="50%,50%"><frame src="about:blank"><frame src="about:blank"></frameset></html>' },
};

/** The document of a hostile page, around the given tag (a function of its attributes). */
export function hostilePage(given, tag) {
  const tags = (given.tags ?? ['async']).map(tag).join('');
  const note = '<script>window.before = Object.getOwnPropertyNames(window);</script>';
  if (given.whole) {
    return given.whole.replace('TAG', () => `${note}${tags}`).replace('WRITTEN', () => `${note}${tags}`.replaceAll('</script', '<\\/script'));
  }
  return `${given.doctype ?? '<!doctype html>'}<html ${given.html ?? ''}><head><meta charset="utf-8"><title>Bicycles</title>${given.head ?? ''}</head>`
    + `<body ${given.body ?? ''}><h1>Bicycles</h1>${given.content ?? ''}${note}${tags}</body></html>`;
}
