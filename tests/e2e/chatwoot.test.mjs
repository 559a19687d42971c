// A page written for Chatwoot's own widget runs with confab-chatwoot.js: only the script's address and the inbox are ours.

import { strict as assert } from 'node:assert';
import { after, before, test } from 'node:test';

import { Agent, eventually } from './lib/agent.mjs';
import { startServer } from './lib/server.mjs';
import { startPages, startWidgetHost } from './lib/sites.mjs';
import { Visitor } from './lib/visitor.mjs';

let server, agent, inbox, widget;

before(async () => {
  server = await startServer();
  agent = new Agent(server);
  inbox = await agent.inbox();
  widget = await startWidgetHost();
});

after(async () => {
  await Promise.all([widget, server].map((one) => one?.stop()));
});

/** The page as Chatwoot's documentation has it written, with these settings. */
const page = (settings, script = '') => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Bicycles</title><script>
  window.heard2 = [];
  for (const name of ['ready', 'error', 'on-message', 'on-start-conversation', 'postback', 'opened', 'closed']) window.addEventListener('chatwoot:' + name, (e) => heard2.push([name, e.detail]));
  window.chatwootSettings = ${JSON.stringify(settings)};
  ${script}
  (function (d, t) {
    var BASE_URL = ${JSON.stringify(server.base)};
    var g = d.createElement(t), s = d.getElementsByTagName(t)[0];
    g.src = ${JSON.stringify(`${widget.origin}/confab-chatwoot.js`)};
    g.defer = true; g.async = true;
    s.parentNode.insertBefore(g, s);
    g.onload = function () { window.chatwootSDK.run({ websiteToken: ${JSON.stringify(inbox.inbox_identifier)}, baseUrl: BASE_URL }); };
  })(document, 'script');
