// What a site's and a host's policies leave of the chat: all of it, or a plain link to the chat as a page, and never an
// uncaught error in the page.

import { strict as assert } from 'node:assert';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';

import { eventually } from './lib/agent.mjs';
import { scriptTag, startPages, startWidgetHost } from './lib/sites.mjs';
import { World, visiting as onPages } from './lib/world.mjs';

const ISOLATED = { 'cross-origin-embedder-policy': 'require-corp', 'cross-origin-resource-policy': 'cross-origin' };
let world, server, inbox, widget, isolated, options;

before(async () => {
  world = await World.open();
  ({ server, widget } = world);
  inbox = await world.agent.inbox();
  isolated = await startWidgetHost({ headers: () => ISOLATED });
  options = { baseUrl: server.base, inboxIdentifier: inbox.inbox_identifier };
});

after(async () => {
  await Promise.all([isolated?.stop(), world?.close()]);
});

/** A page of the owner's, with the tag of this widget host and whatever is put before and into the tag. */
const page = ({ host = widget, head = '', attributes = '' } = {}) => {
  const tag = scriptTag(host.origin, options).replace('<script ', `<script ${attributes} `);
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Bicycles</title>${head}</head><body><h1>Bicycles</h1>${tag}</body></html>`;
};

/** Comes to a site; `policy` is sent with every page. */
async function visiting({ policy = {}, pages, before: prepare = async () => {} }, act) {
  const site = await startPages((path) => {
    const html = (pages ?? { '/': page() })[path];
    return html === undefined ? undefined : { html, headers: policy };
  });
  await onPages(site, async (visitor) => {
    await prepare(visitor);
    await act(visitor, site);
  });
}

async function chats(visitor, site) {
  await visitor.visit(site.origin);
  await visitor.open();
  await visitor.say('Strict');
  await visitor.sent('Strict');
  assert.equal(await visitor.page.locator('confab-launcher a').count(), 0, 'no link beside a chat that works');
}

async function links(visitor, site, launcher = visitor.page.locator('confab-launcher'), host = widget) {
  await visitor.page.goto(site.origin);
  await launcher.locator('button').click();
  const link = launcher.locator('a');
  await link.waitFor({ timeout: 15000 });
  assert.equal(await link.getAttribute('href'), `${host.origin}/index.html?inbox=${inbox.inbox_identifier}`);
  assert.equal(await link.evaluate((a) => { const box = a.getBoundingClientRect(); return a.getRootNode().elementFromPoint(box.x + box.width / 2, box.y + 5) === a; }), true, 'the link can be clicked');
}

const csp = (text) => ({ 'content-security-policy': text });
const TRUSTED = "require-trusted-types-for 'script'; trusted-types 'none'";

describe('the chat works', () => {
  const hash = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  const stub = "window.confab = window.confab || Object.assign((...call) => { window.confab.q.push(call); }, { q: [] });";
  const inserted = () => `const tag = document.createElement('script'); tag.src = '${widget.origin}/confab.js'; tag.dataset.baseUrl = '${server.base}'; tag.dataset.inboxIdentifier = '${inbox.inbox_identifier}'; document.head.append(tag);`;
  const cases = {
    'no policy': () => ({}),
    "script-src of the widget's origin": () => ({ policy: csp(`script-src 'self' ${widget.origin}`) }),
    'with wasm-unsafe-eval': () => ({ policy: csp(`script-src 'self' ${widget.origin} 'wasm-unsafe-eval'`) }),
    'a nonce and strict-dynamic': () => ({ policy: csp("script-src 'nonce-abc' 'strict-dynamic'"), pages: { '/': page({ attributes: 'nonce="abc"' }) } }),
    'a nonce and strict-dynamic, the tag inserted by a script': () => ({
      policy: csp("script-src 'nonce-abc' 'strict-dynamic'"),
      pages: { '/': `<!doctype html><title>Bicycles</title><body><h1>Bicycles</h1><script nonce="abc">${inserted()}</script>` },
    }),
    'a hash for the inline stub': () => ({
      policy: csp(`script-src ${hash(stub)} ${widget.origin}; style-src 'none'`), pages: { '/': page({ head: `<script>${stub}</script>` }) },
    }),
    'Trusted Types': () => ({ policy: csp("require-trusted-types-for 'script'") }),
    'Trusted Types without any policy': () => ({ policy: csp(TRUSTED) }),
    'all at once, and the two lines of the README': () => ({
      policy: csp(`default-src 'none'; script-src ${widget.origin}; frame-src ${widget.origin}; base-uri 'none'; form-action 'none'; ${TRUSTED}`),
    }),
    'default-src self, nonce, the widget named for script and frame': () => ({
      policy: csp(`default-src 'self'; script-src 'nonce-abc' ${widget.origin}; frame-src ${widget.origin}; connect-src ${widget.origin}`), pages: { '/': page({ attributes: 'nonce="abc"' }) },
    }),
    'a policy in a meta element': () => ({
      pages: { '/': page({ head: `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src ${widget.origin}; frame-src ${widget.origin}">` }) },
    }),
    'COOP same-origin': () => ({ policy: { 'cross-origin-opener-policy': 'same-origin' } }),
    'no referrer, and a policy of permissions': () => ({ policy: { 'referrer-policy': 'no-referrer', 'permissions-policy': 'microphone=(), clipboard-write=()' } }),
    'cross-origin isolation, the host sending its two headers': () => ({
      policy: { 'cross-origin-embedder-policy': 'require-corp', 'cross-origin-opener-policy': 'same-origin' }, pages: { '/': page({ host: isolated }) },
    }),
    'COEP credentialless, the host sending its two headers': () => ({
      policy: { 'cross-origin-embedder-policy': 'credentialless' }, pages: { '/': page({ host: isolated }) },
    }),
    'WebAssembly taken from the page': () => ({ pages: { '/': page({ head: '<script>delete window.WebAssembly</script>' }) } }),
  };
  for (const [name, make] of Object.entries(cases)) test(name, () => visiting(make(), chats));

  test('a site inside a sandbox that keeps its origin', () => visiting(
    { pages: { '/': '<!doctype html><title>Outer</title><iframe sandbox="allow-scripts allow-same-origin" src="/inner" width="900" height="800"></iframe>', '/inner': page() } },
    async (visitor, site) => {
      await visitor.page.goto(site.origin);
      const inner = visitor.page.frameLocator('iframe');
      await inner.locator('confab-launcher button').click();
      visitor.panel = inner.frameLocator('confab-launcher iframe');
      await visitor.say('Boxed');
      await visitor.sent('Boxed');
    },
  ));
});

