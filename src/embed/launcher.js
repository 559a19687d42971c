// How the launcher looks: its style sheet, its drawings, its colour. Part of confab.js: `cargo xtask dist` puts it in where
// loader.js includes it.

// Values are written in: a custom property of the same name on the page would be inherited. What is important in a
// shadow root goes before what is important in the page; `all` leaves out the direction, which is meant to be the page's.
// What is no number after the second z-index is none to the browser, and the first one counts.
// However large an offset is, the panel keeps 280 pixels in both directions, and 20 to the far side, where the window has them.
const styles = (side, x, y, z, fill, zoom, across = `min(${x}px,max(20px,100vw - 300px))`, up = `min(${y}px,max(20px,100vh - 376px))`) => `\
:host{all:initial!important;zoom:${zoom}!important;position:fixed!important;inset-inline-${side}:${across}!important;z-index:2147483000!important;z-index:${z}!important;bottom:${up}!important}\
:host([data-hidden]) button{display:none}\
:host([data-hidden]) div{bottom:0}\
button{all:unset;box-sizing:border-box;place-items:center;width:60px;height:60px;border-radius:50%;color:${contrast(fill)};position:relative;cursor:pointer;background:${fill};box-shadow:0 1px 2px #1e19140f,0 8px 24px #1e19141a,0 24px 60px #1e19142e;display:grid;transition:transform .15s ease-out}\
button:hover{transform:scale(1.05)}\
button:active{transform:scale(.96)}\
button:focus-visible{outline:3px solid ${fill};outline-offset:3px}\
svg{stroke-width:1.9;width:28px;fill:none;height:28px;stroke-linecap:round;stroke-linejoin:round;stroke:currentColor}\
svg+svg,[aria-expanded=true] svg{display:none}\
[aria-expanded=true] svg+svg{display:block}\
span{inset-inline-end:-3px;position:absolute;box-sizing:border-box;top:-3px;padding:0 5px;border-radius:11px;background:#b3261e;min-width:22px;font:700 12px/22px system-ui,sans-serif;text-align:center;color:#fff}\
span:empty{display:none}\
div{bottom:76px;position:absolute;inset-inline-${side}:0;width:min(400px,100vw - 20px - ${across});border-radius:16px;height:min(680px,100vh - 96px - ${up});overflow:hidden;box-shadow:0 1px 2px #1e19140f,0 8px 24px #1e19141a,0 24px 60px #1e19142e;visibility:hidden;transform:translateY(8px) scale(.98);opacity:0;transition:opacity .16s ease-out,transform .16s ease-out,visibility .16s}\
div.open{opacity:1;visibility:visible;transform:none}\
iframe{display:block;border:0;color-scheme:normal;width:100%;height:100%}\
a{padding:16px;position:absolute;inset:0 0 auto;background:#2f5d50;font:600 16px/1.5 system-ui,sans-serif;text-align:center;color:#fff}\
@media(max-width:480px){div{position:fixed;inset:0!important;width:100%;height:100%;height:100dvh;border-radius:0}button[aria-expanded=true]{visibility:hidden}}\
@media(prefers-reduced-motion:reduce){div,button{transition:none}}\
@media(forced-colors:active){button{border:2px solid}}\
@media print{:host{display:none!important}}`;

const drawing = (path) => {
  const svg = doc.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const line = doc.createElementNS('http://www.w3.org/2000/svg', 'path');
  svg.setAttribute('viewBox', '0 0 24 24');
  line.setAttribute('d', path);
  svg.append(line);
  return svg;
};

/** An opaque colour as `#rrggbb`. What is none changes nothing of what a canvas says; the frame judges the same way. */
const colour = (given) => {
  try {
    const pen = doc.createElement('canvas').getContext('2d');
    pen.fillStyle = '#0000';
    pen.fillStyle = given;
    given = pen.fillStyle;
  } catch {
    // Pages and browsers take the canvas away: then six digits alone are a colour.
  }
  return /^#\w{6}$/.test(given) ? given : '#2f5d50';
};

/** White on a dark colour, near-black on a light one. */
const contrast = (fill) => {
  const [r, g, b] = [1, 3, 5].map((at) => (Number.parseInt(fill.slice(at, at + 2), 16) / 255) ** 2.2);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.19 ? '#1d1c1a' : '#fff';
};
