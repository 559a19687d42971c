// What the server refuses: for a while, and for good. The visitor is told, decides, and loses no word.

import { strict as assert } from 'node:assert';
import { after, afterEach, before, test } from 'node:test';

import { eventually } from './lib/agent.mjs';
import { MESSAGES, setFault } from './lib/faults.mjs';
import { Scene } from './lib/scene.mjs';
import { FOREIGN } from './lib/server.mjs';

if (!FOREIGN) {
  let scene;

  before(async () => { scene = await Scene.open(); });
  afterEach(async () => {
    assert.deepEqual(scene.visitor.crashes, []);
    await scene.visitor.page.unrouteAll();
    await scene.widget?.stop();
  });
  after(() => scene?.close());

  const notice = (visitor) => visitor.panel.getByRole('status').filter({ hasText: 'Sending goes on in' });
  const seconds = async (visitor) => Number((await notice(visitor).innerText()).match(/(\d+)/)?.[1]);

  /** The next messages are answered with this, as the real server words it; nothing is stored. */
  async function refuse(page, status, body, times = 1) {
    let left = times;
    await page.route(/\/messages$/, async (route) => {
      if (route.request().method() !== 'POST' || left === 0) return route.fallback();
      left -= 1;
      return route.fulfill({ status, contentType: 'application/json', headers: { 'access-control-allow-origin': '*' }, body: JSON.stringify(body) });
    });
  }

  for (const [name, refusal] of [
    ['too many messages in a conversation', (page) => refuse(page, 422, { message: 'Too many messages', attributes: ['base'] })],
    ['too many requests', () => setFault(scene.server, { fault: 'rate_limit', times: 1, ...MESSAGES })],
  ]) {
    test(`${name}: a countdown is shown, and everything goes out by itself, in order`, async () => {
      const visitor = await scene.chat();
      await refusal(visitor.page);
      await visitor.say('One too many');
      await visitor.say('And one more');
      await notice(visitor).waitFor();
      const first = await seconds(visitor);
      assert.ok(first > 0 && first <= 60, `${first} seconds`);
      await eventually('the countdown to go on', async () => (await seconds(visitor)) < first);
      assert.deepEqual(await scene.received(), ['Hello']);
      await notice(visitor).waitFor({ state: 'hidden', timeout: 65000 });
      await visitor.sent('And one more');
      assert.deepEqual(await scene.received(), ['Hello', 'One too many', 'And one more']);
      await scene.agree();
    });
  }

  test('a refusal for good: the server\'s words, the next message is not held up, and the visitor sends again or deletes', async () => {
    const visitor = await scene.chat();
    const words = 'Content is too long (maximum is 150000 characters)';
    await refuse(visitor.page, 422, { message: words, attributes: ['content'] }, 2);
    await visitor.say('Refused at first');
    const failed = visitor.bubble('Refused at first');
    await failed.getByRole('alert').filter({ hasText: words }).waitFor();
    await visitor.say('Refused for ever');
    await visitor.bubble('Refused for ever').getByRole('alert').waitFor();
    await visitor.say('The next one');
    await visitor.sent('The next one');
    // It outlives the page, words and all.
    await scene.visit();
    await failed.getByRole('alert').filter({ hasText: words }).waitFor();
    await failed.getByRole('button', { name: 'Retry' }).focus();
    await visitor.page.keyboard.press('Enter');
    await visitor.sent('Refused at first');
    await visitor.bubble('Refused for ever').getByRole('button', { name: 'Delete' }).click();
    await visitor.bubble('Refused for ever').waitFor({ state: 'detached' });
    await scene.visit();
    await visitor.reads('Refused at first');
    assert.deepEqual(await scene.received(), ['Hello', 'The next one', 'Refused at first']);
    await scene.agree();
  });
}
