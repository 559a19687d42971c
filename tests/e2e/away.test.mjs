// What happened while the visitor was away: long gaps, and changes far above what is read again at once.

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
    await top(visitor);
    await eventually('the page in sight to be read again', async () => !(await shown('Message 3')));
    assert.equal((await visitor.bubbles()).length, 62);
  });

  test('more than 200 messages were missed: a marker stands in the gap, and a key closes it piece by piece', async () => {
    const visitor = await scene.chat();
    await scene.outage();
    await says(1, 230);
    await scene.heal();
    await visitor.reads('Message 230');
    const marker = visitor.log.getByRole('button', { name: 'Show missing messages' });
    await eventually('the marker', async () => { await top(visitor); return (await marker.count()) === 1; });
    assert.equal(await visitor.panel.getByText('Message 10', { exact: true }).count(), 0);
    const spoken = visitor.panel.locator('.sr[role=status]');
    while (await marker.count()) {
      const before = (await visitor.bubbles()).length;
      await marker.focus();
      await visitor.page.keyboard.press('Enter');
      await eventually('more of them', async () => (await visitor.bubbles()).length > before);
      assert.equal(await visitor.page.evaluate(() => document.activeElement === document.body), false, 'the focus is lost');
    }
    await visitor.reads('Message 1');
    assert.match(await spoken.innerText(), /Loading/);
    await scene.agree();
  });
}
