// The chat inside the page, without a frame: <confab-chat> where the page places it, and the panel of data-mode="shadow".

import { strict as assert } from 'node:assert';
import { after, before, describe, test } from 'node:test';

import { eventually } from './lib/agent.mjs';
import { Inside, counting, picture, styled, usable, whole } from './lib/inside.mjs';

let chats, other;

before(async () => { chats = await Inside.open(); });
after(() => chats?.close());

describe('<confab-chat>', () => {
  test('a visitor and an agent write to each other; the page comes again and shows it; nothing is framed', () => chats.visiting(chats.inline(), async (visitor, inbox, site) => {
    await chats.chat(visitor, inbox);
    await picture(visitor.page, 'inline');
    assert.equal(await visitor.page.locator('iframe').count(), 0);
    assert.equal(await visitor.page.evaluate(() => document.activeElement.localName), 'confab-chat');
    await visitor.page.goto(site.origin);
    await visitor.reads('Is the blue one in stock?');
    assert.equal(await visitor.page.evaluate(() => document.activeElement.localName), 'body', 'it takes no focus by itself');
    assert.deepEqual(await visitor.bubbles(), ['Is the blue one in stock?', '«Is the blue one in stock?» It is.']);
    const names = await visitor.page.evaluate(() => Object.keys(localStorage));
    assert.ok(names.some((name) => name.startsWith('confab:') && name.endsWith(site.origin)), `stored as the page's own: ${names}`);
  }));

  test('what goes on is told by events of the element, which its page hears too', () => chats.visiting(chats.inline(), async (visitor, inbox) => {
    await chats.chat(visitor, inbox);
    assert.equal((await visitor.heard('usable')).length, 1);
    const told = (await visitor.heard('message')).map(({ direction, content }) => [direction, content]);
    assert.deepEqual(told, [['sent', 'Is the blue one in stock?'], ['received', '«Is the blue one in stock?» It is.']]);
    const items = [{ title: 'Blue one', description: 'A bicycle', actions: [{ type: 'postback', text: 'Reserve', payload: 'RESERVE_17' }] }];
    await chats.agent.say((await chats.conversation(inbox)).id, 'Look', { content_type: 'cards', content_attributes: { items } });
    await visitor.panel.getByRole('button', { name: 'Reserve' }).click();
    await eventually('the postback', async () => (await visitor.heard('postback'))[0]?.payload === 'RESERVE_17');
  }));

  test('the script tag brings the element along', () => chats.visiting({
    make: (inbox) => whole(
      `${styled()}${chats.tag(inbox, { title: 'Marigold' })}`,
      '<h1>Bicycles</h1><main><confab-chat></confab-chat></main>',
    ),
  }, async (visitor, inbox) => {
    await visitor.panel.getByText('Marigold').waitFor();
    await chats.chat(visitor, inbox);
  }));

  test('the page drives one: texts, users, attributes; a wrong call is refused with its remedy', () => chats.visiting(chats.inline(), async (visitor, inbox) => {
    const call = (name, ...given) => visitor.panel.evaluate((one, [method, args]) => one[method](...args).then(() => 'done', (error) => error.message), [name, given]);
    assert.equal(await call('setUser', 'user-7', { name: 'Ada Byron', custom_attributes: { plan: 'gold' } }), 'done');
    assert.equal(await call('send', 'I clicked on «Help».'), 'done');
    await visitor.sent('I clicked on «Help».');
    const { sender } = (await chats.agent.conversations(inbox))[0].meta;
    assert.deepEqual([sender.identifier, sender.name, sender.custom_attributes], ['user-7', 'Ada Byron', { plan: 'gold' }]);
    await call('prefill', 'Order 17: ');
    await eventually('the text', async () => await visitor.composer.inputValue() === 'Order 17: ');
    assert.match(await call('send', ' '), /takes a text.*Remedy/);
    assert.match(await call('setUser', {}), /identifier.*Remedy/);
    await call('logout');
    await eventually('nothing said', async () => (await visitor.bubbles()).length === 0);
  }));

  test('a wrong option is told with its remedy, and says calmly that it cannot chat', () => chats.visiting({
    make: () => whole(styled() + chats.module, '<confab-chat base-url="chat.example.com"></confab-chat>'),
  }, async (visitor) => {
    await eventually('two errors', async () => (await visitor.heard('error')).length === 2);
    assert.deepEqual((await visitor.heard('error')).map(({ option }) => option).sort(), ['baseUrl', 'inboxIdentifier']);
    await visitor.panel.locator('.notice:not([hidden])').waitFor();
  }));

  test('two inboxes in two places, and one inbox in two', () => chats.visiting({
    make: async (inbox) => {
      other = await chats.agent.inbox();
      const rules = 'confab-chat { width: 400px; height: 380px; } body { display: grid; grid-template-columns: 1fr 1fr 1fr; gap: 8px; }';
      return whole(`<style>${rules}</style>${chats.module}`, chats.placed(inbox, 'id="a"') + chats.placed(inbox, 'id="b"') + chats.placed(other, 'id="c"'));
    },
  }, async (visitor, inbox) => {
    await usable(visitor, 3);
    const at = (id) => { visitor.panel = visitor.page.locator(`#${id}`); };
    at('c');
    await chats.chat(visitor, other, 'Do you rent?');
    at('a');
    await chats.chat(visitor, inbox, 'Do you sell?');
    at('b');
    await visitor.reads('«Do you sell?» It is.');
    await visitor.say('And repair?');
    await visitor.sent('And repair?');
    at('a');
    await visitor.reads('And repair?');
    assert.equal((await chats.agent.conversations(inbox)).length, 1);
    assert.deepEqual((await visitor.page.locator('#c').getByRole('log').locator('.bubble').allInnerTexts()).map((text) => text.trim()), ['Do you rent?', '«Do you rent?» It is.']);
    await picture(visitor.page, 'three');
  }));

  test('out of sight nothing is downloaded, and nothing counts as read', () => chats.visiting({
    make: (inbox) => whole(styled() + chats.module, `<h1>Bicycles</h1><p style="height: 3000px">Long</p>${chats.placed(inbox)}`),
    prepare: (visitor) => { visitor.asked = []; visitor.page.on('request', (request) => visitor.asked.push(request.url())); },
  }, async (visitor, inbox) => {
    await visitor.page.waitForLoadState('networkidle');
    assert.deepEqual(visitor.asked.filter((url) => /wasm|public/.test(url)), []);
    await visitor.panel.scrollIntoViewIfNeeded();
    const unread = (count) => eventually(`${count} unread`, async () => { assert.equal(await visitor.panel.evaluate((one) => one.unread), count); return true; });
    const id = await chats.chat(visitor, inbox);
    await eventually('the answer to be read', async () => (await visitor.heard('unread')).at(-1)?.count === 0);
    await visitor.page.evaluate(() => scrollTo(0, 0));
    await chats.agent.say(id, 'Shall I keep one for you?');
    await unread(1);
    await visitor.panel.scrollIntoViewIfNeeded();
    await unread(0);
    await visitor.panel.evaluate((one) => one.addEventListener('confab:message', () => scrollTo(0, 0), { once: true }));
    await chats.agent.say(id, 'It came as you left.');
    await eventually('out of sight', () => visitor.page.evaluate(() => scrollY === 0));
    await chats.agent.say(id, 'And this after you left.');
    await unread(2);
  }));

  test('Enter before the program has started sends when it has', () => {
    let goOn;
    const held = new Promise((done) => { goOn = done; });
    return chats.visiting(chats.inline({
      prepare: (visitor) => visitor.context.route('**/*.wasm', async (route) => {
        await held;
        await route.continue();
      }),
    }), async (visitor) => {
      await visitor.composer.pressSequentially('I was quick');
      await visitor.composer.press('Enter');
      assert.equal(await visitor.composer.inputValue(), 'I was quick');
      goOn();
      await visitor.sent('I was quick');
      assert.deepEqual(await visitor.bubbles(), ['I was quick']);
      assert.equal(await visitor.composer.inputValue(), '');
    });
  });

  test('another inbox in its attribute is another chat; a class is none', () => chats.visiting(chats.inline(), async (visitor, inbox) => {
    await chats.chat(visitor, inbox);
    const other = await chats.agent.inbox();
    await visitor.panel.evaluate((one) => { one.className = 'wide'; one.lastLog = one.shadowRoot.querySelector('[role=log]'); });
    assert.equal(await visitor.panel.evaluate(async (one) => { await new Promise(requestAnimationFrame); return one.lastLog === one.shadowRoot.querySelector('[role=log]'); }), true);
    await visitor.panel.evaluate((one, name) => one.setAttribute('inbox-identifier', name), other.inbox_identifier);
    await eventually('an empty chat', async () => (await visitor.bubbles()).length === 0);
    await chats.chat(visitor, other, 'Something else');
  }));
});

