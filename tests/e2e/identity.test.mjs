// What becomes of the chat when what it is built on goes away or changes at the server: the contact, the conversation,
// the inbox, the browser's own data.

import { strict as assert } from 'node:assert';
import { createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';

import { Agent, eventually } from './lib/agent.mjs';
import { FOREIGN, startServer } from './lib/server.mjs';
import { scriptTag, startSite } from './lib/sites.mjs';
import { Visitor } from './lib/visitor.mjs';
import { World, onSite } from './lib/world.mjs';

if (!FOREIGN) {
  let world, server, agent, widget;

  before(async () => {
    world = await World.open();
    ({ server, agent, widget } = world);
  });

  after(() => world?.close());

  /** A visitor on a site; `act` is told of visitor, inbox and the conversation in which «Hello» was said; `prepare` comes first. */
  async function chat(act, prepare = () => {}) {
    const inbox = await agent.inbox();
    const page = (path) => {
      const email = new URL(path, 'http://x').searchParams.get('email');
      return world.tag(inbox, { serverTimeBound: 1000, ...(email && { email }) });
    };
    await onSite(page, async (visitor, site) => {
      visitor.site = site.origin;
      await prepare(visitor);
      await visitor.visit(site.origin);
      await visitor.open();
      await visitor.say('Hello');
      await visitor.sent('Hello');
      const [conversation] = await agent.conversations(inbox);
      await act(visitor, inbox, conversation);
    });
  }

  const admin = (method, path) => agent.call(method, path, undefined, server.adminToken);
  const texts = async (conversation) => (await agent.messages(conversation)).map((message) => message.content);

  /** The only conversation of an inbox besides the one that was there. */
  const other = (inbox, before) => eventually('another conversation', async () => {
    const found = (await agent.conversations(inbox)).filter((one) => one.id !== before.id && one.messages?.length);
    return found.length === 1 ? found[0] : null;
  });

  test('the contact is deleted: the next message makes another, and arrives once', () => chat(async (visitor, inbox, before) => {
    await admin('DELETE', `/contacts/${before.meta.sender.id}`);
    await visitor.say('Are you still there?');
    await visitor.sent('Are you still there?');
    const after = await other(inbox, before);
    assert.notEqual(after.meta.sender.id, before.meta.sender.id);
    assert.deepEqual(await texts(after.id), ['Are you still there?']);
    await agent.say(after.id, 'Yes, I am');
    await visitor.reads('Yes, I am');
    // A contact that is online is not deleted: it has no socket.
  }, (visitor) => visitor.page.routeWebSocket('**/cable', (socket) => socket.close())));

  test('the conversation is deleted: the next message begins another of the same contact', () => chat(async (visitor, inbox, before) => {
    await admin('DELETE', `/conversations/${before.id}`);
    await visitor.say('Where were we?');
    await visitor.sent('Where were we?');
    const after = await other(inbox, before);
    assert.equal(after.meta.sender.id, before.meta.sender.id);
    await agent.say(after.id, 'At the beginning');
    await visitor.reads('At the beginning');
  }));

  test('the inbox is deleted: the chat says that it is closed, keeps what was written, and stops asking', () => chat(async (visitor, inbox) => {
    await admin('DELETE', `/inboxes/${inbox.id}`);
    await visitor.say('Anybody there?');
    await visitor.panel.getByText('The chat is not available at the moment. What you write is kept.').waitFor();
    const asked = [];
    visitor.page.on('request', (request) => { if (request.url().startsWith(server.base)) asked.push(request.url()); });
    await new Promise((done) => { setTimeout(done, 3000); });
    assert.deepEqual(asked, []);
    assert.equal(await visitor.bubble('Anybody there?').getAttribute('data-delivery'), 'queued');
    await visitor.composer.fill('Half a thought');
    assert.equal(await visitor.composer.inputValue(), 'Half a thought');
  }));

  test('the contact is merged with another: a new connection, and the chat goes on', () => chat(async (visitor, inbox, before) => {
    const name = `ada-${inbox.id}@example.com`;
    const { payload } = await agent.call('POST', '/contacts', { inbox_id: inbox.id, name: 'Ada', email: name }, server.adminToken);
    const sockets = [];
    visitor.page.on('websocket', (socket) => sockets.push(socket.url()));
    await visitor.visit(`${visitor.site}/?email=${name}`);
    await visitor.open();
    await eventually('the merge', async () => (await agent.conversations(inbox))[0].meta.sender.id === payload.contact.id);
    await eventually('a new connection', () => sockets.length > 1);
    await agent.say(before.id, 'Nice to meet you, Ada');
    await visitor.reads('Nice to meet you, Ada');
    await visitor.say('Likewise');
    await visitor.sent('Likewise');
    assert.deepEqual(await texts(before.id), ['Hello', 'Nice to meet you, Ada', 'Likewise']);
  }));

  test('the browser\'s data are cleared while the chat is open: it goes on, in the same conversation', () => chat(async (visitor, inbox, before) => {
    const session = await visitor.context.newCDPSession(visitor.page);
    await session.send('Storage.clearDataForOrigin', { origin: widget.origin, storageTypes: 'all' });
    await visitor.say('Still here');
    await visitor.sent('Still here');
    await agent.say(before.id, 'So am I');
    await visitor.reads('So am I');
    assert.equal((await agent.conversations(inbox)).length, 1);
    assert.deepEqual(await texts(before.id), ['Hello', 'Still here', 'So am I']);
  }));

  for (const version of ['4.1', '2.7']) {
    test(`as ${version}, a verified user on two devices: the list that the server refuses holds nothing up`, async () => {
      const old = await startServer({ version });
      const there = new Agent(old);
      const inbox = await there.inbox({ hmac_mandatory: true });
      const identifierHash = createHmac('sha256', inbox.hmac_token).update('user-7').digest('hex');
      const site = await startSite(() => scriptTag(widget.origin, { baseUrl: old.base, inboxIdentifier: inbox.inbox_identifier, identifier: 'user-7', identifierHash }));
      for (const device of [1, 2]) {
        const visitor = await Visitor.arrive();
        const refused = [];
        visitor.context.on('response', (response) => { if (response.url().startsWith(old.base) && response.status() >= 500) refused.push(response.url()); });
        await visitor.visit(site.origin);
        await visitor.open();
        await visitor.say(`From device ${device}`);
        await visitor.sent(`From device ${device}`);
        assert.ok(refused.length > 0 && refused.every((url) => url.includes('/conversations')), refused.join(' '));
        assert.ok(refused.length < 4, `${refused.length} times asked for what is refused`);
        assert.deepEqual(visitor.crashes, []);
        await visitor.leave();
      }
      const all = await Promise.all((await there.conversations(inbox)).map((one) => there.messages(one.id)));
      assert.deepEqual(all.flat().map((message) => message.content).toSorted(), ['From device 1', 'From device 2']);
      await Promise.all([site, old].map((one) => one.stop()));
    });
  }
}
