// How the launcher looks: its style sheet, its drawings, its colour. Part of confab.js: `cargo xtask dist` puts it in where
// loader.js includes it.

// Values are written in: a custom property of the same name on the page would be inherited. What is important in a
// shadow root goes before what is important in the page; `all` leaves out the direction, which is meant to be the page's.
const styles = (side, x, y, z, fill, zoom) => `
:host{all:initial!important;position:fixed!important;inset-block-end:${y}px!important;inset-inline-${side}:${x}px!important;z-index:${z}!important;zoom:${zoom}!important}
:host([data-hidden]) button{display:none}
:host([data-hidden]) div{inset-block-end:0}
button{all:unset;box-sizing:border-box;position:relative;inline-size:60px;block-size:60px;border-radius:50%;background:${fill};color:${contrast(fill)};display:grid;place-items:center;cursor:pointer;box-shadow:0 1px 2px #1e19140f,0 8px 24px #1e19141a,0 24px 60px #1e19142e;transition:transform .15s ease-out}
button:hover{transform:scale(1.05)}
button:active{transform:scale(.96)}
button:focus-visible{outline:3px solid ${fill};outline-offset:3px}
svg{inline-size:28px;block-size:28px;stroke:currentColor;fill:none;stroke-width:1.9;stroke-linecap:round;stroke-linejoin:round}
svg+svg,[aria-expanded=true] svg{display:none}
[aria-expanded=true] svg+svg{display:block}
span{position:absolute;inset-block-start:-3px;inset-inline-end:-3px;box-sizing:border-box;min-inline-size:22px;padding:0 5px;border-radius:11px;background:#b3261e;color:#fff;font:700 12px/22px system-ui,sans-serif;text-align:center}
span:empty{display:none}
div{position:absolute;inset-block-end:76px;inset-inline-${side}:0;transform-origin:bottom;inline-size:min(400px,calc(100vw - ${2 * x}px));block-size:min(680px,calc(100vh - ${76 + 2 * y}px));border-radius:16px;overflow:hidden;box-shadow:0 1px 2px #1e19140f,0 8px 24px #1e19141a,0 24px 60px #1e19142e;visibility:hidden;opacity:0;transform:translateY(8px) scale(.98);transition:opacity .16s ease-out,transform .16s ease-out,visibility .16s}
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