// Each waits for seconds until the frame has been silent long enough.
describe('a link to the chat as a page stands in its place', { concurrency: 5 }, () => {
  const hostile = { ...csp("frame-ancestors 'none'") };
  const cases = {
    'the frame is not allowed': () => ({ policy: csp(`default-src 'self'; script-src 'nonce-abc'`), pages: { '/': page({ attributes: 'nonce="abc"' }) } }),
    'cross-origin isolation, and a host without the headers': () => ({
      policy: { 'cross-origin-embedder-policy': 'credentialless' },
    }),
    "the page's script does not come": () => ({
      before: (visitor) => visitor.page.route(/\/boot-[^/]*\.js$/, (route) => route.abort()),
    }),
    'the wasm does not come': () => ({ before: (visitor) => visitor.page.route(/\.wasm$/, (route) => route.abort()) }),
    'WebAssembly is switched off': () => ({
      before: (visitor) => visitor.page.addInitScript(() => { if (window !== window.top) delete window.WebAssembly; }),
    }),
    'the wasm comes damaged': () => ({
      before: (visitor) => visitor.page.route(/\.wasm$/, (route) => route.fulfill({ contentType: 'application/wasm', body: 'not wasm' })),
    }),
  };
  for (const [name, make] of Object.entries(cases)) test(name, () => visiting(make(), (visitor, site) => links(visitor, site)));

  test("the host does not list the site in frame-ancestors", async () => {
    const choosy = await startWidgetHost({ headers: (path) => (path === '/index.html' ? hostile : {}) });
    try {
      await visiting({ pages: { '/': page({ host: choosy }) } }, (visitor, site) => links(visitor, site, undefined, choosy));
    } finally {
      await choosy.stop();
    }
  });

  test('a site inside a sandbox without an origin', () => visiting(
    { pages: { '/': '<!doctype html><title>Outer</title><iframe sandbox="allow-scripts allow-popups" src="/inner" width="900" height="800"></iframe>', '/inner': page() } },
    (visitor, site) => links(visitor, site, visitor.page.frameLocator('iframe').locator('confab-launcher')),
  ));

  test('a browser without style sheets made by script gets the link alone', () => visiting(
    { before: (visitor) => visitor.page.addInitScript(() => { delete window.CSSStyleSheet; }) },
    async (visitor, site) => {
      await visitor.page.goto(site.origin);
      await visitor.page.getByRole('link', { name: 'Chat' }).waitFor();
      assert.equal(await visitor.page.locator('confab-launcher').count(), 0);
    },
  ));
});

describe('the script is refused', () => {
  const cases = {
    'by script-src': { policy: csp("script-src 'self'") },
    'by a sandbox without scripts': { policy: csp('sandbox') },
    'by cross-origin isolation, where its host names nobody': { policy: { 'cross-origin-embedder-policy': 'require-corp' } },
  };
  for (const [name, given] of Object.entries(cases)) {
    test(`${name}: the page is as if there were no tag`, () => visiting(given, async (visitor, site) => {
      await visitor.page.goto(site.origin);
      await visitor.page.waitForLoadState('networkidle');
      assert.equal(await visitor.page.locator('confab-launcher').count(), 0);
      assert.equal(await visitor.page.locator('h1').innerText(), 'Bicycles');
    }));
  }

  test('a late ready takes the link away again', () => visiting(
    { before: (visitor) => visitor.page.route(/\.wasm$/, async (route) => { await new Promise((done) => { setTimeout(done, 6500); }); await route.continue(); }) },
    async (visitor, site) => {
      await links(visitor, site);
      await eventually('the chat', async () => (await visitor.heard('ready')).length === 1);
      assert.equal(await visitor.page.locator('confab-launcher a').count(), 0);
    },
  ));
});
