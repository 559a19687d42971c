// Older servers: the chat works with what they have and leaves what they lack in peace.

import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';

import { Agent, eventually } from './lib/agent.mjs';
import { FOREIGN, startServer } from './lib/server.mjs';
import { scriptTag, startSite, startWidgetHost } from './lib/sites.mjs';
import { Visitor } from './lib/visitor.mjs';

/** The actions of a conversation that a version lacks; the others must succeed. */
const LACKING = { 2.7: ['toggle_typing', 'update_last_seen'], '3.0': [], 4.1: [] };

async function scene(version) {
  const server = await startServer({ version });
  const agent = new Agent(server);
  const inbox = await agent.inbox();
  const widget = await startWidgetHost();
  const site = await startSite(() => scriptTag(widget.origin, { baseUrl: server.base, inboxIdentifier: inbox.inbox_identifier }));
  const visitor = await Visitor.arrive();
  const calls = [];
  // All frames: the chat lives in one of its own.
  visitor.context.on('response', (response) => {
    const url = new URL(response.url());
    if (response.url().startsWith(server.base)) calls.push({ path: url.pathname, status: response.status() });
  });
  const leave = async () => {
    await visitor.leave();
    await Promise.all([site, widget, server].map((one) => one.stop()));
  };
  await visitor.visit(site.origin);
  await visitor.open();
  await visitor.say('Hello');
  await visitor.sent('Hello');
  const [{ id }] = await eventually('the conversation', async () => {
    const found = await agent.conversations(inbox);
    return found.length ? found : null;
  });
  return { agent, visitor, site, calls, conversation: id, leave };
}

const statuses = (calls, action) => calls.filter(({ path }) => path.endsWith(`/${action}`)).map(({ status }) => status);

if (!FOREIGN) {
  describe('an older server', () => {
    for (const [version, lacking] of Object.entries(LACKING)) {
      test(`as ${version}: both write, history stays, what is missing is asked for once`, async () => {
        const { agent, visitor, site, calls, conversation, leave } = await scene(version);
        for (const number of [1, 2, 3]) {
          await agent.say(conversation, `Answer ${number}`);
          await visitor.reads(`Answer ${number}`);
          await eventually('a call of update_last_seen', () => statuses(calls, 'update_last_seen').length);
          // Typing is told only some seconds after the last time: keys are pressed until it is.
          await eventually('a call of toggle_typing', async () => {
            await visitor.composer.pressSequentially('.');
            return statuses(calls, 'toggle_typing').length;
          });
          await visitor.say(`Question ${number}`);
          await visitor.sent(`Question ${number}`);
        }
        // Where there is the route it is used again soon; where there is not, an absence is watched for longer than that.
        const told = async () => {
          await visitor.composer.pressSequentially('.');
          return statuses(calls, 'toggle_typing').length;
        };
        if (lacking.includes('toggle_typing')) {
          for (const end = Date.now() + 6000; Date.now() < end;) assert.equal(await told(), 1);
        } else {
          await eventually('typing is told again', async () => (await told()) > 2, { within: 6000 });
        }
        const want = ['Hello', 'Answer 1', 'Question 1', 'Answer 2', 'Question 2', 'Answer 3', 'Question 3'];
        assert.deepEqual(await visitor.bubbles(), want);
        assert.deepEqual((await agent.messages(conversation)).map((m) => m.content), want);
        for (const action of ['toggle_typing', 'update_last_seen']) {
          const seen = statuses(calls, action);
          if (lacking.includes(action)) assert.deepEqual(seen, [404], `${action} is switched off by the first answer`);
          else assert.ok(seen.every((status) => status === 200), `${action}: ${seen}`);
        }
        await visitor.visit(site.origin);
        await visitor.open();
        await visitor.reads('Question 3');
        assert.deepEqual(await visitor.bubbles(), want);
        assert.deepEqual(visitor.crashes, []);
        await leave();
      });
    }
  });
}
