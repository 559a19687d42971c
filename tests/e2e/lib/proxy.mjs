// The fault proxy between the browser and the server (crates/proxy), told by lines.
//
//   CONFAB_PROXY_BIN   its binary (default: target/native, then target/debug)

import { spawn } from 'node:child_process';
import readline from 'node:readline';

import { built } from './server.mjs';

/** Before this server; `base` is what the visitor is given as the server's address. */
export async function startProxy(server) {
  const proxy = new Proxied(server);
  await proxy.start();
  return proxy;
}

class Proxied {
  constructor(server) {
    this.target = new URL(server.base);
  }

  async start() {
    const file = built('confab-proxy', process.env.CONFAB_PROXY_BIN);
    this.child = spawn(file, [this.target.host], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.lines = readline.createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
    const first = (await this.lines.next()).value ?? '';
    if (!first.startsWith('listening ')) throw new Error(`the proxy said: ${first}`);
    this.base = `http://${first.slice('listening '.length)}${this.target.pathname.replace(/\/$/, '')}`;
  }

  /** One line, see crates/proxy/src/command.rs; what it answers. */
  async tell(line) {
    this.child.stdin.write(`${line}\n`);
    const answer = (await this.lines.next()).value ?? 'nothing';
    if (answer.startsWith('error') || answer === 'nothing') throw new Error(`${line}: the proxy said ${answer}`);
    return answer;
  }

  async accepted() {
    return Number((await this.tell('count')).split(' ')[1]);
  }

  async stop() {
    this.child.stdin.end();
  }
}
