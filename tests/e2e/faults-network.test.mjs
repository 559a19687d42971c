// A visitor on a bad network, with a server in distress, in a browser that sleeps or forgets: nothing lost, nothing doubled.

import { strict as assert } from 'node:assert';
import { after, afterEach, before, test } from 'node:test';

import { eventually } from './lib/agent.mjs';
import { MESSAGES, faults, setFault } from './lib/faults.mjs';
import { Scene } from './lib/scene.mjs';
import { FOREIGN } from './lib/server.mjs';
import { hide } from './lib/tabs.mjs';

if (!FOREIGN) {
  let scene;

  before(async () => { scene = await Scene.open(); });
  afterEach(async () => {
    assert.deepEqual(scene.visitor.crashes, []);
    await scene.widget?.stop();
  });
  after(() => scene?.close());

  /** Requests by which the page itself sends a message: what the browser repeats below it is not among them. */
  function attempts(page) {
    const seen = [];
    page.on('request', (request) => {
      if (request.method() === 'POST' && request.url().endsWith('/messages')) seen.push(request.postData());
    });
    return seen;
  }

  test('a server that cannot be reached at the start: the history is there, text is kept, and goes out when it is back', async () => {
    const visitor = await scene.chat();
    await scene.visit();
    await visitor.reads('Good morning');
    await eventually('the history to be kept', () => kept(visitor.page, 'composition', 'Good morning'));
    await scene.outage();
    await scene.visit();
    await visitor.reads('Good morning');
    await visitor.say('Sent into the void');
    await visitor.composer.fill('Half a thou');
    await eventually('the text to be kept', () => kept(visitor.page, 'composition', 'Half a thou'));
    await scene.proxy.tell('door blackhole');
    await scene.visit();
    await visitor.reads('Sent into the void');
    await eventually('the text in the composer', async () => (await visitor.composer.inputValue()) === 'Half a thou');
    assert.deepEqual(await scene.received(), ['Hello']);
    await scene.heal();
    await visitor.sent('Sent into the void');
    assert.equal(await visitor.composer.inputValue(), 'Half a thou');
    assert.deepEqual(await scene.received(), ['Hello', 'Sent into the void']);
    await scene.agree();
  });

  test('the connection is reset, falls silent, or is cut in pieces: the subscription comes back, and what was missed', async () => {
    const visitor = await scene.chat();
    const confirmed = scene.confirmations();
    for (const [name, fault] of [['reset', 'running reset'], ['closed', 'running close'], ['silent', 'running freeze']]) {
      const before = confirmed.length;
      await scene.proxy.tell(fault);
      await scene.agent.say(scene.conversation, `While it was ${name}`);
      await eventually(`a subscription after it was ${name}`, () => confirmed.length > before, { within: 20000 });
      await visitor.reads(`While it was ${name}`);
    }
    await scene.proxy.tell('latency 80 80');
    await scene.proxy.tell('slice 100 2');
    await visitor.say('Slowly, piece by piece');
    await visitor.sent('Slowly, piece by piece');
    await scene.agree();
  });

  test('an error of 500 after the message was stored: it is found, and not sent again', async () => {
    const visitor = await scene.chat();
    const tried = attempts(visitor.page);
    await setFault(scene.server, { fault: 'error', when: 'after', times: 1, ...MESSAGES });
    await visitor.say('Stored in spite of it');
    await visitor.sent('Stored in spite of it');
    await visitor.say('The next one');
    await visitor.sent('The next one');
    assert.deepEqual(await scene.received(), ['Hello', 'Stored in spite of it', 'The next one']);
    assert.equal(tried.length, 2);
    await scene.agree();
  });

  test('an error of 500 before the message was stored: it is sent again by itself, and the next one waits for it', async () => {
    const visitor = await scene.chat();
    await setFault(scene.server, { fault: 'error', when: 'before', times: 1, ...MESSAGES });
    await visitor.say('Not stored at first');
    await visitor.say('The next one');
    await visitor.sent('The next one');
    assert.deepEqual(await scene.received(), ['Hello', 'Not stored at first', 'The next one']);
    await scene.agree();
  });

  test('an answer is lost: the page sends once, whatever the browser repeats', async () => {
    const visitor = await scene.chat();
    const tried = attempts(visitor.page);
    // Counts what arrives: the browser itself repeats a POST whose connection ends without an answer.
    await setFault(scene.server, { fault: 'delay', before_ms: 1, ...MESSAGES });
    await setFault(scene.server, { fault: 'drop_answer', when: 'after', times: 1, ...MESSAGES });
    await visitor.say('Did you get that?');
    await visitor.sent('Did you get that?');
    const arrived = struck(await faults(scene.server));
    assert.equal(tried.length, 1);
    assert.deepEqual(await scene.received(), ['Hello', ...Array(arrived).fill('Did you get that?')]);
    await scene.agree();
  });

  test('the job queue stands still: messages are sent all the same, and late events double nothing', async () => {
    const visitor = await scene.chat();
    await setFault(scene.server, { fault: 'stall', for_ms: 4000 });
    await visitor.say('Into the stall');
    await visitor.sent('Into the stall');
    await scene.agent.say(scene.conversation, 'Out of the stall');
    await visitor.reads('Out of the stall');
    await scene.agree();
  });

  test('a captive portal in the middle of a chat: what is written waits, and is sent when it is gone', async () => {
    const visitor = await scene.chat();
    await setFault(scene.server, { fault: 'captive_portal' });
    await scene.proxy.tell('running reset');
    await visitor.say('From the train');
    await scene.visit();
    await visitor.reads('From the train');
    await scene.heal();
    await visitor.say('Signed in at last');
    await eventually('both on the server', async () => (await scene.received()).length === 3, { within: 45000 });
    assert.deepEqual(await scene.received(), ['Hello', 'From the train', 'Signed in at last']);
    await visitor.sent('Signed in at last');
    await scene.agree();
  });

  test('a frozen tab: what came meanwhile is there when it wakes, and what was being sent arrives once', async () => {
    const visitor = await scene.chat();
    const session = await visitor.context.newCDPSession(visitor.page);
    await setFault(scene.server, { fault: 'delay', after_ms: 300, times: 1, ...MESSAGES });
    await visitor.composer.fill('Good night');
    await visitor.composer.press('Enter');
    await eventually('the message on the server', async () => (await scene.received()).includes('Good night'));
    await visitor.page.evaluate(() => {
      window.lived = [];
      for (const name of ['freeze', 'resume']) document.addEventListener(name, () => window.lived.push(name));
    });
    const show = await hide(visitor.page);
    await session.send('Page.setWebLifecycleState', { state: 'frozen' });
    for (let number = 1; number <= 25; number += 1) await scene.agent.say(scene.conversation, `Dream ${number}`);
    // Once the answer has come: a connection that breaks before it makes the browser itself send again.
    await new Promise((done) => { setTimeout(done, 300); });
    await scene.proxy.tell('running reset');
    await session.send('Page.setWebLifecycleState', { state: 'active' });
    await show();
    await visitor.reads('Dream 25');
    await visitor.sent('Good night');
    assert.deepEqual(await visitor.page.evaluate(() => window.lived), ['freeze', 'resume']);
    assert.deepEqual(await scene.received(), ['Hello', 'Good night']);
    await scene.agree();
  });

  test('away and back by the history: the chat goes on where it was, and what came meanwhile is there', async () => {
    const visitor = await scene.chat();
    await visitor.say('Back in a moment');
    await visitor.sent('Back in a moment');
    await visitor.page.evaluate(() => {
      window.shown = [];
      window.addEventListener('pageshow', ({ persisted }) => window.shown.push(persisted));
    });
    await visitor.page.goto('about:blank');
    await scene.agent.say(scene.conversation, 'Take your time');
    await visitor.page.goBack({ waitUntil: 'commit' });
    await visitor.composer.waitFor();
    // The very page that was left, kept whole; one that is loaded anew knows nothing of the list.
    assert.deepEqual(await visitor.page.evaluate(() => window.shown), [true]);
    await visitor.reads('Take your time');
    await visitor.say('Here I am');
    await visitor.sent('Here I am');
    assert.deepEqual(await scene.received(), ['Hello', 'Back in a moment', 'Here I am']);
    await scene.agree();
  });

  test('everything stored is cleared while a message waits: it arrives once, in the same chat, and so does the next', async () => {
    const visitor = await scene.chat();
    const session = await visitor.context.newCDPSession(visitor.page);
    await scene.outage();
    await visitor.say('Before everything was cleared');
    await eventually('the row in the store', () => kept(visitor.page, 'outbox', 'Before everything was cleared'));
    await session.send('Storage.clearDataForOrigin', { origin: scene.widget.origin, storageTypes: 'all' });
    assert.deepEqual(await visitor.page.evaluate(() => indexedDB.databases()), []);
    await scene.heal();
    await visitor.sent('Before everything was cleared');
    await visitor.say('After everything was cleared');
    await visitor.sent('After everything was cleared');
    assert.deepEqual(await scene.received(), ['Hello', 'Before everything was cleared', 'After everything was cleared']);
    await scene.agree();
    await scene.visit();
    await visitor.reads('After everything was cleared');
    await scene.agree();
  });
}

/** Whether one of the database's stores holds the text. */
function kept(page, store, text) {
  return page.evaluate(([name, wanted]) => new Promise((done, fail) => {
    const request = indexedDB.open('confab');
    request.onerror = fail;
    request.onsuccess = () => {
      const all = request.result.transaction(name).objectStore(name).getAll();
      all.onsuccess = () => { request.result.close(); done(JSON.stringify(all.result).includes(wanted)); };
    };
  }), [store, text]);
}

/** How often the fault that was set first struck. */
function struck({ faults: [first] }) {
  return first.struck;
}
