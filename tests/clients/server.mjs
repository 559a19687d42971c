// The reference server as a child, what visitors call, and a wire that can be frozen.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

/** A server on a port and database that stay the same when it is started again. */
export class Server {
  #folder = mkdtempSync(path.join(tmpdir(), 'confab-clients-'));
  port = 0;

  async start() {
    const database = path.join(this.#folder, 'confab.sqlite3');
    const words = ['serve', '--listen', `127.0.0.1:${this.port}`, '--database', database, '--json'];
    this.process = spawn(process.env.CONFAB_SERVER_BIN, words, { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await once(createInterface(this.process.stdout), 'line');
    const addresses = JSON.parse(line);
    this.base = addresses.base;
    this.port = Number(new URL(addresses.base).port);
    this.inbox = `${addresses.base}/public/api/v1/inboxes/${addresses.inbox_identifier}`;
    return this;
  }

  /** SIGTERM says goodbye to sockets, SIGKILL does not. */
  async stop(signal) {
    const ended = once(this.process, 'exit');
    this.process.kill(signal);
    await ended;
  }

  async end() {
    if (this.process.exitCode === null && this.process.signalCode === null) await this.stop('SIGKILL');
    rmSync(this.#folder, { recursive: true });
  }

  async #post(path, body) {
    const answer = await fetch(`${this.inbox}${path}`, {
      method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' },
    });
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status}`);
    return answer.json();
  }

  async visitor() {
    const session = await this.#post('/contacts', { name: 'Kim' });
    const conversation = await this.#post(`/contacts/${session.source_id}/conversations`, {});
    const messages = `/contacts/${session.source_id}/conversations/${conversation.id}/messages`;
    return { token: session.pubsub_token, say: (content) => this.#post(messages, { content }) };
  }
}

/** Leads to the server's port until it is frozen: what is open then stays open and carries nothing, what comes later works. */
export class Wire {
  #open = new Set();

  async start(port) {
    this.opened = 0;
    this.listener = net.createServer((client) => {
      this.opened += 1;
      const server = net.connect(port, '127.0.0.1');
      const pair = [client, server];
      this.#open.add(pair);
      for (const socket of pair) socket.on('error', () => pair.forEach((one) => one.destroy()));
      client.pipe(server).pipe(client);
    });
    this.listener.listen(0, '127.0.0.1');
    await once(this.listener, 'listening');
    this.port = this.listener.address().port;
    return this;
  }

  freeze() {
    for (const [client, server] of this.#open) {
      client.unpipe(server);
      server.unpipe(client);
      // Read and thrown away, so that nothing but silence tells.
      client.resume();
      server.resume();
    }
  }

  end() {
    for (const pair of this.#open) pair.forEach((socket) => socket.destroy());
    this.listener.close();
  }
}
