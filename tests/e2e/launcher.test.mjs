// What the launcher looks like, where it stands, and what may stand in its place.

import { strict as assert } from 'node:assert';
import fs from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { eventually } from './lib/agent.mjs';
import { World, onSite } from './lib/world.mjs';

const RESULTS = fileURLToPath(new URL('test-results/launcher/', import.meta.url));
const ICON = `data:image/svg+xml,${encodeURIComponent('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><circle cx="4" cy="4" r="4" fill="#fc0"/></svg>')}`;
const PHONE = { viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true };

let world, room;

before(async () => {
  world = await World.open({ widget: { headers: () => ({ 'access-control-allow-origin': '*' }) } });
  room = await world.agent.inbox();
  fs.mkdirSync(RESULTS, { recursive: true });
});

after(() => world?.close());

const onPage = (options, act, { body = '', ...more } = {}) => onSite(`<h1>Bicycles</h1>${body}${world.tag(room, options)}`, async (visitor, site) => {
  await visitor.page.goto(site.origin);
  visitor.panel = visitor.page.frameLocator('confab-launcher iframe');
  await act(visitor, site);
}, more);

/** The launcher in its final looks. */
const painted = (visitor) => visitor.page.waitForFunction(() => {
  const button = document.querySelector('confab-launcher')?.shadowRoot.querySelector('button');
  return button && getComputedStyle(button).opacity === '1';
});

const boxes = async (visitor) => {
  // Under the mouse it is a little larger.
  await visitor.page.mouse.move(600, 300);
  await visitor.page.waitForFunction(() => document.querySelector('confab-launcher').shadowRoot.getAnimations().length === 0);
  return [await visitor.launcher.boundingBox(), await visitor.page.locator('confab-launcher iframe').boundingBox()];
};

const picture = (visitor, name) => visitor.page.screenshot({ path: `${RESULTS}${name}.png`, animations: 'disabled' });

describe('places', () => {
  const LEFT = { x: 20 };
  const RIGHT = { x: 1200 };
  const PLACES = [
    ['right', 'ltr', { ...RIGHT, y: 780 }], ['left', 'ltr', { ...LEFT, y: 780 }], ['top-right', 'ltr', { ...RIGHT, y: 20 }],
    ['top-left', 'ltr', { ...LEFT, y: 20 }], ['top-left', 'rtl', { ...RIGHT, y: 20 }],
  ];
  for (const [position, direction, { x, y }] of PLACES) {
    test(`${position}, ${direction}: launcher and panel stand there, one beside the other`, () => onPage({ position }, async (visitor) => {
      await painted(visitor);
      await visitor.page.evaluate((dir) => { document.documentElement.dir = dir; }, direction);
      await visitor.open();
      const [button, panel] = await boxes(visitor);
      assert.deepEqual(button, { x, y, width: 60, height: 60 });
      assert.equal(panel.x, x === 20 ? 20 : 860);
      assert.ok(y === 20 ? panel.y === 96 : panel.y + panel.height === 764, JSON.stringify(panel));
      await picture(visitor, `${position}-${direction}`);
    }));
  }

  test('a low window keeps the panel inside, on a phone it fills the screen', () => onPage({ position: 'top-right', launcherShape: 'pill' }, async (visitor) => {
    await painted(visitor);
    await picture(visitor, 'phone');
    await visitor.open();
    const [, panel] = await boxes(visitor);
    assert.deepEqual(panel, { x: 0, y: 0, width: 360, height: 640 });
    await visitor.page.setViewportSize({ width: 700, height: 400 });
    const [button, low] = await boxes(visitor);
    assert.ok(low.y >= button.y + button.height && low.y + low.height <= 400, JSON.stringify(low));
  }, { person: PHONE }));
});

describe('offsets', () => {
  const SIZE = { viewport: { width: 1280, height: 720 } };
  const CASES = [
    [{ offsetX: 5, offsetY: 0 }, { right: 5, bottom: 0, width: 400, height: 624 }], [{ offsetX: 700 }, { right: 700, bottom: 20, width: 400, height: 604 }],
    [{ offsetY: 300 }, { right: 20, bottom: 300, width: 400, height: 324 }], [{ offsetX: 10000, offsetY: 10000 }, { right: 980, bottom: 344, width: 280, height: 280 }],
    [{ offsetX: 99999, offsetY: -1 }, { right: 20, bottom: 20, width: 400, height: 604 }, ['offsetX', 'offsetY']],
    [{ offsetX: '30px', zIndex: 'auto' }, { right: 30, bottom: 20, width: 400, height: 604 }, ['zIndex']],
  ];
  for (const [options, { right, bottom, width, height }, wrong = []] of CASES) {
    for (const position of ['right', 'top-right']) {
      test(`${JSON.stringify(options)}, ${position}: the panel is of use, a wrong one is told and ignored`, () => onPage({ ...options, position }, async (visitor) => {
        await painted(visitor);
        await visitor.open();
        const [button, panel] = await boxes(visitor);
        assert.deepEqual(button, { x: 1220 - right, y: position === 'right' ? 660 - bottom : bottom, width: 60, height: 60 });
        assert.deepEqual(panel, { x: 1280 - right - width, y: position === 'right' ? 644 - bottom - height : bottom + 76, width, height });
        assert.deepEqual((await visitor.heard('error')).map(({ option }) => option).sort(), wrong);
        const order = await visitor.page.evaluate(() => getComputedStyle(document.querySelector('confab-launcher')).zIndex);
        assert.equal(order, '2147483000');
      }, { person: SIZE }));
    }
  }

  test('a place in the order of the page is taken as it is given', () => onPage({ zIndex: '-7' }, async (visitor) => {
    await painted(visitor);
    assert.equal(await visitor.page.evaluate(() => getComputedStyle(document.querySelector('confab-launcher')).zIndex), '-7');
  }));
});

