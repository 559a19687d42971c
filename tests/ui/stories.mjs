// Takes pictures of every story, for eyes: node tests/ui/stories.mjs FOLDER_OF_STORIES_JS OUT_FOLDER
//
// FOLDER_OF_STORIES_JS holds what these make:
//   cargo build --example stories --target wasm32-unknown-unknown
//   wasm-bindgen --target web --out-dir FOLDER target/wasm32-unknown-unknown/debug/examples/stories.wasm
// Says every violation of the page's content security policy, and ends with 1 if there was one.
import { createServer } from 'node:http';
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const [built, out] = process.argv.slice(2);
if (!out) throw new Error('usage: node tests/ui/stories.mjs FOLDER_OF_STORIES_JS OUT_FOLDER');
const { chromium } = createRequire(join(root, 'tests/e2e/package.json'))('playwright-core');

const types = { '.html': 'text/html', '.css': 'text/css', '.js': 'text/javascript', '.wasm': 'application/wasm', '.svg': 'image/svg+xml' };
const picture = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 12 8"><rect width="12" height="8" fill="#8fb3a4"/></svg>';
const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url, 'http://localhost');
  try {
    const folder = /^\/stories(_bg)?\.(js|wasm)$/.test(pathname) ? built : root;
    const body = pathname === '/door.svg' ? picture : await readFile(join(folder, pathname));
    response.writeHead(200, { 'content-type': types[extname(pathname)] ?? 'text/plain' }).end(body);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((done) => server.listen(0, '127.0.0.1', done));
const address = `http://127.0.0.1:${server.address().port}/tests/ui/stories.html`;

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
let violations = 0;
await mkdir(out, { recursive: true });
for (const [name, options] of Object.entries({
  light: { colorScheme: 'light' },
  dark: { colorScheme: 'dark' },
  forced: { colorScheme: 'light', forcedColors: 'active', reducedMotion: 'reduce' },
})) {
  const page = await browser.newPage({ viewport: { width: 1780, height: 1520 }, ...options });
  page.on('console', (message) => {
    if (message.type() === 'error' && !/net::ERR|404/.test(message.text())) {
      violations += 1;
      console.error(message.text());
    }
  });
  page.on('pageerror', (error) => {
    violations += 1;
    console.error(String(error));
  });
  await page.goto(address);
  await page.waitForSelector('html[data-ready]');
  // The bar waits two seconds before it speaks.
  await page.waitForSelector('[data-story=trouble] .bar:not([hidden])');
  await page.screenshot({ path: join(out, `${name}.png`) });
  await page.close();
}
await browser.close();
server.close();
process.exitCode = violations ? 1 : 0;
