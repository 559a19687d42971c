// The server's own faults (`serve --faults`), for what a proxy cannot know.

import { strict as assert } from 'node:assert';

export const SECRET = 'for-tests-only';
/** The visitor's messages. */
export const MESSAGES = { method: 'POST', path: '/public/api/v1/inboxes/*/contacts/*/conversations/*/messages' };

async function control(server, method, body) {
  const response = await fetch(`${server.base}/faults`, { method, headers: { 'x-confab-faults': SECRET }, body: body && JSON.stringify(body) });
  const text = await response.text();
  assert.ok(response.ok, `${method} /faults: ${response.status} ${text.slice(0, 200)}`);
  return text ? JSON.parse(text) : null;
}

export const setFault = (server, fault) => control(server, 'POST', fault);
export const faults = (server) => control(server, 'GET');
export const clearFaults = (server) => control(server, 'DELETE');