test('on paper there is neither launcher nor panel', () => onPage({}, async (visitor) => {
  await visitor.open();
  await visitor.page.emulateMedia({ media: 'print' });
  assert.equal(await visitor.launcher.isVisible(), false);
  assert.equal(await visitor.page.locator('confab-launcher iframe').isVisible(), false);
  await visitor.page.emulateMedia({ media: 'screen' });
  assert.equal(await visitor.launcher.isVisible(), true);
}));

describe('the header', () => {
  for (const [locale, title] of [['ar', 'Bicycles'], ['en', 'دراجات'], ['ar', 'دراجات'], ['en', 'Bicycles']]) {
    test(`in ${locale}, ${title} stands beside the picture`, () => onPage({ locale, title, subtitle: title, color: '#7a3fd0' }, async (visitor) => {
      await visitor.open();
      await visitor.panel.locator(`.cf[lang=${locale}]`).waitFor();
      const gaps = await visitor.panel.locator('.head').evaluate((head) => [...head.querySelectorAll('h2, p')].map((line) => {
        const range = document.createRange();
        range.selectNodeContents(line);
        const [text, face] = [range.getBoundingClientRect(), head.querySelector('.avatar').getBoundingClientRect()];
        return Math.round(Math.max(text.left - face.right, face.left - text.right));
      }));
      assert.deepEqual(gaps, [12, 12]);
      await picture(visitor, `header-${locale}-${title === 'Bicycles' ? 'latin' : 'arabic'}`);
    }));
  }

  test('a long title is cut off inside it', () => onPage({ title: 'Everything about bicycles, '.repeat(9) }, async (visitor) => {
    await visitor.open();
    const [title, head] = await Promise.all(['.head h2', '.head'].map((one) => visitor.panel.locator(one).boundingBox()));
    assert.ok(title.width > 200 && title.x + title.width < head.x + head.width - 60, JSON.stringify([title, head]));
  }));
});

describe('shapes', () => {
  test('a pill holds its name, and is a round one while the panel is open', () => onPage({ launcherShape: 'pill', launcherTitle: 'Ask us', color: '#ffd54a' }, async (visitor) => {
    await painted(visitor);
    assert.equal(await visitor.launcher.locator('b').innerText(), 'Ask us');
    assert.equal(await visitor.launcher.getAttribute('aria-label'), 'Ask us');
    const { width, height } = await visitor.launcher.boundingBox();
    assert.ok(width > 110 && height === 60, `${width} × ${height}`);
    await picture(visitor, 'pill');
    await visitor.open();
    const [button] = await boxes(visitor);
    assert.deepEqual([button.width, button.height], [60, 60]);
    await picture(visitor, 'pill-open');
  }, { person: { colorScheme: 'dark' } }));

  test('the longest name stays on the screen', () => onPage({ launcherShape: 'pill', launcherTitle: 'Everything about bicycles, '.repeat(20) }, async (visitor) => {
    await painted(visitor);
    const { x, width } = await visitor.launcher.boundingBox();
    assert.ok(x >= 0 && x + width <= 340, `${x} ${width}`);
  }, { person: PHONE }));

  test('a square one with a picture', () => onPage({ launcherShape: 'square', launcherIcon: ICON }, async (visitor) => {
    await visitor.launcher.locator('img').waitFor();
    assert.equal(await visitor.launcher.locator('svg').first().isVisible(), false);
    assert.equal(await visitor.launcher.evaluate((button) => getComputedStyle(button).borderRadius), '18px');
    await picture(visitor, 'square');
    await visitor.open();
    assert.equal(await visitor.launcher.locator('img').isVisible(), false);
    assert.equal(await visitor.launcher.locator('svg').isVisible(), true);
    await picture(visitor, 'square-open');
  }));

  test('what cannot be is told with its remedy, and the usual launcher is there', () => onPage({ launcherShape: 'star', launcherIcon: '/nothing.png', launcher: '#[' }, async (visitor) => {
    const wrong = await eventually('three errors', async () => {
      const errors = await visitor.heard('error');
      return errors.length === 3 && errors;
    });
    assert.deepEqual(wrong.map(({ option }) => option).sort(), ['launcher', 'launcherIcon', 'launcherShape']);
    for (const { value, remedy } of wrong) assert.ok(value && remedy);
    await painted(visitor);
    await visitor.open();
    assert.equal(await visitor.launcher.locator('svg').last().isVisible(), true);
  }));

  test('a page whose policy refuses the script of it has the usual launcher', () => onPage({ launcherShape: 'pill' }, async (visitor) => {
    await painted(visitor);
    assert.equal(await visitor.launcher.locator('b').count(), 0);
    assert.match((await visitor.heard('error'))[0].remedy, /script-src/);
  }, { headers: { 'content-security-policy': `script-src ${world.widget.origin}/confab.js` } }));
});