</script></head><body><h1>Bicycles</h1></body></html>`;

async function visiting(settings, act, script) {
  const site = await startPages(() => ({ html: page(settings, script) }));
  const visitor = await Visitor.arrive();
  const warnings = [];
  visitor.page.on('console', (message) => { if (message.type() === 'warning') warnings.push(message.text()); });
  const heard = (name) => visitor.page.evaluate((n) => window.heard2.filter(([other]) => other === n).map(([, detail]) => detail), name);
  try {
    await visitor.page.goto(site.origin);
    visitor.panel = visitor.page.frameLocator('confab-launcher iframe');
    await eventually('chatwoot:ready', async () => (await heard('ready')).length === 1);
    await act(visitor, { heard, warnings });
    assert.deepEqual(visitor.crashes, []);
  } finally {
    await visitor.leave();
    await site.stop();
  }
}

test('settings, methods, state and events', { timeout: 90000 }, () => visiting(
  { position: 'left', type: 'expanded_bubble', launcherTitle: 'Ask us', welcomeTitle: 'Ahoy', availableMessage: 'Right here', locale: 'de', darkMode: 'dark', showPopoutButton: true },
  async (visitor, { heard, warnings }) => {
    const { page: tab } = visitor;
    const state = await tab.evaluate(() => ({ ...window.$chatwoot }));
    assert.equal(state.hasLoaded, true);
    assert.deepEqual([state.position, state.type, state.launcherTitle, state.isOpen, state.websiteToken], ['left', 'expanded_bubble', 'Ask us', false, inbox.inbox_identifier]);
    assert.equal(await visitor.launcher.locator('b').innerText(), 'Ask us');
    const box = await visitor.launcher.boundingBox();
    assert.ok(box.x === 20 && box.height === 48 && box.width > 100, JSON.stringify(box));
    // A second run does nothing.
    await tab.evaluate(() => window.chatwootSDK.run({ websiteToken: 'other', baseUrl: 'http://127.0.0.1:9' }));
    const user = { name: 'Kim', email: 'kim@example.org', company_name: 'Bell & Co', custom_attributes: { plan: 'gold' } };
    await tab.evaluate((given) => { window.$chatwoot.setUser('kim-1', given); window.$chatwoot.setCustomAttributes({ seats: 3, old: 1 }); window.$chatwoot.deleteCustomAttribute('old'); }, user);
    await tab.evaluate(() => { window.$chatwoot.setLabel('vip'); window.$chatwoot.removeLabel('vip'); window.$chatwoot.setConversationCustomAttributes({ order: 17 }); });
    for (const name of ['setLabel', 'removeLabel']) {
      assert.equal(warnings.filter((text) => text.includes(`confab: ${name} cannot`)).length, 1, name);
    }
    for (const wrong of ["setUser({}, { name: 'x' })", "setUser('x', {})", 'setCustomAttributes({})', 'setConversationCustomAttributes([])']) {
      assert.match(await tab.evaluate(`(() => { try { window.$chatwoot.${wrong}; return 'nothing'; } catch (error) { return error.message; } })()`), /should/, wrong);
    }
    await tab.evaluate(() => { window.$chatwoot.toggle('open'); window.$chatwoot.toggle('open'); });
    await visitor.panel.getByText('Ahoy').waitFor();
    assert.equal((await heard('opened')).length, 1);
    assert.equal(await tab.evaluate(() => window.$chatwoot.isOpen), true);
    await visitor.say('Moin');
    await visitor.sent('Moin');
    await eventually('the own message is told', async () => (await heard('on-message')).some((detail) => detail.message_type === 0 && detail.content === 'Moin'));
    assert.equal(await visitor.panel.getByRole('button', { name: 'Open in a window of its own' }).count(), 0, 'no showPopoutButton');
    const [conversation] = await agent.conversations(inbox);
    assert.deepEqual((await agent.call('GET', `/conversations/${conversation.id}`)).custom_attributes, { order: 17 });
    await agent.say(conversation.id, 'Hello Kim');
    await visitor.reads('Hello Kim');
    await eventually('the answer is told', async () => (await heard('on-message')).some((detail) => detail.message_type === 1 && detail.content === 'Hello Kim'));
    assert.ok((await heard('on-message')).every(({ created_at: at, sender }) => Math.abs(at - Date.now() / 1000) < 60 && ['user', 'contact'].includes(sender.type)));
    const items = [{ title: 'Blue one', description: 'A bicycle', actions: [{ type: 'postback', text: 'Reserve', payload: 'RESERVE_17' }] }];
    await agent.say(conversation.id, 'Look', { content_type: 'cards', content_attributes: { items } });
    await visitor.panel.getByRole('button', { name: 'Reserve' }).click();
    await eventually('the postback', async () => (await heard('postback')).length === 1);
    assert.equal((await heard('postback'))[0].data.payload, 'RESERVE_17');
    const { payload: contact } = await agent.call('GET', `/contacts/${conversation.meta.sender.id}`);
    assert.deepEqual([contact.name, contact.email, contact.identifier], ['Kim', 'kim@example.org', 'kim-1']);
    assert.deepEqual([contact.custom_attributes.plan, contact.custom_attributes.seats, contact.custom_attributes.company_name], ['gold', 3, 'Bell & Co']);
    // The conversation has begun: that it is too late is told.
    await tab.evaluate(() => window.$chatwoot.deleteConversationCustomAttribute('order'));
    await eventually('the error', async () => (await heard('error')).some(({ option }) => option === 'conversationAttributes'));
    // Another language and surface, with the panel open, in the same frame, and the conversation kept.
    assert.equal(await visitor.composer.getAttribute('aria-label'), 'Nachricht schreiben');
    await tab.evaluate(() => { window.frame = document.querySelector('confab-launcher').shadowRoot.querySelector('iframe').contentWindow; });
    await tab.evaluate(() => { window.$chatwoot.setLocale('fr'); window.$chatwoot.setColorScheme('light'); });
    await eventually('French', async () => /message/i.test(await visitor.composer.getAttribute('aria-label')));
    await visitor.panel.locator('.cf[data-theme=light]').waitFor();
    await visitor.reads('Hello Kim');
    assert.equal(await tab.evaluate(() => window.frame === document.querySelector('confab-launcher').shadowRoot.querySelector('iframe').contentWindow), true, 'the same frame');
    assert.deepEqual([(await heard('ready')).length, (await heard('opened')).length], [1, 1], 'ready and opened come once');
    await tab.evaluate(() => window.$chatwoot.reset());
    await eventually('closed', async () => (await heard('closed')).length > 0);
    assert.equal(await tab.evaluate(() => window.$chatwoot.user), undefined);
  },
));

test('what was said of an anonymous visitor goes along to the user, and not to another one', { timeout: 60000 }, () => visiting({}, async (visitor) => {
  const { page: tab } = visitor;
  await visitor.open();
  await visitor.say('Who am I?');
  await visitor.sent('Who am I?');
  await tab.evaluate(() => {
    window.$chatwoot.setCustomAttributes({ plan: 'gold' });
    window.$chatwoot.setUser('ann-1', { name: 'Ann', custom_attributes: { seats: 2 } });
  });
  await visitor.bubble('Who am I?').waitFor({ state: 'detached' });
  await visitor.say('I am Ann');
  await visitor.sent('I am Ann');
  await tab.evaluate(() => window.$chatwoot.setUser('ben-1', { name: 'Ben' }));
  await visitor.bubble('I am Ann').waitFor({ state: 'detached' });
  await visitor.say('I am Ben');
  await visitor.sent('I am Ben');
  const senders = (await agent.conversations(inbox)).map(({ meta }) => meta.sender);
  const of = (identifier) => senders.find((one) => one.identifier === identifier).custom_attributes;
  assert.deepEqual([of('ann-1'), of('ben-1')], [{ plan: 'gold', seats: 2 }, {}]);
}));

test('the ids and classes that pages look for; a hidden bubble; calls made when ready', { timeout: 60000 }, () => visiting(
  { hideMessageBubble: true, widgetStyle: 'flat' },
  async (visitor, { heard }) => {
    const { page: tab } = visitor;
    await visitor.launcher.waitFor({ state: 'hidden' });
    for (const selector of ['#cw-widget-holder.woot-widget-holder--flat', '#cw-bubble-holder', '#woot-widget-bubble-icon', '#chatwoot_live_chat_widget', '#cw-widget-styles', '.woot-widget-bubble--flat', '.woot-widget--without-bubble']) {
      assert.equal(await tab.evaluate((s) => document.querySelectorAll(s).length, selector), 1, selector);
    }
    await eventually('opened by the page when ready', async () => (await heard('opened')).length === 1);
    await visitor.composer.waitFor();
    assert.equal(Math.round((await tab.locator('confab-launcher iframe').boundingBox()).y + (await tab.locator('confab-launcher iframe').boundingBox()).height), 840);
    await tab.evaluate(() => document.querySelector('.woot-widget-bubble').click());
    await eventually('closed by the hook', async () => (await heard('closed')).length === 1);
    await tab.evaluate(() => window.$chatwoot.toggleBubbleVisibility('show'));
    await visitor.launcher.waitFor();
    assert.equal((await visitor.launcher.boundingBox()).width, 56);
  },
  "window.addEventListener('chatwoot:ready', () => { window.$chatwoot.toggle('open'); });",
));

test('Trusted Types are obeyed, with a policy that the page allows by name', { timeout: 60000 }, async () => {
  const csp = `script-src ${widget.origin} 'unsafe-inline'; frame-src ${widget.origin}; require-trusted-types-for 'script'; trusted-types confab`;
  const site = await startPages(() => ({
    html: `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Bicycles</title><script src="${widget.origin}/confab-chatwoot.js"></script>
      <script>window.chatwootSDK.run({ websiteToken: ${JSON.stringify(inbox.inbox_identifier)}, baseUrl: ${JSON.stringify(server.base)} });</script></head><body><h1>Bicycles</h1></body></html>`,
    headers: { 'content-security-policy': csp },
  }));
  const visitor = await Visitor.arrive();
  await visitor.visit(site.origin);
  await visitor.open();
  await visitor.page.evaluate(() => window.$chatwoot.setLocale('fr'));
  await eventually('French', async () => (await visitor.composer.getAttribute('aria-label').catch(() => '')).startsWith('É'));
  await visitor.say('Strictly');
  await visitor.sent('Strictly');
  assert.deepEqual([visitor.errors, visitor.crashes], [[], []]);
  await visitor.leave();
  await site.stop();
});
