// What a visitor meets: an installation with its agent, the host of the widget's files, and the owner's site.

import { strict as assert } from 'node:assert';
import { after } from 'node:test';

import { Agent, eventually } from './agent.mjs';
import { startServer } from './server.mjs';
import { scriptTag, startSite, startWidgetHost } from './sites.mjs';
import { Visitor } from './visitor.mjs';

export class World {
  /** `widget` is for the host of the files. */
  static async open({ widget } = {}) {
    const world = new this();
    world.server = await startServer();
    world.agent = new Agent(world.server);
    world.widget = await startWidgetHost(widget);
    return world;
  }

  /** The script tag of this inbox. */
  tag(inbox, data = {}) { return scriptTag(this.widget.origin, { baseUrl: this.server.base, inboxIdentifier: inbox.inbox_identifier, ...data }); }

  /** The visitor's conversation in this inbox, when something was said in it. */
  conversation(inbox) {
    return eventually('a conversation', async () => (await this.agent.conversations(inbox)).find((one) => one.messages?.length));
  }

  async close() {
    await Promise.all([this.widget, this.server].map((one) => one?.stop()));
  }
}

/** The browser of all visitors of a file that need none of their own: to start one takes longer than most tests. */
let browser;
after(async () => { await (await browser)?.leave(); });

/** One more visitor in it. */
export async function entered() {
  browser ??= Visitor.arrive();
  return Visitor.enter((await browser).context);
}

/** A visitor comes, acts, and leaves; nothing was thrown meanwhile. `person` gives them a browser of their own, so made. */
export async function visited(act, person) {
  const visitor = await (person ? Visitor.arrive(person) : entered());
  try {
    await act(visitor);
    assert.deepEqual(visitor.crashes, [], 'no uncaught error');
  } finally {
    await visitor.leave();
  }
}

/** The same on a site, which ends with it. */
export async function visiting(site, act, person) {
  try {
    await visited((visitor) => act(visitor, site), person);
  } finally {
    await site.stop();
  }
}

/** The same on a site whose pages have this body: a text, or what `body(path)` gives. */
export async function onSite(body, act, { headers, person } = {}) {
  await visiting(await startSite(typeof body === 'string' ? () => body : body, headers), act, person);
}