describe('an element of the page as launcher', () => {
  const BODY = '<p><button id="one" data-chat>Help</button> <a id="two" data-chat href="/help">Contact</a></p><main></main>';

  test('opens and closes, tells its state and the unread messages, and has the focus back', () => onPage({ launcher: '[data-chat]' }, async (visitor, site) => {
    await painted(visitor);
    const { page } = visitor;
    const one = page.locator('#one');
    await eventually('its state', async () => await one.getAttribute('aria-expanded') === 'false');
    assert.equal(await visitor.launcher.isVisible(), false);
    assert.equal(await page.locator('iframe').count(), 0);
    await one.hover();
    await eventually('the frame', async () => await page.locator('confab-launcher iframe').count() === 1);
    await one.click();
    await visitor.say('From a button of the page');
    await visitor.sent('From a button of the page');
    assert.equal(await page.locator('#two').getAttribute('aria-expanded'), 'true');
    const panel = await page.locator('confab-launcher iframe').boundingBox();
    assert.equal(panel.y + panel.height, 840);
    await picture(visitor, 'own');
    await visitor.composer.press('Escape');
    await page.waitForFunction(() => document.activeElement.id === 'one');
    assert.equal(await one.getAttribute('aria-expanded'), 'false');
    const { id } = await world.conversation(room);
    await world.agent.say(id, 'Here I am');
    await eventually('the number', async () => await one.getAttribute('data-unread') === '1');
    await page.locator('#two').click();
    await visitor.reads('Here I am');
    await eventually('none', async () => await one.getAttribute('data-unread') === '0');
    assert.equal(new URL(page.url()).origin + new URL(page.url()).pathname, `${site.origin}/`);
  }, { body: BODY }));

  test('one that comes later does so too; after a shutdown none does', () => onPage({ launcher: '[data-chat]' }, async (visitor) => {
    await painted(visitor);
    const { page } = visitor;
    await eventually('its state', async () => await page.locator('#one').getAttribute('aria-expanded') === 'false');
    await page.evaluate(() => { document.querySelector('main').innerHTML = '<button id="late" data-chat><i>Ask</i></button>'; });
    const late = page.locator('#late');
    const state = () => late.evaluate((one) => ['aria-expanded', 'aria-haspopup', 'data-unread'].map((name) => one.getAttribute(name)));
    await eventually('its state, before anything else', async () => `${await state()}` === 'false,dialog,0');
    await late.evaluate((one) => { one.removeAttribute('data-chat'); one.removeAttribute('aria-haspopup'); one.setAttribute('data-chat', ''); });
    await page.locator('#one').focus();
    await late.focus();
    assert.equal(`${await state()}`, 'false,dialog,0');
    await page.locator('#late i').click();
    await visitor.composer.waitFor();
    await page.evaluate(() => { document.querySelector('main').insertAdjacentHTML('beforeend', '<a id="later" data-chat href="/">Ask</a>'); });
    await eventually('the state of an open one', async () => await page.locator('#later').getAttribute('aria-expanded') === 'true');
    await page.evaluate(() => confab('show'));
    assert.equal(await visitor.launcher.isVisible(), false);
    await page.evaluate(() => confab('shutdown'));
    assert.equal(await page.locator('[aria-expanded], [data-unread], confab-launcher').count(), 0);
    await page.locator('#one').click();
    assert.equal((await visitor.heard('opened')).length, 1);
    await page.locator('#two').click();
    await page.waitForURL('**/help');
  }, { body: BODY }));

  test('hidden by the page, the panel still opens by its command', () => onPage({}, async (visitor) => {
    await visitor.launcher.waitFor();
    await visitor.page.evaluate(() => confab('hide'));
    await visitor.launcher.waitFor({ state: 'hidden' });
    await visitor.page.evaluate(() => confab('open'));
    await visitor.composer.waitFor();
    assert.equal(await visitor.launcher.isVisible(), false);
    const panel = await visitor.page.locator('confab-launcher iframe').boundingBox();
    assert.equal(panel.y + panel.height, 840);
  }));
});