describe('a panel without a frame', () => {
  test('opens, chats, closes by Escape and gives the focus back', () => chats.visiting(chats.panel(), async (visitor, inbox) => {
    await visitor.open();
    await chats.chat(visitor, inbox);
    await picture(visitor.page, 'panel');
    assert.equal(await visitor.page.locator('iframe').count(), 0);
    await eventually('the answer is read', async () => (await visitor.heard('unread')).at(-1)?.count === 0);
    await visitor.composer.press('Escape');
    await visitor.page.waitForFunction(() => document.activeElement.localName === 'confab-launcher');
    assert.equal(await visitor.launcher.getAttribute('aria-expanded'), 'false');
    await visitor.panel.waitFor({ state: 'hidden' });
    await chats.agent.say((await chats.conversation(inbox)).id, 'One more thing');
    await eventually('the badge', async () => await visitor.badge.innerText() === '1');
    await visitor.launcher.click();
    await visitor.reads('One more thing');
    await eventually('the caret in the box', () => visitor.composer.evaluate((field) => field.getRootNode().activeElement === field));
    assert.deepEqual((await visitor.heard('opened')).length, 2);
  }));

  test('the body is replaced: it comes back with its conversation', () => chats.visiting(chats.panel(), async (visitor, inbox) => {
    await visitor.open();
    await chats.chat(visitor, inbox);
    await visitor.page.evaluate(() => { const body = document.createElement('body'); body.textContent = 'New'; document.body.replaceWith(body); });
    await visitor.reads('Is the blue one in stock?');
    await visitor.say('Still there?');
    await visitor.sent('Still there?');
  }));

  test('goes on in a window of its own with what was typed, also when the page has left', () => chats.visiting(chats.panel(), async (visitor, inbox) => {
    await visitor.open();
    const id = await chats.chat(visitor, inbox);
    await visitor.composer.fill('Half a thought');
    const [page] = await Promise.all([visitor.context.waitForEvent('page'), visitor.panel.getByRole('button', { name: 'Open in a window of its own' }).click()]);
    const other = Object.assign(Object.create(Object.getPrototypeOf(visitor)), { page, panel: page.locator('confab-chat') });
    await other.reads('Is the blue one in stock?');
    await eventually('what was typed', async () => await other.composer.inputValue() === 'Half a thought');
    assert.equal(await visitor.launcher.getAttribute('aria-expanded'), 'false');
    await other.composer.press('Enter');
    await other.sent('Half a thought');
    await visitor.launcher.click();
    await visitor.reads('Half a thought');
    assert.equal(await visitor.composer.inputValue(), '');
    await visitor.page.evaluate(() => confab('setAttributes', { plan: 'gold' }));
    await eventually('the attribute', async () => (await chats.agent.conversations(inbox))[0].meta.sender.custom_attributes.plan === 'gold');
    await visitor.page.goto('about:blank');
    await other.say('By myself');
    await other.sent('By myself');
    await chats.agent.say(id, 'I am here');
    await other.reads('I am here');
    const texts = (await chats.agent.messages(id)).map(({ content }) => content);
    assert.deepEqual(texts, ['Is the blue one in stock?', '«Is the blue one in stock?» It is.', 'Half a thought', 'By myself', 'I am here']);
    await picture(page, 'window');
  }));

  test('the window is the user that the page has named by then, and follows it out', () => chats.visiting(chats.panel(), async (visitor, inbox) => {
    await visitor.open();
    await usable(visitor);
    await visitor.page.evaluate(() => confab('setUser', 'kim-7', { name: 'Kim' }));
    const [page] = await Promise.all([visitor.context.waitForEvent('page'), visitor.panel.getByRole('button', { name: 'Open in a window of its own' }).click()]);
    const other = Object.assign(Object.create(Object.getPrototypeOf(visitor)), { page, panel: page.locator('confab-chat') });
    await other.say('As Kim');
    await other.sent('As Kim');
    const { meta } = await chats.conversation(inbox);
    assert.deepEqual([meta.sender.identifier, meta.sender.name], ['kim-7', 'Kim']);
    await visitor.page.evaluate(() => confab('logout'));
    await eventually('nothing said', async () => (await other.bubbles()).length === 0);
  }));

  test('its script is refused: a link comes soon', () => chats.visiting(chats.panel({
    headers: { 'content-security-policy': `script-src ${chats.widget.origin}/confab.js` },
  }), async (visitor) => {
    await visitor.launcher.click();
    await visitor.page.locator('confab-launcher a').waitFor({ timeout: 8000 });
    assert.equal((await visitor.heard('error'))[0].option, 'mode');
  }));

  test('on a phone it fills the screen', () => chats.visiting(chats.panel({ options: { viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true } }), async (visitor, inbox) => {
    await visitor.open();
    await chats.chat(visitor, inbox);
    await picture(visitor.page, 'phone');
    const box = await visitor.panel.boundingBox();
    assert.deepEqual([Math.round(box.width), Math.round(box.height)], [360, 640]);
  }));
});

