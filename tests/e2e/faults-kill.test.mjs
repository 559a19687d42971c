// The browser and its pages are killed around Send: what was submitted reaches the server once, in order.
//
//   CONFAB_E2E_KILLS   kills of each kind (3)

import { strict as assert } from 'node:assert';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { Agent } from './lib/agent.mjs';
import { MESSAGES, SECRET, setFault } from './lib/faults.mjs';
import { Ledger, report, settled } from './lib/ledger.mjs';
import { killBrowser, killRenderers } from './lib/processes.mjs';
import { FOREIGN, startServer } from './lib/server.mjs';
import { startWidgetHost } from './lib/sites.mjs';
import { Visitor, looks } from './lib/visitor.mjs';

const KILLS = Number(process.env.CONFAB_E2E_KILLS ?? 3);
/** When the kill comes, in milliseconds: of three, one that long after Enter, and two that long after the message is stored. */
const MOMENTS = [80, 0, 60, 20, 30, 110, 40, 5, 150, 200, 90, 400];

if (process.platform === 'linux' && !FOREIGN) {
  let server, agent;

  before(async () => {
    server = await startServer({ words: ['--messages-per-minute', '100000', '--faults', SECRET] });
    agent = new Agent(server);
    // Time enough to be killed before the commit and between commit and answer.
    await setFault(server, { fault: 'delay', before_ms: 40, after_ms: 60, ...MESSAGES });
  });

  after(() => server?.stop());

  /** A visitor writes and is cut off, again and again; then comes back and stays. */
  async function cutOff(name, kill, comeBack) {
    const inbox = await agent.inbox();
    const widget = await startWidgetHost({ confab: { baseUrl: server.base, inboxIdentifier: inbox.inbox_identifier, serverTimeBound: 1000 } });
    const visitor = await Visitor.arrive();
    const ledger = new Ledger();
    const visit = async () => {
      await visitor.visitHosted(`${widget.origin}/index.html`);
      await visitor.page.waitForFunction(() => window.heard.some((event) => event.name === 'usable'));
      // With the first message the store was read: what was typed and not stored is back in the composer, to be replaced.
      if (ledger.submitted.size) await visitor.page.locator('article.msg').first().waitFor();
    };
    try {
      await ledger.follow(visitor.context);
      await visit();
      for (let round = 0; round < KILLS; round += 1) {
        const text = `${name} ${round}`;
        await visitor.composer.fill(text);
        // The page may be gone before it answers.
        const pressed = visitor.composer.press('Enter').catch(() => {});
        if (round % 3) {
          await ledger.isSubmitted(text).catch(async (error) => { throw new Error(await looks(visitor.page, text), { cause: error }); });
        }
        await sleep(MOMENTS[round % MOMENTS.length]);
        await kill(visitor);
        await pressed;
        await comeBack(visitor, ledger);
        await visit();
      }
      const last = `${name} ${KILLS}`;
      await visitor.say(last);
      await ledger.isSubmitted(last);
      const found = await settled(ledger, agent, inbox);
      await visitor.sent(last);
      assert.ok(ledger.submitted.size > KILLS / 2, 'most kills come when there is something to lose');
      report(`${name}s killed around Send`, { kills: KILLS, submitted: ledger.submitted.size, received: found.received });
      assert.deepEqual(visitor.crashes, []);
    } finally {
      await visitor.leave();
      await widget.stop();
    }
  }

  test('the browser is killed around Send', () => cutOff('browser', killBrowser, async (visitor, ledger) => {
    await visitor.context.close().catch(() => {});
    await visitor.launch();
    await ledger.follow(visitor.context);
  }));

  test('the page is killed around Send', () => cutOff('page', async (visitor) => {
    const crashed = visitor.page.waitForEvent('crash');
    killRenderers(visitor);
    await crashed;
  }, async (visitor) => {
    const dead = visitor.page;
    await visitor.meet(await visitor.context.newPage());
    await dead.close();
  }));
}
