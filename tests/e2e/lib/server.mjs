// The server under test: the bundled one, started here, or a foreign installation named by the environment.
//
//   CONFAB_E2E_BASE, CONFAB_E2E_ACCOUNT, CONFAB_E2E_ADMIN_TOKEN, CONFAB_E2E_AGENT_TOKEN   a foreign installation
//   CONFAB_SERVER_BIN   the bundled server's binary (default: target/native, then target/debug)

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
export const DIST = path.resolve(process.env.CONFAB_E2E_DIST ?? path.join(ROOT, 'dist'));

/** Whether the tests run against an installation that is not ours to kill. */
export const FOREIGN = Boolean(process.env.CONFAB_E2E_BASE);

/** `words` go to the bundled server's command line. A running server: `base`, `account`, `adminToken`, `agentToken`, and for the bundled one `kill()` and `restart()`. */
export async function startServer({ prefix, version, words = [] } = {}) {
  if (FOREIGN && !prefix && !version && !words.length) return foreign();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'confab-e2e-'));
  const server = new Bundled(path.join(folder, 'chat.sqlite3'), prefix, version, words);
  await server.start('0');
  return server;
}

function foreign() {
  const need = (name) => {
    const value = process.env[name];
    if (!value) throw new Error(`CONFAB_E2E_BASE is set, so ${name} must be set too.`);
    return value;
  };
  return {
    base: need('CONFAB_E2E_BASE').replace(/\/+$/, ''),
    account: Number(need('CONFAB_E2E_ACCOUNT')),
    adminToken: need('CONFAB_E2E_ADMIN_TOKEN'),
    agentToken: need('CONFAB_E2E_AGENT_TOKEN'),
    stop: async () => {},
  };
}

class Bundled {
  constructor(database, prefix, version, more) {
    this.database = database;
    this.more = more;
    this.prefix = prefix;
    this.version = version;
  }

  async start(port) {
    const words = ['serve', '--listen', `127.0.0.1:${port}`, '--database', this.database, '--dist', DIST, '--json', ...this.more];
    if (this.prefix) words.push('--prefix', this.prefix);
    if (this.version) words.push('--as', this.version);
    this.child = spawn(built('confab-server', process.env.CONFAB_SERVER_BIN), words, { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await Promise.race([
      once(readline.createInterface({ input: this.child.stdout }), 'line'),
      once(this.child, 'exit').then(([code]) => { throw new Error(`the server ended with code ${code} before it listened`); }),
    ]);
    const told = JSON.parse(line);
    Object.assign(this, { base: told.base, account: told.account, adminToken: told.admin_token, agentToken: told.agent_token, told });
  }

  /** Ends it as a power failure would. */
  async kill() {
    const gone = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await gone;
  }

  /** Starts it again on the same port and database. */
  async restart() {
    await this.start(new URL(this.base).port);
  }

  async stop() {
    if (this.child.exitCode === null && this.child.signalCode === null) await this.kill();
    fs.rmSync(path.dirname(this.database), { recursive: true, force: true });
  }
}

/** A program of this repository: the one named by the environment, else the one built last with these profiles. */
export function built(name, chosen) {
  const tried = [chosen, path.join(ROOT, 'target/native', name), path.join(ROOT, 'target/debug', name)];
  const found = tried.find((file) => file && fs.existsSync(file));
  if (!found) throw new Error(`no ${name}: build it with \`cargo build --profile native -p ${name}\`, or set CONFAB_${name === 'confab-server' ? 'SERVER' : 'PROXY'}_BIN.`);
  return found;
}
