// A chat on a bad network: a server with faults, the proxy before it, one browser; for every test an inbox and an origin
// of its own, so that none finds what another stored.

import { Agent, eventually } from './agent.mjs';
import { SECRET, clearFaults } from './faults.mjs';
import { received } from './ledger.mjs';
import { startProxy } from './proxy.mjs';
import { startServer } from './server.mjs';
import { startWidgetHost } from './sites.mjs';
import { Visitor } from './visitor.mjs';

export class Scene {
  static async open() {
    const scene = new Scene();
    scene.server = await startServer({ words: ['--messages-per-minute', '100000', '--faults', SECRET] });
    scene.agent = new Agent(scene.server);
    scene.proxy = await startProxy(scene.server);
    // Chromium keeps pages for going back, as it does for people.
    scene.visitor = await Visitor.arrive({ ignoreDefaultArgs: ['--disable-back-forward-cache'] });
    return scene;
  }

  /** A chat in which one message was said and answered. */
  async chat({ serverTimeBound = 1000 } = {}) {
    await this.heal();
    this.inbox = await this.agent.inbox();
    this.widget = await startWidgetHost({ confab: { baseUrl: this.proxy.base, inboxIdentifier: this.inbox.inbox_identifier, serverTimeBound } });
    await this.visit();
    await this.visitor.say('Hello');
    await this.visitor.sent('Hello');
    [{ id: this.conversation }] = await this.agent.conversations(this.inbox);
    await this.agent.say(this.conversation, 'Good morning');
    await this.visitor.reads('Good morning');
    return this.visitor;
  }

  /** Goes to the chat; its history is kept from the second time on. */
  async visit() {
    await this.visitor.visitHosted(`${this.widget.origin}/index.html`);
  }

  async heal() {
    await clearFaults(this.server);
    await this.proxy.tell('heal');
  }

  /** The server is gone: what runs breaks, and nobody answers. */
  async outage() {
    await this.proxy.tell('door refuse');
    await this.proxy.tell('running reset');
  }

  /** Own messages on the server. */
  received() {
    return received(this.agent, this.inbox);
  }

  /** The screen shows what the server has, in its order. */
  async agree(within = 15000) {
    await eventually('both sides hold the same', async () => {
      const there = (await this.agent.messages(this.conversation)).map((one) => one.content);
      const shown = await this.visitor.bubbles();
      if (JSON.stringify(shown) === JSON.stringify(there)) return true;
      throw new Error(`server ${JSON.stringify(there)}, screen ${JSON.stringify(shown)}`);
    }, { within });
  }

  /** Every subscription that the server confirms from now on, as the time when the browser heard of it. */
  confirmations() {
    const heard = [];
    this.visitor.page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => {
      if (String(payload).includes('"confirm_subscription"')) heard.push(performance.now());
    }));
    return heard;
  }

  async close() {
    await this.visitor?.leave();
    await Promise.all([this.widget, this.proxy, this.server].map((one) => one?.stop()));
  }
}
