// The chat inside pages of all kinds: what their style sheets, policies and scripts do to it, and keys and ears in it.

import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { eventually } from './lib/agent.mjs';
import { Inside, picture, styled, whole } from './lib/inside.mjs';
import { difference } from './lib/pictures.mjs';
import { Visitor } from './lib/visitor.mjs';

let chats;

before(async () => { chats = await Inside.open(); });
after(() => chats?.close());

describe('looks', () => {
  const HOSTILE = {
    'everything unset': '*, *::before, *::after { all: unset; } head, style, script, title { display: none; } body, confab-chat { display: block; }',
    'every element coloured by force': '* { color: red !important; font: 40px serif !important; letter-spacing: 9px !important; text-transform: uppercase !important; text-shadow: 2px 2px red !important; border-radius: 9px; }',
    'inherited things': 'html { font-size: 90px; line-height: 0; word-spacing: 9em; text-align: right; text-indent: 50px; white-space: pre; cursor: none; quotes: "x" "y"; -webkit-text-fill-color: red; } ',
    'the user taken': '* { user-select: none !important; pointer-events: none !important; }',
    'animations': '@keyframes spin { to { transform: rotate(1turn); } } * { transition: all 9s; } div, textarea, button, svg { animation: spin 1s infinite; }',
    'our names': '* { --surface: red !important; --accent: red !important; --ink: lime !important; --cf-light-accent: red !important; --size-text: 50px !important; } .cf, .wall, .head, .composer { display: none !important; }',
    'vertical writing': 'html { writing-mode: vertical-rl; }',
  };

  /** What a page with these rules looks like, as it was painted. */
  async function look(rules, name) {
    const own = 'body { margin: 0; } h1 { position: absolute; inset: auto 0 0 auto; } confab-chat { position: absolute !important; top: 0; left: 0; }';
    const attributes = 'data-title="Marigold" welcome="How can we help?" starters=\'["Where is my order?","Return an item"]\'';
    let image;
    await chats.visiting({
      make: (inbox) => whole(styled(own + rules) + chats.module, `${chats.placed(inbox, attributes)}<h1>Bicycles</h1>`),
    }, async (visitor, inbox) => {
      await visitor.panel.getByText('How can we help?').waitFor();
      await visitor.say('Through all this');
      await visitor.sent('Through all this');
      await chats.agent.say((await chats.conversation(inbox)).id, '**Hello** there\n\n- one\n- two');
      await visitor.reads('Hello there');
      await visitor.page.mouse.move(900, 700);
      // The time goes on between two pictures.
      await visitor.panel.evaluate((one) => { for (const time of one.shadowRoot.querySelectorAll('time')) time.style.visibility = 'hidden'; });
      image = await picture(visitor.page, name, { clip: { x: 8, y: 8, width: 400, height: 580 }, caret: 'hide' });
    });
    return image;
  }

  test('nothing of the page comes in, whatever its style sheet says', async () => {
    const plain = await look('', 'plain');
    const visitor = await Visitor.arrive();
    try {
      await visitor.page.goto('about:blank');
      for (const [name, rules] of Object.entries(HOSTILE)) {
        const differs = await difference(visitor.page, plain, await look(rules, name));
        assert.ok(differs <= 0.01, `${name}: ${(differs * 100).toFixed(2)} % of the pixels differ`);
      }
    } finally {
      await visitor.leave();
    }
  });

  test('dark, in a colour, from right to left, in another language', () => chats.visiting(chats.inline({}, 'theme="dark" color="#b3541e" locale="ar"'), async (visitor, inbox) => {
    await chats.chat(visitor, inbox, 'مرحبا');
    await picture(visitor.panel, 'dark-arabic');
    const seen = await visitor.panel.evaluate((one) => {
      const cf = one.shadowRoot.querySelector('.cf');
      const [send, field] = [cf.querySelector('.send'), cf.querySelector('textarea')].map((node) => node.getBoundingClientRect());
      return { dir: cf.dir, lang: cf.lang, background: getComputedStyle(cf).backgroundColor, isMirrored: send.right < field.left, page: document.documentElement.dir };
    });
    assert.deepEqual(seen, { dir: 'rtl', lang: 'ar', background: 'rgb(27, 27, 29)', isMirrored: true, page: '' });
    assert.notEqual(await visitor.composer.getAttribute('placeholder'), 'Write a message');
  }));

  test("as dark as the visitor's system", () => chats.visiting(chats.inline({ options: { colorScheme: 'dark' } }), async (visitor, inbox) => {
    await chats.chat(visitor, inbox);
    assert.equal(await visitor.panel.evaluate((one) => getComputedStyle(one.shadowRoot.querySelector('.cf')).backgroundColor), 'rgb(27, 27, 29)');
  }));

  test('it asks its container, not the window, for room; without a height of its own it has one', () => chats.visiting({
    make: (inbox) => whole(chats.module, `<div style="width: 300px">${chats.placed(inbox)}</div>`),
  }, async (visitor, inbox) => {
    await chats.chat(visitor, inbox);
    await picture(visitor.panel, 'narrow');
    const box = await visitor.panel.boundingBox();
    assert.deepEqual([box.width, box.height], [300, 560]);
    const paddings = await visitor.panel.evaluate(async (one) => {
      const padding = () => getComputedStyle(one.shadowRoot.querySelector('.lane')).paddingInlineStart;
      const narrow = padding();
      one.parentElement.style.width = '500px';
      return [narrow, padding()];
    });
    assert.deepEqual(paddings, ['12px', '16px']);
    assert.ok(await visitor.panel.evaluate((one) => [...one.shadowRoot.querySelectorAll('.msg')].every((node) => node.getBoundingClientRect().right <= one.getBoundingClientRect().right)));
  }));
});

