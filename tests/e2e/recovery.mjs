// From a fault to a confirmed subscription, and from there to a complete view: measured, beside what it has to be.
//
//   node recovery.mjs [ROUNDS]   rounds of the quick faults (20); the slow ones have fewer
//
// Ends with code 1 when a budget is missed.

import { setTimeout as sleep } from 'node:timers/promises';

import { eventually } from './lib/agent.mjs';
import { Scene } from './lib/scene.mjs';

const ROUNDS = Number(process.argv[2] ?? 20);
const few = Math.max(1, Math.round(ROUNDS / 4));

const scene = await Scene.open();
let missed = false;
try {
  const visitor = await scene.chat();
  const confirmed = scene.confirmations();
  const views = [];

  /** Milliseconds from the end of `act` to the next confirmed subscription; what was said meanwhile is then on screen. */
  const measure = async (name, act, gap = 0) => {
    const said = `${name}, ${views.length}, ${confirmed.length}`;
    for (let number = 1; number < gap; number += 1) await scene.agent.say(scene.conversation, `${number} of ${gap}`);
    const before = confirmed.length;
    const shown = visitor.bubble(said).first().waitFor({ timeout: 150000 }).then(() => performance.now());
    const begun = await act(() => scene.agent.say(scene.conversation, said));
    await eventually('a subscription', () => confirmed.length > before, { within: 60000 });
    views.push(Math.max(0, (await shown) - confirmed[before]));
    // The link is at rest before the next fault, and the limit of connections has room again.
    await sleep(1500);
    return confirmed[before] - begun;
  };
  const series = async (name, rounds, act) => {
    const times = [];
    for (let round = 0; round < rounds; round += 1) {
      times.push(await measure(name, act));
      if (round % 5 === 4) await sleep(25000);
    }
    return times;
  };
  const now = async (line) => {
    const begun = performance.now();
    await scene.proxy.tell(line);
    return begun;
  };
  const outage = (seconds) => async (say) => {
    await scene.outage();
    await say();
    await sleep(seconds * 1000);
    return now('door open');
  };

  const reset = await series('reset', ROUNDS, async (say) => { await say(); return now('running reset'); });
  row('reset', reset, { 0.5: 200, 0.95: 500 });
  const idle = await series('silent', few, async (say) => { const begun = await now('running freeze'); await say(); return begun; });
  row('silent black hole, idle', idle, { 0.95: 7500 });
  let number = 0;
  const sending = await series('silent, sending', few, async (say) => {
    await now('running freeze');
    await say();
    number += 1;
    await visitor.composer.fill(`Is anybody there? ${number}`);
    const begun = performance.now();
    await visitor.composer.press('Enter');
    return begun;
  });
  row('silent black hole, the visitor sends', sending, { 0.95: 3000 });
  row('outage of 10 s', await series('out for 10 s', few, outage(10)), { 0.95: 2000 });
  row('outage of 60 s', await series('out for 60 s', Math.max(1, Math.round(ROUNDS / 10)), outage(60)), { 0.95: 4000 });
  row('view complete after the confirmation', views, { 0.95: 300 });
} finally {
  await scene.close();
}
process.exitCode = missed ? 1 : 0;

/** Prints quantiles; `budgets` gives the most milliseconds of some. */
function row(name, times, budgets) {
  const sorted = times.toSorted((a, b) => a - b);
  const quantile = (q) => sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)];
  const shown = [0.5, 0.95].map((q) => {
    const most = budgets[q];
    const fits = most === undefined || quantile(q) <= most;
    if (!fits) missed = true;
    return `p${q * 100} ${(quantile(q) / 1000).toFixed(2)} s${most === undefined ? '' : ` (at most ${most / 1000} s${fits ? '' : ', missed'})`}`;
  });
  console.log(`${name}: ${shown.join(', ')}, ${times.length} times`);
}
