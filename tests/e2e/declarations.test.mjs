// confab.d.ts: it says what window.confab has, takes what is right and refuses what is wrong.

import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { DIST } from './lib/server.mjs';
import { startPages, startWidgetHost, scriptTag } from './lib/sites.mjs';
import { Visitor } from './lib/visitor.mjs';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const DECLARATIONS = path.join(DIST, 'confab.d.ts');

const USE = `
window.confabSettings = { baseUrl: 'https://api.example', inboxIdentifier: 'x', theme: 'dark', starters: ['Hi'], customAttributes: { plan: 'gold' } };
async function use(): Promise<number> {
  await confab('open');
  await confab.send('Hello');
  await confab('setUser', 7, { name: 'Kim', identifier_hash: 'ab' });
  await window.confab.setAttributes({ seats: 3, old: null });
  await confab.on('message', ({ direction, preview }) => [direction === 'sent', preview?.length]);
  window.addEventListener('confab:unread', (event) => event.detail.count.toFixed());
  window.addEventListener('confab:error', (event) => console.log(event.detail.remedy));
  const count: number = await confab('unread');
  await confab.setLocale('de');
  await confab('setTheme', 'dark');
  await confab.setConversationAttributes({ order: 17 });
  const { version } = await confab.diagnostics();
  await confab('send', '').catch(({ code, remedy }: Confab.Refusal) => [code === 'argument', remedy.length, version.length]);
  // @ts-expect-error one of three words
  await confab('setTheme', 'blue');
  // @ts-expect-error there is no such command
  await confab('fly');
  // @ts-expect-error a text
  await confab('send', 7);
  // @ts-expect-error no such event
  await confab.on('flown', () => {});
  // @ts-expect-error a listener of another event
  await confab.on('unread', ({ direction }) => direction);
  // @ts-expect-error one of three words
  window.confabSettings = { theme: 'blue' };
  // @ts-expect-error no such option
  window.confabSettings = { inbox: 'x' };
  return count;
}
void use;
`;

test('the compiler takes what is right and refuses what is wrong', { timeout: 60000 }, () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'confab-types-'));
  try {
    fs.writeFileSync(path.join(folder, 'use.ts'), USE);
    const words = [here('node_modules/typescript/bin/tsc'), '--noEmit', '--strict', '--target', 'es2022', '--lib', 'es2022,dom', DECLARATIONS, path.join(folder, 'use.ts')];
    const { status, stdout } = spawnSync(process.execPath, words, { encoding: 'utf8' });
    assert.equal(status, 0, stdout);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
});

/** The names declared in an interface. */
const declared = (name) => {
  const text = fs.readFileSync(DECLARATIONS, 'utf8');
  const [, body] = text.match(new RegExp(`interface ${name}[^{]*\\{\\n([\\s\\S]*?)\\n {2}\\}`));
  return [...body.matchAll(/^ {4}(\w+)/gm)].map(([, key]) => key);
};

test('it names the commands that there are, and the options of the README', { timeout: 60000 }, async () => {
  const widget = await startWidgetHost();
  const site = await startPages(() => ({ html: `<!doctype html><title>x</title><body>${scriptTag(widget.origin, { baseUrl: 'http://127.0.0.1:9', inboxIdentifier: 'x' })}` }));
  const visitor = await Visitor.arrive();
  try {
    await visitor.visit(site.origin);
    const commands = await visitor.page.evaluate(() => Object.keys(window.confab).filter((key) => typeof window.confab[key] === 'function'));
    assert.deepEqual(declared('Commands').sort(), commands.sort());
  } finally {
    await visitor.leave();
    await Promise.all([site.stop(), widget.stop()]);
  }
  const [table] = fs.readFileSync(here('../../README.md'), 'utf8').match(/\| option \| meaning \|[\s\S]*?\n\n/);
  const options = [...table.matchAll(/^\| (`\w+`(?:, `\w+`)*) \|/gm)].flatMap(([, names]) => names.replaceAll('`', '').split(', '));
  const user = ['identifierHash', 'name', 'email', 'phoneNumber', 'avatarUrl', 'customAttributes'];
  assert.deepEqual([...declared('Settings'), ...user].sort(), options.sort());
});
