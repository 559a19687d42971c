// What was submitted, and whether the server has each of it once, in order.

import { strict as assert } from 'node:assert';

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
 * writer the order is that of the numbers at the end of the texts. Gives what came of the texts not known to be submitted.
 */
export async function settled(ledger, agent, inbox, { within = 60000 } = {}) {
  const missing = async () => {
    const there = new Set(await received(agent, inbox));
    return [...ledger.submitted].filter((text) => !there.has(text));
  };
  let lost;
  await eventually('everything submitted to be on the server', async () => {
    lost = await missing();
    return lost.length === 0;
  }, { within }).catch((error) => { throw new Error(`${lost?.length} are not on the server: ${lost?.slice(0, 20).join(', ')}`, { cause: error }); });
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
