// An agent at the bundled console, in a real browser, and a visitor who is nothing but the client API.

import { strict as assert } from 'node:assert';

import { chromium } from 'playwright-core';

const executablePath = process.env.CONFAB_CHROMIUM ?? '/usr/bin/chromium';

/** One browser for all agents of a file; each has a context, hence a session, of their own. */
export async function startDesks(server) {
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  return {
    sitDown: async (who, options) => new Desk(server, browser).open(who, options),
    stop: () => browser.close(),
  };
}

class Desk {
  constructor(server, browser) {
    this.server = server;
    this.browser = browser;
  }

  /** `who`: agent or administrator. */
  async open(who, options = {}) {
    this.context = await this.browser.newContext({ locale: 'en-US', viewport: { width: 1280, height: 800 }, ...options });
    this.page = await this.context.newPage();
    this.complaints = [];
    this.page.on('pageerror', (error) => this.complaints.push(error.message));
    this.page.on('console', (message) => { if (/Content Security Policy|Trusted/.test(message.text())) this.complaints.push(message.text()); });
    await this.page.goto(`${this.server.base}/agent?as=${who}`);
    await this.page.locator('#link').getByText('Online').waitFor();
    return this;
  }

  item(text) { return this.page.locator('.item').filter({ hasText: text }); }
  async openItem(text) { await this.item(text).click(); }
  get log() { return this.page.getByRole('log', { name: 'Messages' }); }
  message(text) { return this.log.locator('article').filter({ hasText: text }); }
  get field() { return this.page.locator('#composer-text'); }
  get contact() { return this.page.getByRole('complementary', { name: 'Contact' }); }
  button(name) { return this.page.getByRole('button', { name }); }

  async choose(button, entry) {
    await this.button(button).click();
    await this.page.locator('[role=menu] [role^=menuitem]').filter({ hasText: entry }).first().click();
  }

  async say(text) {
    await this.field.fill(text);
    await this.field.press('Enter');
    await this.message(text).first().waitFor();
  }

  /** Leaves; nothing was thrown and nothing was blocked meanwhile. */
  async leave() {
    await this.context.close();
    assert.deepEqual(this.complaints, []);
  }
}

/** A visitor by the client API: a contact with one conversation. */
export class Guest {
  static async arrive(server, inbox, contact = {}) {
    const guest = new Guest();
    guest.root = `${server.base}/public/api/v1/inboxes/${inbox}/contacts`;
    const session = await guest.call('POST', '', { name: 'Kim', ...contact });
    guest.source = session.source_id;
    guest.path = `/${guest.source}/conversations`;
    guest.id = (await guest.call('POST', guest.path, {})).id;
    guest.path += `/${guest.id}`;
    return guest;
  }

  async call(method, path, body) {
    const response = await fetch(this.root + path, { method, headers: { 'content-type': 'application/json' }, body: body && JSON.stringify(body) });
    const text = await response.text();
    assert.ok(response.ok, `${method} ${path}: ${response.status} ${text.slice(0, 200)}`);
    return text ? JSON.parse(text) : null;
  }

  say(content) { return this.call('POST', `${this.path}/messages`, { content }); }
  messages() { return this.call('GET', `${this.path}/messages`); }
  typing(status) { return this.call('POST', `${this.path}/toggle_typing`, { typing_status: status }); }
  sees() { return this.call('POST', `${this.path}/update_last_seen`, {}); }
  submit(message, values) { return this.call('PATCH', `${this.path}/messages/${message}`, { submitted_values: values }); }
}
