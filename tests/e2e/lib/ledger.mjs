// What was submitted, and whether the server has each of it once, in order.

import { strict as assert } from 'node:assert';
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { eventually } from './agent.mjs';

/** Texts whose rows left `saving`: from then on nothing may lose them. */
export class Ledger {
  submitted = new Set();

  /** Listens to every page of the visitor's browser, also those to come; after each launch again. */
  async follow(context) {
    const listen = (page) => page.on('console', (message) => {
      const [mark, text] = message.text().split('\t');
      if (mark === 'confab-row') this.submitted.add(text);
    });
    context.pages().forEach(listen);
    context.on('page', listen);
    await context.addInitScript(() => {
      const told = new Set();
      const tell = (row) => {
        const state = row.dataset.delivery;
        if (!state || state === 'saving') return;
        const text = row.querySelector('.bubble')?.innerText.trim();
        if (!text || told.has(text)) return;
        told.add(text);
        console.debug(`confab-row\t${text}`);
      };
      const watch = () => new MutationObserver((changes) => {
        for (const { target, addedNodes } of changes) {
          if (target.matches?.('article')) tell(target);
          for (const node of addedNodes) {
            if (node.matches?.('article')) tell(node);
            else node.querySelectorAll?.('article').forEach(tell);
          }
        }
      }).observe(document.documentElement, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-delivery'] });
      if (document.documentElement) watch(); else document.addEventListener('DOMContentLoaded', watch);
    });
  }

  async isSubmitted(text, within = 20000) {
    await eventually(`«${text}» to be stored`, () => this.submitted.has(text), { within });
  }
}

/** Own messages of the inbox, oldest first, whatever conversation they are in. */
export async function received(agent, inbox) {
  const all = [];
  for (const { id } of await agent.conversations(inbox)) all.push(...await agent.messages(id));
  return all.filter((one) => one.message_type === 0).toSorted((a, b) => a.id - b.id).map((one) => one.content);
}

/**
 * Everything submitted is on the server once; what was typed and perhaps not stored when its page died, at most once. Per
 * writer the order is that of the numbers at the end of the texts. Waits as long as messages arrive, and `stalled`
 * milliseconds more. Gives what came of the texts not known to be submitted.
 */
export async function settled(ledger, agent, inbox, { stalled = 60000 } = {}) {
  let arrived = { count: -1, at: 0 };
  for (;;) {
    const there = await received(agent, inbox);
    const known = new Set(there);
    const missing = [...ledger.submitted].filter((text) => !known.has(text));
    if (!missing.length) break;
    if (there.length !== arrived.count) arrived = { count: there.length, at: Date.now() };
    if (Date.now() - arrived.at > stalled) {
      throw new Error(`${missing.length} are not on the server, and none arrived for ${stalled} ms: ${missing.slice(0, 20).join(', ')}`);
    }
    // Thousands are a hundred pages.
    await sleep(100 + there.length);
  }
  const texts = await received(agent, inbox);
  assert.deepEqual(texts.filter((text, index) => texts.indexOf(text) !== index), [], 'doubled');
  const last = new Map();
  for (const text of texts) {
    const [, writer, number] = /^(.*?)(\d+)$/.exec(text) ?? assert.fail(`unexpected: ${text}`);
    assert.ok(Number(number) > (last.get(writer) ?? -1), `reordered: ${text} after ${last.get(writer)}`);
    last.set(writer, Number(number));
  }
  return { received: texts.length, unknown: texts.filter((text) => !ledger.submitted.has(text)).length };
}

/** Prints what came of it, and adds it to the sum that `cargo xtask kills` prints. */
export function report(name, numbers) {
  const words = Object.entries(numbers).map(([what, number]) => `${number} ${what}`);
  console.log(`${name}: ${words.join(', ')}, 0 lost, 0 doubled, 0 reordered`);
  const file = process.env.CONFAB_E2E_REPORT;
  if (file) fs.appendFileSync(file, `${name}\t${words.join('\t')}\n`);
}
