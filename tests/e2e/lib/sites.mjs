// The two websites beside the API: the owner's site with the script tag, and the host of the widget's files.
// Both are served here, so that a foreign installation gives nothing but its API.

import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';

import { DIST } from './server.mjs';

const TYPES = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.wasm': 'application/wasm',
  '.json': 'application/json', '.svg': 'image/svg+xml', '.png': 'image/png', '.webmanifest': 'application/manifest+json',
};

const escape = (text) => String(text).replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');

/** The script tag as a site owner writes it. */
export const scriptTag = (widget, options) => {
  const attributes = Object.entries(options)
    .map(([name, value]) => ` data-${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}="${escape(value)}"`).join('');
  return `<script src="${widget}/confab.js"${attributes} async></script>`;
};

let shops = 0;
/** Another owner each time: for a browser a site of its own, which shares no storage with any other, nor do frames in it. */
const shop = () => `shop${shops += 1}.localhost`;

async function listen(host, answer) {
  const requests = [];
  const server = http.createServer((request, response) => {
    requests.push(request.url);
    answer(request, response);
  });
  await new Promise((done) => { server.listen(0, '127.0.0.1', done); });
  return {
    origin: `http://${host}:${server.address().port}`,
    requests,
    stop: () => new Promise((done) => { server.closeAllConnections(); server.close(done); }),
  };
}

/** The widget's files on an origin of their own; `confab` stands in for confab.json where given, `headers(path)` are sent with each. */
export function startWidgetHost({ confab, headers = () => ({}) } = {}) {
  return listen('chat.localhost', (request, response) => {
    const wanted = decodeURIComponent(new URL(request.url, 'http://x').pathname).replace(/^\/$/, '/index.html');
    if (wanted === '/confab.json' && confab) {
      response.writeHead(200, { 'content-type': TYPES['.json'] }).end(JSON.stringify(confab));
      return;
    }
    const file = path.join(DIST, path.normalize(wanted));
    if (!file.startsWith(DIST) || !fs.existsSync(file) || fs.statSync(file).isDirectory()) { response.writeHead(404).end(); return; }
    response.writeHead(200, { 'content-type': TYPES[path.extname(file)] ?? 'application/octet-stream', ...headers(wanted) });
    fs.createReadStream(file).pipe(response);
  });
}

/** The owner's site. `page(path)` gives the body of each page; `headers` go with every one, a policy for instance. */
export function startSite(page, headers = {}) {
  return listen(shop(), (request, response) => {
    if (request.url.startsWith('/favicon')) { response.writeHead(204).end(); return; }
    response.writeHead(200, { 'content-type': TYPES['.html'], ...headers });
    response.end(`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Bicycles</title></head><body>${page(request.url)}</body></html>`);
  });
}

/** A site whose pages are whole documents: `answer(path)` gives `{ html, headers }`. */
export function startPages(answer) {
  return listen(shop(), (request, response) => {
    const { html, headers = {}, status = 200 } = answer(request.url) ?? { html: '', status: 404 };
    response.writeHead(status, { 'content-type': TYPES['.html'], ...headers });
    response.end(html);
  });
}

/** A server that answers everything with the same page, as a wrong address or a captive portal does. */
export function startHtmlHost() {
  return listen('127.0.0.1', (request, response) => {
    response.writeHead(200, { 'content-type': 'text/html', 'access-control-allow-origin': '*', 'access-control-allow-headers': '*', 'access-control-allow-methods': '*' });
    response.end('<!doctype html><title>Welcome</title><p>It works.');
  });
}
