// The bundled server dies and comes back in the middle of a chat. A foreign installation is not ours to kill.

import { strict as assert } from 'node:assert';
import { after, before, test } from 'node:test';

import { Agent, eventually } from './lib/agent.mjs';
import { FOREIGN, startServer } from './lib/server.mjs';
import { scriptTag, startSite, startWidgetHost } from './lib/sites.mjs';
import { Visitor } from './lib/visitor.mjs';

if (!FOREIGN) {
  let server, agent, inbox, widget, site;

  before(async () => {
    server = await startServer();
    agent = new Agent(server);
    inbox = await agent.inbox();
    widget = await startWidgetHost();
    site = await startSite(() => scriptTag(widget.origin, { baseUrl: server.base, inboxIdentifier: inbox.inbox_identifier }));
    });

  after(async () => {
      await Promise.all([site, widget, server].map((one) => one?.stop()));
  });

  test('a server killed and restarted in the middle of a chat: it goes on by itself, both sides hold the same', async () => {
    const visitor = await Visitor.arrive();
    await visitor.visit(site.origin);
    await visitor.open();
    await visitor.say('First');
    await visitor.sent('First');
    const [{ id }] = await eventually('the conversation', async () => {
      const found = await agent.conversations(inbox);
      return found.length ? found : null;
    });
    await agent.say(id, 'Answer one');
    await visitor.reads('Answer one');

    await server.kill();
    await visitor.say('While it was down');
    await visitor.panel.locator('.bar:not([hidden])').waitFor();
    await server.restart();

    await agent.say(id, 'Answer two');
    await visitor.reads('Answer two');
    await visitor.say('Last');
    const want = ['First', 'Answer one', 'Answer two', 'Last', 'While it was down'];
    await eventually('everything on the server', async () => (await agent.messages(id)).length === want.length, { within: 70000 });
    await visitor.sent('Last');
    const stored = (await agent.messages(id)).map((m) => m.content);
    assert.deepEqual([...stored].sort(), [...want].sort());
    assert.ok(stored.indexOf('While it was down') < stored.indexOf('Last'), 'the visitor\'s messages keep their order');
    await eventually('both sides hold the same', async () => JSON.stringify(await visitor.bubbles()) === JSON.stringify(stored));
    await visitor.leave();
  });
}
