// On forty pages that were not made for it the launcher and the panel look and work as on a plain one, and the page keeps
// everything it had but for one new global.

import { strict as assert } from 'node:assert';
import fs from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Agent, eventually } from './lib/agent.mjs';
import { HOSTILE, hostilePage } from './lib/hostile.mjs';
import { difference } from './lib/pictures.mjs';
import { startServer } from './lib/server.mjs';
import { scriptTag, startPages, startWidgetHost } from './lib/sites.mjs';
import { Visitor } from './lib/visitor.mjs';

const RESULTS = fileURLToPath(new URL('test-results/hostile/', import.meta.url));
const WIDTH = 1280;
const HEIGHT = 860;
/** The middles of what is ours: around them the page shows through. */
const BUTTON = { x: 1208, y: 788, width: 44, height: 44 };
const PANEL = { x: 864, y: 96, width: 392, height: 664 };
const mirrored = (box) => ({ ...box, x: WIDTH - box.x - box.width });
/** The share of pixels that may differ: the edges of letters. */
const TOLERANCE = 0.01;

let server, agent, widget, site, visitor, compare, options, plain;

before(async () => {
  server = await startServer();
  agent = new Agent(server);
  widget = await startWidgetHost();
  fs.mkdirSync(RESULTS, { recursive: true });
  site = await startPages((path) => {
    const given = path === '/plain' ? {} : HOSTILE[decodeURIComponent(path.slice(1))];
    return given && { html: hostilePage(given, (attribute) => scriptTag(widget.origin, options).replace(' async', ` ${attribute}`)) };
  });
  visitor = await Visitor.arrive({ viewport: { width: WIDTH, height: HEIGHT } });
  compare = await visitor.context.newPage();
  await compare.goto('about:blank');
  // What is behind another tab is painted once a second.
  await visitor.page.bringToFront();
  plain = await look('plain', {});
});

after(async () => {
  await visitor?.leave();
  await Promise.all([site, widget, server].map((one) => one?.stop()));
});

/** Goes to the page as somebody who never was there, and looks at launcher and panel. */
async function look(name, given) {
  const inbox = await agent.inbox();
  options = { baseUrl: server.base, inboxIdentifier: inbox.inbox_identifier, title: 'Marigold' };
  visitor.crashes.length = 0;
  await visitor.page.goto(`${site.origin}/${encodeURIComponent(name)}`, { waitUntil: 'load' });
  visitor.panel = visitor.page.frameLocator('confab-launcher iframe');
  await visitor.launcher.waitFor();
  if (given.later) {
    await visitor.page.evaluate(given.later);
    await eventually('it is back', () => visitor.page.evaluate(() => new Promise((done) => {
      setTimeout(() => done(document.querySelectorAll('confab-launcher').length === 1), 300);
    })));
  }
  await visitor.page.mouse.move(3, 3);
  const [button, panel] = given.mirrored ? [mirrored(BUTTON), mirrored(PANEL)] : [BUTTON, PANEL];
  const closed = await shot(`${name} closed`, button);
  // The mouse presses what is there at this point, whatever that is.
  await visitor.page.mouse.click(button.x + button.width / 2, button.y + button.height / 2);
  await visitor.composer.waitFor();
  await visitor.panel.getByText('Marigold').first().waitFor();
  await eventually('settled', async () => {
    const first = await visitor.page.screenshot({ clip: panel });
    return first.equals(await visitor.page.screenshot({ clip: panel }));
  });
  await visitor.page.mouse.move(3, 3);
  return { closed, open: await shot(`${name} open`, panel) };
}

async function shot(name, clip) {
  const image = await visitor.page.screenshot({ clip, animations: 'disabled' });
  fs.writeFileSync(`${RESULTS}${name.replaceAll(/[^a-z]+/gi, '-')}.png`, image);
  return image;
}

describe('a hostile page', () => {
  for (const [name, given] of Object.entries(HOSTILE)) {
    test(name, async () => {
      const seen = await look(name, given);
      for (const state of ['closed', 'open']) {
        const differs = await difference(compare, plain[state], seen[state]);
        assert.ok(differs <= TOLERANCE, `${state}: ${(differs * 100).toFixed(2)} % of the pixels differ`);
      }
      await visitor.say('Through all this');
      await visitor.sent('Through all this');
      const added = await visitor.page.evaluate(() => Object.getOwnPropertyNames(window).filter((key) => !window.before.includes(key) && key !== 'before' && !/^\d+$/.test(key)));
      assert.deepEqual(added.filter((key) => key !== 'confab'), [], 'no other global');
      assert.deepEqual(visitor.crashes, [], 'no uncaught error');
    });
  }

  test('there are forty', () => assert.ok(Object.keys(HOSTILE).length >= 40));
});
