// The agent's side of a chat, by the application API alone.

import { strict as assert } from 'node:assert';

export class Agent {
  constructor(server) {
    this.server = server;
  }

  async call(method, path, body, token = this.server.agentToken) {
    const response = await fetch(`${this.server.base}/api/v1/accounts/${this.server.account}${path}`, {
      method,
      headers: { api_access_token: token, ...(body ? { 'content-type': 'application/json' } : {}) },
      body: body && JSON.stringify(body),
    });
    const text = await response.text();
    assert.ok(response.ok, `${method} ${path}: ${response.status} ${text.slice(0, 200)}`);
    return text ? JSON.parse(text) : null;
  }

  async profileId(token) {
    const response = await fetch(`${this.server.base}/api/v1/profile`, { headers: { api_access_token: token } });
    assert.equal(response.status, 200, 'GET profile');
    return (await response.json()).id;
  }

  /** An API inbox of its own, so that tests do not see each other. */
  async inbox(channel = {}, settings = {}) {
    const admin = this.server.adminToken;
    const inbox = await this.call('POST', '/inboxes', { name: 'Web chat', channel: { type: 'api', webhook_url: '', ...channel } }, admin);
    await this.call('PATCH', `/inboxes/${inbox.id}`, { enable_auto_assignment: false, ...settings }, admin);
    const members = [await this.profileId(admin), await this.profileId(this.server.agentToken)];
    await this.call('POST', '/inbox_members', { inbox_id: inbox.id, user_ids: members }, admin);
    return inbox;
  }

  /** The conversations of an inbox, any status. */
  async conversations(inbox) {
    return (await this.call('GET', `/conversations?status=all&inbox_id=${inbox.id}`)).data.payload;
  }

  /** Public messages of a conversation, oldest first, as [who, text]. */
  async messages(conversation) {
    const all = [];
    let before = '';
    for (;;) {
      const { payload } = await this.call('GET', `/conversations/${conversation}/messages${before}`);
      if (!payload.length) break;
      all.unshift(...payload);
      if (payload.length < 20) break;
      before = `?before=${Math.min(...payload.map((m) => m.id))}`;
    }
    return all.filter((m) => !m.private && m.message_type !== 2);
  }

  say(conversation, content, more = {}) {
    return this.call('POST', `/conversations/${conversation}/messages`, { content, ...more });
  }

  typing(conversation, status, isPrivate = false) {
    return this.call('POST', `/conversations/${conversation}/toggle_typing_status`, { typing_status: status, is_private: isPrivate });
  }
}

/** Asks until the answer is truthy; fails with what was seen last. */
export async function eventually(what, ask, { within = 15000 } = {}) {
  const end = Date.now() + within;
  let last;
  while (Date.now() < end) {
    try {
      const found = await ask();
      if (found) return found;
      last = found;
    } catch (error) {
      last = error;
    }
    await new Promise((done) => { setTimeout(done, 50); });
  }
  throw new Error(`${what}: not within ${within} ms; last seen: ${last instanceof Error ? last.message : JSON.stringify(last)}`);
}
