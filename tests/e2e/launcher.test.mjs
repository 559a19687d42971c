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
    await page.locator('#late i').click();
    await visitor.composer.waitFor();
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