describe('keys and ears', () => {
  test('what is typed is not for the shortcuts of the page; Tab and Escape go through it', () => chats.visiting(chats.inline({
    make: (inbox) => whole(styled() + chats.module, `<a href="#top">Before</a>${chats.placed(inbox)}<a href="#end">After</a><script>window.keys = []; for (const type of ['keydown', 'keypress', 'keyup', 'input']) document.addEventListener(type, (event) => keys.push(event.key ?? type));</script>`),
  }), async (visitor, inbox) => {
    await chats.chat(visitor, inbox);
    await visitor.page.evaluate(() => { keys.length = 0; });
    await visitor.page.getByText('Before').focus();
    await visitor.page.keyboard.press('Tab');
    assert.equal(await visitor.panel.evaluate((one) => one.shadowRoot.activeElement.className), 'scroll', 'the history is scrolled by keys');
    await visitor.page.keyboard.press('Tab');
    await visitor.page.keyboard.type('k/s');
    await visitor.page.keyboard.press('Enter');
    await visitor.sent('k/s');
    await visitor.page.keyboard.press('Escape');
    await visitor.page.keyboard.press('Tab');
    await visitor.page.keyboard.press('Tab');
    assert.equal(await visitor.page.evaluate(() => document.activeElement.textContent), 'After');
    assert.deepEqual([...new Set(await visitor.page.evaluate(() => keys))].sort(), ['Escape', 'Tab']);
  }));

  test('an answer is announced, and the chat is a region with a name', () => chats.visiting(chats.inline({}, 'data-title="Marigold"'), async (visitor, inbox) => {
    await chats.chat(visitor, inbox);
    await visitor.page.getByRole('region', { name: 'Marigold' }).waitFor();
    await eventually('announced', async () => /It is\./.test(await visitor.panel.getByRole('status').first().innerText()));
  }));
});

