// Bad configuration: the owner reads which option, which value, what to do; the visitor sees something calm.

import { strict as assert } from 'node:assert';
import { createHmac } from 'node:crypto';
import { after, before, describe, test } from 'node:test';

import { eventually } from './lib/agent.mjs';
import { scriptTag, startHtmlHost } from './lib/sites.mjs';
import { World, onSite as onPage } from './lib/world.mjs';

let world, server, inbox, guarded, html;

before(async () => {
  world = await World.open();
  ({ server } = world);
  inbox = await world.agent.inbox();
  guarded = await world.agent.inbox({ hmac_mandatory: true });
  html = await startHtmlHost();
});

after(async () => {
  await Promise.all([html?.stop(), world?.close()]);
});

const onSite = (options, act) => onPage(`<h1>Bicycles</h1>${scriptTag(world.widget.origin, options)}`, act);

/** The owner's error about an option, in the page's event and in its console. */
async function ownerReads(visitor, option, value) {
  // A host that does not answer is asked a few times before the owner is told.
  const error = await eventually(`an error about ${option}`, async () => (await visitor.heard('error')).find((e) => e.option === option), { within: 40000 });
  assert.ok(error.remedy?.length > 10, `a remedy: ${JSON.stringify(error)}`);
  assert.ok(error.code, 'a code for programs');
  if (value !== undefined) assert.equal(error.value, value);
  await eventually('the console names it', () => visitor.errors.some((line) => line.includes(option) && line.includes(error.remedy)));
  assert.deepEqual(visitor.crashes, []);
  return error;
}

const calm = (visitor) => visitor.panel.locator('.notice:not([hidden]),.bar:not([hidden])').first().waitFor();

describe('an option that the script itself can judge', () => {
  for (const [option, options] of [
    ['baseUrl', () => ({ inboxIdentifier: inbox.inbox_identifier })],
    ['inboxIdentifier', () => ({ baseUrl: server.base })],
  ]) {
    test(`${option} missing: told at once, no launcher, nothing else on the page disturbed`, () => onSite(options(), async (visitor, site) => {
      await visitor.page.goto(site.origin);
      await ownerReads(visitor, option, '');
      assert.equal(await visitor.launcher.count(), 0);
    }));
  }
});

describe('an option that only the answer can judge', () => {
  const cases = {
    'a base URL that is none': ['baseUrl', () => ({ baseUrl: 'app.example', inboxIdentifier: inbox.inbox_identifier }), 'app.example'],
    'a base URL of another scheme': ['baseUrl', () => ({ baseUrl: 'ftp://app.example/', inboxIdentifier: inbox.inbox_identifier }), 'ftp://app.example/'],
    'an unknown inbox': ['inboxIdentifier', () => ({ baseUrl: server.base, inboxIdentifier: 'AbsentAbsentAbsentAbsent' }), 'AbsentAbsentAbsentAbsent'],
    'a wrong identifier hash': ['identifierHash', () => ({ baseUrl: server.base, inboxIdentifier: guarded.inbox_identifier, identifier: 'u1', identifierHash: 'f'.repeat(64) })],
    'a host that does not answer': ['baseUrl', () => ({ baseUrl: 'http://127.0.0.1:9', inboxIdentifier: inbox.inbox_identifier }), 'http://127.0.0.1:9'],
    'a host that answers with a page': ['baseUrl', () => ({ baseUrl: html.origin, inboxIdentifier: inbox.inbox_identifier })],
  };
  for (const [name, [option, options, value]] of Object.entries(cases)) {
    test(`${name}: the owner reads about ${option}, the visitor sees a calm message`, () => onSite(options(), async (visitor, site) => {
      await visitor.visit(site.origin);
      await visitor.open();
      await ownerReads(visitor, option, value);
      await calm(visitor);
    }));
  }

  test('a hash is demanded and none is given: told when the first message cannot be sent, the text is kept', () => onSite(
    { baseUrl: server.base, inboxIdentifier: guarded.inbox_identifier },
    async (visitor, site) => {
      await visitor.visit(site.origin);
      await visitor.open();
      await visitor.say('Anyone?');
      await ownerReads(visitor, 'identifierHash');
      await visitor.reads('Anyone?');
      await calm(visitor);
    },
  ));

  test('the right hash is accepted', () => {
    const identifierHash = createHmac('sha256', guarded.hmac_token).update('u1').digest('hex');
    return onSite({ baseUrl: server.base, inboxIdentifier: guarded.inbox_identifier, identifier: 'u1', identifierHash }, async (visitor, site) => {
      await visitor.visit(site.origin);
      await visitor.open();
      await visitor.say('It is me');
      await visitor.sent('It is me');
      assert.deepEqual(await visitor.heard('error'), []);
    });
  });

  test('a set-up that cannot work is not asked again and again', () => onSite(
    { baseUrl: html.origin, inboxIdentifier: inbox.inbox_identifier },
    async (visitor, site) => {
      const start = html.requests.length;
      await visitor.visit(site.origin);
      await visitor.open();
      await ownerReads(visitor, 'baseUrl');
      // Opening and closing must not start it over either. What is watched for is an absence, so the time is fixed.
      const end = Date.now() + 12000;
      while (Date.now() < end) {
        await visitor.launcher.click();
        await new Promise((done) => { setTimeout(done, 500); });
        const asked = html.requests.slice(start);
        assert.ok(asked.length <= 20, `${asked.length} requests: ${asked.slice(0, 25)}`);
      }
    },
  ));
});