describe('coming and going', () => {
  const NOTHING = { listeners: [], timers: 0, sockets: 0, channels: 0, observers: 0, locks: 0 };

  test('a hundred times leaves nothing behind', () => chats.visiting({
    make: () => whole(styled() + chats.module, '<main></main>'),
    options: {},
    prepare: (visitor) => visitor.page.addInitScript(counting),
  }, async (visitor, inbox) => {
    const page = visitor.page;
    const devtools = await visitor.context.newCDPSession(page);
    const rounds = (count) => page.evaluate(async ([base, name, times]) => {
      for (let i = 0; i < times; i += 1) {
        const one = document.createElement('confab-chat');
        one.setAttribute('base-url', base);
        one.setAttribute('inbox-identifier', name);
        const usable = new Promise((done) => { one.addEventListener('confab:usable', done, { once: true }); });
        document.querySelector('main').append(one);
        await usable;
        one.remove();
        await new Promise((done) => { setTimeout(done, 5); });
      }
    }, [chats.server.base, inbox.inbox_identifier, count]);
    const heap = async () => {
      await devtools.send('HeapProfiler.collectGarbage');
      await devtools.send('HeapProfiler.collectGarbage');
      const { usedSize } = await devtools.send('Runtime.getHeapUsage');
      const { nodes } = await devtools.send('Memory.getDOMCounters');
      return { used: usedSize, nodes, wasm: await page.evaluate(() => memory.buffer.byteLength) };
    };
    await page.evaluate(() => customElements.whenDefined('confab-chat'));
    await rounds(20);
    await eventually('nothing is left', async () => { assert.deepEqual(await page.evaluate(() => left()), NOTHING); return true; });
    const first = await heap();
    await rounds(100);
    await eventually('nothing is left', async () => { assert.deepEqual(await page.evaluate(() => left()), NOTHING); return true; });
    const last = await heap();
    assert.equal(await page.evaluate(() => programs), 1, 'one program for all');
    assert.ok(last.used - first.used < 1e6, `heap ${first.used} → ${last.used}`);
    assert.ok(last.wasm - first.wasm <= 65536, `memory ${first.wasm} → ${last.wasm}`);
    assert.ok(last.nodes - first.nodes < 200, `nodes ${first.nodes} → ${last.nodes}`);
  }));

  test('the panel too: shutdown leaves nothing', () => chats.visiting(chats.panel({ prepare: (visitor) => visitor.page.addInitScript(counting) }), async (visitor, inbox) => {
    await visitor.open();
    await chats.chat(visitor, inbox);
    await visitor.page.evaluate(() => confab('shutdown'));
    await eventually('nothing is left', async () => { assert.deepEqual(await visitor.page.evaluate(() => left()), NOTHING); return true; });
    assert.equal(await visitor.page.locator('confab-chat, confab-launcher').count(), 0);
  }));

  test('taken away and put back it goes on; moved, it never stopped', () => chats.visiting(chats.inline({ prepare: (visitor) => visitor.page.addInitScript(counting) }), async (visitor, inbox) => {
    const id = await chats.chat(visitor, inbox);
    await visitor.composer.pressSequentially('Half a sent');
    await visitor.page.evaluate(() => { window.one = document.querySelector('confab-chat'); window.log = one.shadowRoot.querySelector('[role=log]'); });
    await visitor.page.evaluate(() => { const aside = document.body.appendChild(document.createElement('aside')); aside.append(one); });
    assert.equal(await visitor.page.evaluate(() => log.isConnected && one.shadowRoot.contains(log)), true);
    await visitor.page.evaluate(() => one.remove());
    await eventually('nothing is left', async () => { assert.deepEqual(await visitor.page.evaluate(() => left()), NOTHING); return true; });
    await chats.agent.say(id, 'Said meanwhile');
    await visitor.page.evaluate(() => document.body.append(one));
    await visitor.reads('Said meanwhile');
    assert.equal(await visitor.composer.inputValue(), 'Half a sent');
    await visitor.composer.press('Enter');
    await visitor.sent('Half a sent');
    assert.equal(await visitor.page.evaluate(() => programs), 1);
  }));
});