describe('strict and hostile pages', () => {
  const csp = (text) => ({ headers: { 'content-security-policy': text } });
  const lines = () => execFileSync('cargo', ['xtask', 'csp', '--widget', chats.widget.origin, '--base', chats.server.base, '--mode', 'shadow'], { encoding: 'utf8', cwd: fileURLToPath(new URL('../..', import.meta.url)) });
  const strict = ({ script = `${chats.widget.origin} 'wasm-unsafe-eval'`, connect = `${chats.widget.origin} ${chats.server.base} ${chats.server.base.replace('http', 'ws')}` } = {}) => csp(
    `default-src 'none'; script-src ${script}; connect-src ${connect}; img-src ${chats.server.base} data: blob:; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'`,
  );
  const bare = (more) => ({ make: (inbox) => whole(chats.module, `<h1>Bicycles</h1>${chats.placed(inbox)}`), ...more });
  const refusals = async (visitor) => (await visitor.heard('error')).filter(({ code }) => code === 'policy').map(({ option, remedy }) => `${option}: ${remedy.split(';')[0]}`);

  test('a policy of nothing but the lines that cargo xtask csp prints', () => {
    const printed = lines().split('\n').find((line) => line.includes('wasm-unsafe-eval')).replace('Content-Security-Policy: ', '');
    return chats.visiting(bare(csp(`default-src 'none'; ${printed}; require-trusted-types-for 'script'; trusted-types 'none'`)), async (visitor, inbox) => {
      await chats.chat(visitor, inbox);
      assert.deepEqual(visitor.errors.filter((text) => /Content Security Policy|Trusted/.test(text)), []);
    });
  });

  test('the panel under such a policy, by a nonce', () => chats.visiting({
    make: (inbox) => whole('', `<h1>Bicycles</h1>${chats.tag(inbox, { mode: 'shadow' }).replace('<script', '<script nonce="abc"')}`),
    ...strict({ script: "'nonce-abc' 'wasm-unsafe-eval'" }),
  }, async (visitor, inbox) => {
    await visitor.open();
    await chats.chat(visitor, inbox);
  }));

  for (const [allowed, outcome] of [['confab', 'opens'], ["'none'", 'is closed again, and the page is told']]) {
    test(`with trusted-types ${allowed} a window of its own ${outcome}`, () => chats.visiting(chats.panel(csp(`require-trusted-types-for 'script'; trusted-types ${allowed}`)), async (visitor) => {
      await visitor.open();
      const [page] = await Promise.all([visitor.context.waitForEvent('page'), visitor.panel.getByRole('button', { name: 'Open in a window of its own' }).click()]);
      if (allowed === 'confab') await page.locator('confab-chat').getByRole('textbox').fill('Trusted');
      else {
        await eventually('the window to be closed', () => page.isClosed());
        await eventually('the remedy', async () => /trusted-types confab/.test((await visitor.heard('error'))[0]?.remedy));
        await visitor.composer.fill('Still here');
      }
    }));
  }

  const cases = [
    ['wasm-unsafe-eval', () => strict({ script: chats.widget.origin }), () => ["script-src: add 'wasm-unsafe-eval' to script-src"], true],
    ["the widget's origin for connections", () => strict({ connect: `${chats.server.base} ${chats.server.base.replace('http', 'ws')}` }), () => [`connect-src: add ${chats.widget.origin} to connect-src`], true],
    ['the API', () => strict({ connect: chats.widget.origin }), () => [`connect-src: add ${chats.server.base} to connect-src`], false],
    ['the cable', () => strict({ connect: `${chats.widget.origin} ${chats.server.base}` }), () => [`connect-src: add ${chats.server.base.replace('http', 'ws')} to connect-src`], false],
  ];
  for (const [name, policy, expected, isLink] of cases) {
    test(`without ${name} the console names what is missing`, () => chats.visiting(bare(policy()), async (visitor, inbox) => {
      await visitor.panel.waitFor();
      if (!isLink) {
        await visitor.composer.fill('Hello?');
        await visitor.composer.press('Enter');
      }
      await eventually('the directive', async () => (await refusals(visitor)).length > 0);
      for (const line of expected()) assert.ok((await refusals(visitor)).includes(line), `${line} among ${await refusals(visitor)}`);
      assert.ok(visitor.errors.some((text) => text.startsWith('confab: ') && text.includes('Remedy: add')), 'in the console');
      if (isLink) assert.equal(await visitor.panel.getByRole('link').getAttribute('href'), `${chats.widget.origin}/index.html?inbox=${inbox.inbox_identifier}&locale=`);
    }));
  }

  test('the panel whose program is refused shows a link and tells why', () => chats.visiting(chats.panel(strict({ script: chats.widget.origin })), async (visitor) => {
    await visitor.launcher.click();
    await visitor.page.locator('confab-launcher a').waitFor({ timeout: 15000 });
    assert.ok((await refusals(visitor)).includes("script-src: add 'wasm-unsafe-eval' to script-src"));
  }));

  test('a panel whose script does not come tells the option and what to allow', () => chats.visiting(chats.panel({
    prepare: (visitor) => visitor.page.route(/confab-shadow\.js$/, (route) => route.abort()),
  }), async (visitor) => {
    await visitor.launcher.click();
    const [error] = await eventually('an error', async () => { const heard = await visitor.heard('error'); return heard.length && heard; });
    assert.deepEqual([error.option, error.value, error.remedy], ['mode', 'shadow', `allow ${chats.widget.origin} in script-src and by CORS`]);
  }));

  test('on a page of polluted prototypes and names like ours it chats, and adds no global', () => chats.visiting({
    make: (inbox) => whole(
      `${styled()}<script>Object.prototype.baseUrl = 'https://evil.example'; Object.prototype.title = 'Evil'; Object.prototype.each = function () {}; Array.prototype.each = function () {}; String.prototype.padStart = () => ''; window.before = Object.getOwnPropertyNames(window);</script>${chats.module}`,
      `<form name="body"></form><a id="confabSettings">s</a><a id="confab" class="cf">c</a><p class="composer"></p>${chats.placed(inbox)}`,
    ),
  }, async (visitor, inbox) => {
    await chats.chat(visitor, inbox);
    assert.notEqual(await visitor.panel.getByRole('region').getAttribute('aria-label'), 'Evil');
    const added = await visitor.page.evaluate(() => Object.getOwnPropertyNames(window).filter((key) => !before.includes(key) && key !== 'before' && !/^\d+$/.test(key)));
    assert.deepEqual(added.filter((key) => key !== 'heard'), []);
  }));

  test('a trap of the program leaves a link in place of the chat; a trap of another program is none of ours', () => chats.visiting(chats.inline(), async (visitor, inbox) => {
    await chats.chat(visitor, inbox);
    const trap = (whose) => visitor.page.evaluate((name) => {
      const error = new WebAssembly.RuntimeError('unreachable');
      error.stack = `RuntimeError: unreachable\n    at ${performance.getEntriesByType('resource').map((one) => one.name).find((one) => name.test(one))}:1:1`;
      dispatchEvent(new ErrorEvent('error', { error }));
    }, whose);
    await trap(/nobody/);
    await chats.chat(visitor, inbox, 'Still here?');
    await trap(/confab-[0-9a-f]+\.js/);
    await visitor.panel.getByRole('link').waitFor();
    assert.equal(await visitor.composer.count(), 0);
  }));
});
