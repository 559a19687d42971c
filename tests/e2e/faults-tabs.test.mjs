// Four tabs of one visitor write at once, and whichever of them leads is killed in the middle of it.
//
//   CONFAB_E2E_SENDS         messages in all (200)
//   CONFAB_E2E_LEADER_KILLS  leaders killed (3)
//   CONFAB_E2E_TAKE_OVER     milliseconds within which another tab has to lead (as long as it takes)

import { strict as assert } from 'node:assert';
import { after, before, test } from 'node:test';

import { Agent, eventually } from './lib/agent.mjs';
import { Ledger, received, report, settled } from './lib/ledger.mjs';
import { FOREIGN, startServer } from './lib/server.mjs';
import { startWidgetHost } from './lib/sites.mjs';
import { leader } from './lib/tabs.mjs';
import { Visitor, looks, stored } from './lib/visitor.mjs';

const SENDS = Number(process.env.CONFAB_E2E_SENDS ?? 200);
const KILLS = Number(process.env.CONFAB_E2E_LEADER_KILLS ?? 3);
const TAKE_OVER = Number(process.env.CONFAB_E2E_TAKE_OVER ?? 0);
const TABS = 4;

if (!FOREIGN) {
  let server, agent, inbox, widget;

  before(async () => {
    server = await startServer({ words: ['--messages-per-minute', '100000'] });
    agent = new Agent(server);
    inbox = await agent.inbox();
    widget = await startWidgetHost({ confab: { baseUrl: server.base, inboxIdentifier: inbox.inbox_identifier, serverTimeBound: 2000 } });
  });

  after(async () => {
    await Promise.all([widget, server].map((one) => one?.stop()));
  });

  test('four tabs write while their leaders are killed: each message arrives once', async () => {
    const visitor = await Visitor.arrive();
    const ledger = new Ledger();
    await ledger.follow(visitor.context);
    const pages = [];
    const open = async (slot) => {
      const page = await visitor.context.newPage();
      await page.goto(`${widget.origin}/index.html`);
      await page.getByRole('textbox').waitFor();
      pages[slot] = page;
    };
    for (let slot = 0; slot < TABS; slot += 1) await open(slot);
    // The conversation is there before all of them write.
    await say(pages[0], 'first 0');
    await ledger.isSubmitted('first 0');
    await settled(ledger, agent, inbox);

    let taken = 0;
    let kills = 0;
    const writer = async (slot) => {
      for (let number = 0; taken < SENDS - 1; number += 1) {
        const page = pages[slot];
        const text = `tab ${slot} ${number}`;
        taken += 1;
        const gone = () => pages[slot] !== page || page.isClosed();
        const said = await say(page, text).catch((error) => error);
        await eventually(`«${text}» to be stored, or the end of its tab`, () => ledger.submitted.has(text) || gone(), { within: 40000 })
          .catch(async (error) => { throw new Error(`${await looks(page, text)}; ${said?.message ?? 'typed'}`, { cause: error }); });
        if (ledger.submitted.has(text)) continue;
        // Its tab died before it said that the message is stored: if it is not, another one takes its place.
        await eventually(`tab ${slot} again`, () => pages[slot] !== page && !pages[slot].isClosed(), { within: 60000 });
        const kept = (await stored(pages[slot], 'outbox')).includes(`"${text}"`);
        if (kept || (await received(agent, inbox)).includes(text)) ledger.submitted.add(text);
        else taken -= 1;
      }
    };
    const pauses = [];
    const killer = async () => {
      for (; kills < KILLS; kills += 1) {
        await eventually('the next kill', () => taken >= ((kills + 1) * SENDS) / (KILLS + 1), { within: 600000 });
        const slot = await eventually('a leader', async () => {
          const found = await leader(pages);
          return found < 0 ? null : String(found);
        });
        const dead = pages[slot];
        await crash(visitor.context, dead);
        const killed = performance.now();
        const alive = pages.filter((page) => page !== dead);
        await eventually('another leader', async () => (await leader(alive)) >= 0, { within: 30000 });
        pauses.push(performance.now() - killed);
        await open(Number(slot));
        await dead.close();
      }
    };
    await Promise.all([...pages.map((_, slot) => writer(slot)), killer()]);
    const found = await settled(ledger, agent, inbox)
      .catch(async (error) => { throw new Error((await Promise.all(pages.map(states))).join('; '), { cause: error }); });
    assert.equal(ledger.submitted.size, SENDS);
    assert.equal(found.received, SENDS);
    assert.equal(kills, KILLS);
    report('leaders of four tabs killed', { kills, submitted: ledger.submitted.size, received: found.received, 'ms until another leads': Math.round(Math.max(...pauses)) });
    assert.ok(!TAKE_OVER || Math.max(...pauses) <= TAKE_OVER, `another tab leads within ${TAKE_OVER} ms: ${pauses.map(Math.round)}`);
    assert.deepEqual(visitor.crashes, []);
    await visitor.leave();
  });
}

async function say(page, text) {
  const composer = page.getByRole('textbox');
  await composer.fill(text, { timeout: 10000 });
  await composer.press('Enter', { timeout: 10000 });
}

/** How many own messages a tab shows in each state, and the first that the server is not known to have. */
async function states(page) {
  return page.locator('article[data-delivery]').evaluateAll((rows) => {
    const counts = {};
    for (const { dataset } of rows) counts[dataset.delivery] = (counts[dataset.delivery] ?? 0) + 1;
    const first = rows.find(({ dataset }) => !['sent', 'seen'].includes(dataset.delivery));
    return `${JSON.stringify(counts)}, first «${first?.innerText ?? ''}»`;
  });
}

/** Ends the page's process where it stands. */
async function crash(context, page) {
  const session = await context.newCDPSession(page);
  const crashed = page.waitForEvent('crash');
  session.send('Page.crash').catch(() => {});
  await crashed;
}
