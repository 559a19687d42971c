// The visitor's side: a real Chromium, and verbs for what a person does in it.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { chromium } from 'playwright-core';

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];

const executablePath = fileURLToPath(new URL('chromium.sh', import.meta.url));

/** Everything in one store of the chat's database, as text; of a page, or of the frame that holds the chat. */
export function stored(page, store) {
  return page.evaluate((name) => new Promise((done, fail) => {
    const request = indexedDB.open('confab');
    request.onerror = fail;
    request.onsuccess = () => {
      const all = request.result.transaction(name).objectStore(name).getAll();
      all.onsuccess = () => { request.result.close(); done(JSON.stringify(all.result)); };
    };
  }), store);
}

/** What a page shows of a message that it should have stored. */
export async function looks(page, text) {
  const row = page.locator('article.msg').filter({ hasText: text }).last();
  const state = await row.getAttribute('data-delivery', { timeout: 5000 }).catch(() => 'not shown');
  return `«${text}» is ${state}, and in the composer is «${await page.getByRole('textbox').inputValue({ timeout: 5000 }).catch(() => '')}»`;
}

/** Those who are in a browser with others. */
const together = new Set();

/** One person with a browser and a profile of their own: a private window would deny storage to the chat's frame. */
export class Visitor {
  static async arrive(options = {}) {
    const visitor = new Visitor();
    visitor.profile = fs.mkdtempSync(path.join(os.tmpdir(), 'confab-visitor-'));
    visitor.options = options;
    visitor.errors = [];
    visitor.crashes = [];
    return visitor.launch();
  }

  /** The same in a browser that others are or were in. */
  static async enter(context) {
    const visitor = Object.assign(new Visitor(), { context, options: {}, errors: [], crashes: [] });
    together.add(visitor);
    await visitor.meet(await context.newPage());
    return visitor;
  }

  /** Opens the browser with this visitor's profile; again, after it was killed. */
  async launch() {
    this.context = await chromium.launchPersistentContext(this.profile, {
      executablePath, args: FLAGS, viewport: { width: 1280, height: 860 }, locale: 'en-US', ...this.options,
    });
    await this.meet(this.context.pages()[0]);
    return this;
  }

  /** From now on this page is the visitor's. */
  async meet(page) {
    this.page = page;
    this.page.on('console', (message) => { if (message.type() === 'error') this.errors.push(message.text()); });
    this.page.on('pageerror', (error) => this.crashes.push(error.message));
    await this.page.addInitScript(() => {
      if (window !== window.top) return;
      window.heard = [];
      for (const name of ['ready', 'usable', 'opened', 'closed', 'unread', 'message', 'status', 'postback', 'error']) {
        window.addEventListener(`confab:${name}`, (event) => window.heard.push({ name, ...(event.detail ?? {}) }));
      }
    });
  }

  /** Goes to a page with the script tag; the launcher is there. */
  async visit(url) {
    await this.page.goto(url);
    await this.launcher.waitFor();
    this.panel = this.page.frameLocator('confab-launcher iframe');
    return this;
  }

  /** Goes to the hosted page, where the chat is the page. */
  async visitHosted(url) {
    await this.page.goto(url);
    this.panel = this.page;
    await this.composer.waitFor();
    return this;
  }

  get launcher() { return this.page.locator('confab-launcher button').first(); }
  get badge() { return this.launcher.locator('span'); }
  get composer() { return this.panel.getByRole('textbox'); }
  get log() { return this.panel.getByRole('log'); }
  /** Every message on screen, in order, as its text. */
  bubble(text) { return this.log.locator('article.msg').filter({ hasText: text }); }
  async bubbles() { return (await this.log.locator('article.msg .bubble').allInnerTexts()).map((t) => t.trim()); }

  async open() {
    await this.launcher.click();
    await this.composer.waitFor();
  }

  async say(text) {
    await this.composer.fill(text);
    await this.composer.press('Enter');
    await this.bubble(text).first().waitFor();
  }

  /** The message is on screen and the server has it. */
  async sent(text) {
    await this.log.locator('article[data-delivery=sent],article[data-delivery=seen]').filter({ hasText: text }).first().waitFor();
  }

  async reads(text) { await this.bubble(text).first().waitFor(); }
  async heard(name) { return this.page.evaluate((n) => window.heard.filter((e) => e.name === n), name); }

  async leave() {
    if (together.delete(this)) {
      if (!together.size) await this.context.unrouteAll({ behavior: 'ignoreErrors' });
      // Who is alone closes the windows that were opened, too.
      for (const page of together.size ? [this.page] : this.context.pages().slice(1)) await page.close();
      return;
    }
    await this.context.close();
    fs.rmSync(this.profile, { recursive: true, force: true });
  }
}
