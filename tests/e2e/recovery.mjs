// From a fault to a confirmed subscription, and from there to a complete view: measured in the page, beside what it has to be.
//
//   node recovery.mjs [ROUNDS]   rounds of the quick faults (20); the slow ones have fewer
//
// Ends with code 1 when a budget is missed.

import { setTimeout as sleep } from 'node:timers/promises';

import { eventually } from './lib/agent.mjs';
import { Scene } from './lib/scene.mjs';

const ROUNDS = Number(process.argv[2] ?? 20);
const few = Math.max(1, Math.round(ROUNDS / 4));
const fewest = Math.max(1, Math.round(ROUNDS / 10));
/** Messages missed at most. */
const GAP = 200;

const now = () => performance.timeOrigin + performance.now();

const scene = await Scene.open();
let missed = false;
try {
  const { visitor } = scene;
  await visitor.page.addInitScript(watch);
  await scene.chat();
  let number = 0;

  /**
   * Milliseconds from what `act` answers to the next confirmed subscription, and from there until all is on screen that
   * `act` had the agent say.
   */
  const measure = async (act) => {
    const said = [];
    const say = async () => {
      number += 1;
      said.push(`News ${number}.`);
      await scene.agent.say(scene.conversation, said.at(-1));
    };
    const before = await visitor.page.evaluate(() => window.confirmed.length);
    const begun = await act(say);
    const confirmed = await eventually('a subscription', () => visitor.page.evaluate((known) => window.confirmed[known], before), { within: 60000 });
    const complete = await visitor.page.evaluate((texts) => window.complete(texts), said);
    return { back: confirmed - begun, view: Math.max(0, complete - confirmed) };
  };
  /** `rest`: milliseconds before the next fault; the limits of connections and calls have room again then. */
  const series = async (rounds, act, rest = 6000) => {
    const times = [];
    for (let round = 0; round < rounds; round += 1) {
      times.push(await measure(act));
      await sleep(rest);
    }
    return times;
  };
  const begin = async (line) => {
    const begun = now();
    await scene.proxy.tell(line);
    return begun;
  };
  const outage = (seconds, messages = 1) => async (say) => {
    await scene.outage();
    for (let count = 0; count < messages; count += 1) await say();
    await sleep(seconds * 1000);
    return begin('door open');
  };
  const silence = async (say) => {
    const begun = await begin('running freeze');
    await say();
    return begun;
  };
  const send = async (say) => {
    await silence(say);
    await visitor.composer.fill(`Is anybody there? ${number}`);
    const begun = now();
    await visitor.composer.press('Enter');
    return begun;
  };

  const reset = await series(ROUNDS, async (say) => { await say(); return begin('running reset'); });
  const idle = await series(few, silence);
  const sending = await series(few, send);
  const short = await series(few, outage(10));
  const long = await series(fewest, outage(60));
  // Ten pages, of thirty calls a minute.
  const gap = await series(fewest, outage(1, GAP), 40000);
  if (process.env.CONFAB_E2E_TRACE) console.log(JSON.stringify({ reset, idle, sending, short, long, gap }));
  const back = (times) => times.map((one) => one.back);
  const view = (times) => times.map((one) => one.view);
  row('', 'times', 'p50', 'wanted', 'p95', 'wanted');
  quantiles('reset', back(reset), { p50: 200, p95: 500 });
  quantiles('silent black hole, idle', back(idle), { p95: 7500 });
  quantiles('silent black hole, the visitor sends', back(sending), { p95: 3000 });
  quantiles('outage of 10 s', back(short), { p95: 2000 });
  quantiles('outage of 60 s', back(long), { p95: 4000 });
  quantiles('view complete, 1 missed', view([reset, idle, sending, short, long].flat()), { p95: 300 });
  quantiles(`view complete, ${GAP} missed`, view(gap), { p95: 300 });
} finally {
  await scene.close();
}
process.exitCode = missed ? 1 : 0;

/** In the page: when subscriptions were confirmed, and when texts are on screen. */
function watch() {
  const now = () => performance.timeOrigin + performance.now();
  window.confirmed = [];
  window.WebSocket = class extends WebSocket {
    constructor(...words) {
      super(...words);
      this.addEventListener('message', ({ data }) => {
        if (String(data).includes('"confirm_subscription"')) window.confirmed.push(now());
      });
    }
  };
  const seen = new Map();
  const look = () => {
    for (const bubble of document.querySelectorAll('article.msg .bubble')) {
      const text = bubble.textContent.trim();
      if (!seen.has(text)) seen.set(text, now());
    }
  };
  document.addEventListener('DOMContentLoaded', () => {
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true });
  });
  /** When the last of them appeared. */
  window.complete = async (texts) => {
    while (!texts.every((text) => seen.has(text))) await new Promise((done) => { setTimeout(done, 20); });
    return Math.max(...texts.map((text) => seen.get(text)));
  };
}

/** Prints a line of the table; `budgets` gives the most milliseconds of some quantiles. */
function quantiles(name, times, budgets) {
  const sorted = times.toSorted((a, b) => a - b);
  const quantile = (q) => sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)];
  const seconds = (ms) => `${(ms / 1000).toFixed(2)} s`;
  const cells = [['p50', 0.5], ['p95', 0.95]].flatMap(([budget, q]) => {
    const most = budgets[budget];
    const fits = most === undefined || quantile(q) <= most;
    if (!fits) missed = true;
    return [`${seconds(quantile(q))}${fits ? '' : ' over'}`, most === undefined ? '' : seconds(most)];
  });
  row(name, times.length, ...cells);
}

function row(name, ...cells) {
  console.log(`${name.padEnd(38)}${cells.map((cell) => String(cell).padStart(12)).join('')}`);
}
