// The address of a release that never changes: a site that demands the very script it tried gets it, or nothing.

import { strict as assert } from 'node:assert';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { Agent } from './lib/agent.mjs';
import { DIST, startServer } from './lib/server.mjs';
import { startSite, startWidgetHost } from './lib/sites.mjs';
import { Visitor } from './lib/visitor.mjs';

let server, room, widget;

before(async () => {
  server = await startServer();
  room = await new Agent(server).inbox();
  widget = await startWidgetHost({ headers: () => ({ 'access-control-allow-origin': '*' }) });
});

after(async () => {
  await Promise.all([widget, server].map((one) => one?.stop()));
});

const [address] = fs.readdirSync(path.join(DIST, 'v'));
const script = fs.readFileSync(path.join(DIST, 'v', address, 'confab.js'));
const integrity = (content) => `sha384-${createHash('sha384').update(content).digest('base64')}`;

async function onPage(demanded, act) {
  const site = await startSite(() => `<script src="${widget.origin}/v/${address}/confab.js" integrity="${demanded}" crossorigin="anonymous"
    data-base-url="${server.base}" data-inbox-identifier="${room.inbox_identifier}" async></script>`);
  const visitor = await Visitor.arrive();
  try {
    await act(visitor, site);
  } finally {
    await visitor.leave();
    await site.stop();
  }
}

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
