// What happened while the visitor was away, far above what is read again at once.

import { strict as assert } from 'node:assert';
import { after, afterEach, before, test } from 'node:test';

import { eventually } from './lib/agent.mjs';
import { Scene } from './lib/scene.mjs';
import { FOREIGN } from './lib/server.mjs';

if (!FOREIGN) {
  let scene;

  before(async () => { scene = await Scene.open(); });
  afterEach(async () => {
    assert.deepEqual(scene.visitor.crashes, []);
    await scene.widget?.stop();
  });
  after(() => scene?.close());

  async function says(first, last) {
    for (let number = first; number <= last; number += 1) await scene.agent.say(scene.conversation, `Message ${number}`);
  }

  const top = (visitor) => visitor.log.evaluate((log) => { log.parentElement.scrollTop = 0; });

  test('a message deleted far above while the visitor was away is gone when it is scrolled to, the newest at once', async () => {
    const visitor = await scene.chat();
    await says(1, 60);
    await visitor.reads('Message 60');
    await scene.visit();
    await visitor.reads('Message 60');
    await eventually('the beginning', async () => { await top(visitor); return visitor.bubble('Good morning').isVisible(); });
    const all = await scene.agent.messages(scene.conversation);
    const id = (text) => all.find((message) => message.content === text).id;
    await visitor.log.evaluate((log) => { log.parentElement.scrollTop = log.parentElement.scrollHeight; });
    await visitor.panel.getByText('Message 60', { exact: true }).waitFor();
    await scene.outage();
    for (const text of ['Message 3', 'Message 58']) {
      await scene.agent.call('DELETE', `/conversations/${scene.conversation}/messages/${id(text)}`);
    }
    await scene.heal();
    const shown = async (text) => (await visitor.bubbles()).includes(text);
    await eventually('the newest page to be read again', async () => !(await shown('Message 58')));
    assert.ok(await shown('Message 3'), 'it was read again although nobody went there');
    await top(visitor);
    await eventually('the page in sight to be read again', async () => !(await shown('Message 3')));
    assert.equal((await visitor.bubbles()).length, 62);
  });
}
