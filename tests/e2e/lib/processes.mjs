// The processes of one visitor's browser, ended as crashes end them. Linux alone.

import fs from 'node:fs';

import { eventually } from './agent.mjs';

/** Every process with its parent and its command line. */
function all() {
  const found = [];
  for (const name of fs.readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = fs.readFileSync(`/proc/${name}/stat`, 'utf8');
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (state === 'Z') continue;
      const words = fs.readFileSync(`/proc/${name}/cmdline`, 'utf8').split(/[\0 ]/);
      found.push({ pid: Number(name), parent: Number(parent), words });
    } catch { /* it ended meanwhile */ }
  }
  return found;
}

/** The browser of this profile and everything below it, the browser first. */
function family(profile) {
  const processes = all();
  const root = processes.find(({ words }) => words.includes(`--user-data-dir=${profile}`) && !words.some((word) => word.startsWith('--type=')));
  const kin = root ? [root] : [];
  for (const member of kin) kin.push(...processes.filter(({ parent }) => parent === member.pid));
  return kin;
}

function end({ pid }) {
  try { process.kill(pid, 'SIGKILL'); } catch { /* it ended meanwhile */ }
}

/** Ends the whole browser at once, and waits until nothing of it is left. */
export async function killBrowser(visitor) {
  const kin = family(visitor.profile);
  if (!kin.length) throw new Error(`no browser runs with ${visitor.profile}`);
  kin.forEach(end);
  await eventually('the end of the browser', () => {
    const alive = new Set(all().map(({ pid }) => pid));
    return !kin.some(({ pid }) => alive.has(pid));
  });
}

/** Ends every page's process; the browser stays. */
export function killRenderers(visitor) {
  const renderers = family(visitor.profile).filter(({ words }) => words.includes('--type=renderer'));
  if (!renderers.length) throw new Error(`no page runs in ${visitor.profile}`);
  renderers.forEach(end);
}
