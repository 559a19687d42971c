// The address of a release that never changes: a site that demands the very script it tried gets it, or nothing.

import { strict as assert } from 'node:assert';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { DIST } from './lib/server.mjs';
import { World, onSite } from './lib/world.mjs';

let world, room, widget;

before(async () => {
  world = await World.open({ widget: { headers: () => ({ 'access-control-allow-origin': '*' }) } });
  room = await world.agent.inbox();
  ({ widget } = world);
});

after(() => world?.close());

const [address] = fs.readdirSync(path.join(DIST, 'v'));
const script = fs.readFileSync(path.join(DIST, 'v', address, 'confab.js'));
const integrity = (content) => `sha384-${createHash('sha384').update(content).digest('base64')}`;

const onPage = (demanded, act) => onSite(`<script src="${widget.origin}/v/${address}/confab.js" integrity="${demanded}" crossorigin="anonymous"
  data-base-url="${world.server.base}" data-inbox-identifier="${room.inbox_identifier}" async></script>`, act);

test('script and frame come from there, and the chat works', () => onPage(integrity(script), async (visitor, site) => {
  await visitor.visit(site.origin);
  await visitor.open();
  await visitor.say('From the pinned one');
  await visitor.sent('From the pinned one');
  const elsewhere = widget.requests.filter((url) => !url.startsWith(`/v/${address}/`) && url !== '/favicon.ico');
  assert.deepEqual(elsewhere, []);
  assert.deepEqual(visitor.crashes, []);
}));

test('another script is not run', () => onPage(integrity(`${script} `), async (visitor, site) => {
  const refused = visitor.page.waitForEvent('console', (message) => message.text().includes('integrity'));
  await visitor.page.goto(site.origin);
  await refused;
  assert.equal(await visitor.launcher.count(), 0);
}));

test('the address holds the whole release', () => {
  const files = (folder) => fs.readdirSync(folder, { recursive: true }).map(String).filter((name) => !/^v(\/|$)/.test(name)).toSorted();
  const there = files(path.join(DIST, 'v', address));
  assert.deepEqual(there, files(DIST));
  for (const name of there.filter((one) => fs.statSync(path.join(DIST, one)).isFile())) {
    assert.ok(fs.readFileSync(path.join(DIST, name)).equals(fs.readFileSync(path.join(DIST, 'v', address, name))), name);
  }
});
