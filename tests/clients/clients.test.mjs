// Subscribes, receives and reconnects with the clients that others use: nothing of ours reads a frame here.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, test } from 'node:test';
import { createCable, SubscriptionRejectedError } from '@anycable/core';
import WebSocket from 'ws';
import { Server, Wire } from './server.mjs';

const PATIENCE = 40_000;
/** Seconds without a ping after which a client gives a connection up; pings come every three. */
const STALE = 4;

// Rails' client expects a page around it.
Object.assign(globalThis, {
  self: globalThis,
  WebSocket,
  document: { visibilityState: 'visible', addEventListener() {}, removeEventListener() {} },
  addEventListener() {},
  removeEventListener() {},
});
const require = createRequire(import.meta.url);

/** What a client tells, in order, and waiting for some of it. */
class Told {
  #list = [];
  #waiting = [];

  add(what, detail) {
    this.#list.push({ what, detail });
    this.#waiting = this.#waiting.filter((look) => !look());
  }

  count(what) { return this.#list.filter((one) => one.what === what).length; }

  /** The first that fits, come or still to come. */
  when(what, fits = () => true) {
    return new Promise((done, fail) => {
      const timer = setTimeout(() => fail(new Error(`no ${what}; told: ${JSON.stringify(this.#list.map((one) => one.what))}`)), PATIENCE);
      const look = () => {
        const found = this.#list.find((one) => one.what === what && fits(one.detail));
        if (!found) return false;
        clearTimeout(timer);
        done(found.detail);
        return true;
      };
      if (!look()) this.#waiting.push(look);
    });
  }

  says(content) { return this.when('received', (frame) => frame.event === 'message.created' && frame.data.content === content); }
}

function rails(name) {
  return (url, token, told) => {
    const { createConsumer } = require(name);
    const consumer = createConsumer(url);
    consumer.connection.monitor.constructor.staleThreshold = STALE;
    const identifier = { channel: 'RoomChannel', pubsub_token: token };
    const subscription = consumer.subscriptions.create(identifier, {
      connected: () => told.add('connected'),
      disconnected: () => told.add('disconnected'),
      rejected: () => told.add('rejected'),
      received: (frame) => told.add('received', frame),
    });
    return {
      ask: () => subscription.perform('update_presence'),
      leave: () => subscription.unsubscribe(),
      end: () => consumer.disconnect(),
    };
  };
}

function anycable(url, token, told) {
  const cable = createCable(url, {
    websocketImplementation: WebSocket, pingInterval: 3000, maxMissingPings: 1, logLevel: 'error',
    reconnectStrategy: () => 300,
  });
  const channel = cable.subscribeTo('RoomChannel', { pubsub_token: token });
  channel.on('connect', () => told.add('connected'));
  channel.on('disconnect', () => told.add('disconnected'));
  channel.on('close', (reason) => reason instanceof SubscriptionRejectedError && told.add('rejected'));
  channel.on('message', (frame) => told.add('received', frame));
  return {
    ask: () => channel.perform('update_presence'),
    leave: () => channel.disconnect(),
    end: () => cable.disconnect(),
  };
}

const CLIENTS = {
  '@rails/actioncable 6.1': rails('actioncable-6'),
  '@rails/actioncable 7.2': rails('actioncable-7'),
  '@rails/actioncable 8.1': rails('actioncable-8'),
  '@anycable/core': anycable,
};

/** A client on a server of its own, behind a wire; whatever happens, all of it is ended. */
async function chat(connect, story) {
  const server = await new Server().start();
  const wire = await new Wire().start(server.port);
  const told = new Told();
  let client;
  try {
    const visitor = await server.visitor();
    const address = `ws://127.0.0.1:${wire.port}/cable`;
    client = connect(address, visitor.token, told);
    await told.when('connected');
    await story({ address, server, wire, told, visitor, client });
    assert.equal(told.count('rejected'), 0);
  } finally {
    client?.end();
    wire.end();
    await server.end();
  }
}

for (const [name, connect] of Object.entries(CLIENTS)) {
  describe(name, { concurrency: true }, () => {
    test('subscribes, receives, asks for presence, unsubscribes', () => chat(connect, async ({ address, told, visitor, client }) => {
      await visitor.say('one <b>&');
      await told.says('one <b>&');
      client.ask();
      await told.when('received', (frame) => frame.event === 'presence.update' && typeof frame.data.users === 'object');
      client.leave();
      const before = told.count('received');
      await visitor.say('unheard');
      // A second client of the same session hears it: by then the first would have, too.
      const other = new Told();
      const second = connect(address, visitor.token, other);
      try {
        await other.when('connected');
        await visitor.say('heard by the second');
        await other.says('heard by the second');
      } finally {
        second.end();
      }
      assert.equal(told.count('received'), before);
    }));

    for (const [how, signal] of [['is stopped, with a frame that says so', 'SIGTERM'], ['is killed', 'SIGKILL']]) {
      test(`comes back after the server ${how}`, () => chat(connect, async ({ server, told, visitor }) => {
        await server.stop(signal);
        await told.when('disconnected');
        const before = told.count('connected');
        await server.start();
        await visitor.say('while away');
        await told.when('connected', () => told.count('connected') > before);
        await visitor.say('back');
        await told.says('back');
      }));
    }

    test('leaves a connection without pings', () => chat(connect, async ({ wire, told, visitor }) => {
      const before = told.count('connected');
      wire.freeze();
      await told.when('connected', () => told.count('connected') > before);
      assert.ok(wire.opened > 1);
      await visitor.say('thawed');
      await told.says('thawed');
    }));
  });
}
