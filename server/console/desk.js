// What an agent does: carries out the person's wishes over the API and feeds answers and events to the store.

import { ApiError, cableUrl } from "./api.js";
import { AgentCable } from "./cable.js";
import { INCOMING } from "./records.js";

const LIST_PAGE = 25;
const COUNT_PAUSE = 400;
const REST = 10_000; // between two looks of our own accord when the window comes back
const FILTERS = {
  open: { status: "open" },
  mine: { status: "open", assignee_type: "me" },
  resolved: { status: "resolved" },
};

/** One signed-in agent's desk. `notify(text)` shows an error; `onSignedOut(text)` ends the session. */
export class Desk {
  #api;
  #store;
  #cable = null;
  #notify;
  #onSignedOut;
  #queues = new Map();
  #countTimer = 0;
  #sent = 0;
  #seen = null;
  #refreshed = 0;
  #wake = () => this.#woke();

  constructor(api, store, { notify, onSignedOut }) {
    this.#api = api;
    this.#store = store;
    this.#notify = notify;
    this.#onSignedOut = onSignedOut;
  }

  /** Opens the cable and loads the first list. */
  start() {
    this.#connect();
    document.addEventListener("visibilitychange", this.#wake);
    addEventListener("focus", this.#wake);
    this.loadList(this.#store.tab);
  }

  stop() {
    this.#cable?.close();
    document.removeEventListener("visibilitychange", this.#wake);
    removeEventListener("focus", this.#wake);
    clearTimeout(this.#countTimer);
  }

  /** Asks again for what may have been missed: the list, the counts, and the thread that is open. */
  refresh() {
    const { tab, selected } = this.#store;
    this.#refreshed = performance.now();
    this.loadList(tab);
    if (tab === "resolved") this.#countSoon();
    if (selected !== null) this.#loadSelected(selected);
  }

  showTab(tab) {
    this.#store.tab = tab;
    this.#store.changed();
    this.loadList(tab);
  }

  async loadList(tab, page = 1) {
    const list = this.#store.lists[tab];
    if (list.loading && page !== 1) return;
    list.loading = true;
    list.error = null;
    this.#store.changed();
    const stamp = this.#store.stamp();
    try {
      const { data } = await this.#api.conversations({ ...FILTERS[tab], page });
      const full = data.payload.length >= LIST_PAGE;
      if (page >= list.page) Object.assign(list, { page, more: full });
      if (page === 1) {
        for (const id of this.#store.putList(tab, data.payload, stamp, !full)) this.#fetch(id);
      } else for (const raw of data.payload) this.#store.putConversation(raw);
      if (tab === "open") this.#store.counts = { open: data.meta.all_count, mine: data.meta.mine_count };
      if (tab === "mine") this.#countSoon();
    } catch (error) {
      list.error = this.#words(error);
    }
    list.loading = false;
    this.#store.changed();
  }

  select(id) {
    if (this.#store.selected === id) return;
    this.#store.selected = id;
    this.#store.changed();
    if (id !== null) this.#loadSelected(id);
  }

  async loadOlder() {
    const id = this.#store.selected;
    const thread = this.#store.thread(id);
    if (!thread?.loaded || thread.complete || thread.loading) return;
    await this.#loadPage(id, Math.min(...thread.messages.keys()));
  }

  /** Asks once more for the page of messages that could not be had. */
  loadAgain() {
    const id = this.#store.selected;
    const thread = this.#store.thread(id);
    if (thread?.error) this.#loadPage(id, thread.failed);
  }

  /** Tells the server that the open conversation was read, when the agent can really see it. */
  async markSeen() {
    const it = this.#store.conversation();
    if (!it || document.hidden || !document.hasFocus() || it.unread === 0 || this.#seen === it.id) return;
    this.#seen = it.id;
    try {
      const raw = await this.#api.seen(it.id);
      it.unread = 0;
      if (raw) this.#store.putConversation(raw);
      this.#store.changed();
    } catch (error) {
      this.#words(error);
    }
    this.#seen = null;
  }

  /** Sends into a conversation. `message`: content, private, kind, attributes. */
  send(id, message) {
    this.#sent += 1;
    const out = {
      ...{ private: false, kind: "text", attributes: {} },
      ...message,
      echo: `${this.#store.echoPrefix}${this.#sent}`,
      conversation: id,
    };
    this.#submit(out);
  }

  retry(out) {
    this.discard(out);
    this.#submit(out);
  }

  discard(out) {
    const thread = this.#store.thread(out.conversation);
    thread.outgoing = thread.outgoing.filter((it) => it !== out);
    this.#store.changed();
  }

  async deleteMessage(message) {
    await this.#act(async () => {
      const raw = await this.#api.deleteMessage(message.conversation, message.id);
      // The answer carries no updated_at; the event does, and whichever comes later shows the same.
      if (raw?.id) this.#store.putEventMessage({ ...raw, updated_at: Date.now() / 1000 }, false);
    });
  }

  setStatus(id, status) {
    return this.#act(async () => {
      await this.#api.setStatus(id, status);
      await this.#fetch(id);
      this.#countSoon();
    });
  }

  assignToMe(id) {
    return this.#act(async () => {
      await this.#api.assign(id, this.#store.me.id);
      await this.#fetch(id);
      this.#countSoon();
    });
  }

  /** Typing is a courtesy: when telling fails, nobody needs to know. */
  typing(id, on, note) {
    this.#api.typing(id, on, note).catch(() => {});
  }

  #connect() {
    const me = this.#store.me;
    this.#cable = new AgentCable({
      url: cableUrl(),
      identifier: { channel: "RoomChannel", pubsub_token: me.pubsub_token, account_id: this.#api.account, user_id: me.id },
      onState: (state) => {
        this.#store.link = state;
        this.#store.changed();
      },
      onLive: () => this.refresh(),
      onSilence: () => this.#checkToken(),
      onEvent: (name, data) => this.#event(name, data),
    });
  }

  // The cable answers a token it does not know by silence; the API says more.
  async #checkToken() {
    try {
      const me = await this.#api.profile();
      if (me.pubsub_token === this.#store.me.pubsub_token) return;
      this.#cable.close();
      this.#store.me = me;
      this.#connect();
    } catch (error) {
      this.#words(error);
    }
  }

  #submit(out) {
    const thread = this.#store.thread(out.conversation);
    Object.assign(out, { state: "sending", error: null, createdAt: Date.now() / 1000 });
    out.after = Math.max(0, ...thread.messages.keys());
    thread.outgoing.push(out);
    this.#store.changed();
    // One after the other, so that the server keeps the order they were written in.
    const before = this.#queues.get(out.conversation) ?? Promise.resolve();
    this.#queues.set(out.conversation, before.then(() => this.#deliver(out)));
  }

  async #deliver(out) {
    try {
      this.#store.putSent(await this.#api.send(out.conversation, bodyOf(out)), out.echo);
    } catch (error) {
      const lost = error instanceof ApiError && error.unknownOutcome;
      Object.assign(out, { state: lost ? "unconfirmed" : "failed", error: this.#words(error) });
      this.#store.changed();
    }
  }

  async #loadSelected(id) {
    const known = this.#store.conversation(id);
    const [found] = await Promise.all([this.#fetch(id), this.#loadPage(id, null)]);
    if (found || known) await this.markSeen();
  }

  async #loadPage(id, before) {
    const thread = this.#store.thread(id);
    thread.loading = true;
    thread.error = null;
    this.#store.changed();
    const stamp = this.#store.stamp();
    try {
      const { payload } = await this.#api.messages(id, before);
      this.#store.putPage(id, payload, stamp, before);
    } catch (error) {
      Object.assign(thread, { error: this.#words(error), failed: before });
    }
    thread.loading = false;
    this.#store.changed();
  }

  async #fetch(id) {
    try {
      return this.#store.putConversation(await this.#api.conversation(id));
    } catch (error) {
      const words = this.#words(error);
      if (error.status === 404) this.#store.removeConversation(id);
      if (error.status !== 0) this.#notify(words);
      return null;
    }
  }

  async #act(work) {
    try {
      await work();
    } catch (error) {
      this.#notify(this.#words(error));
    }
  }

  #words(error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 401) this.#onSignedOut(error.message);
    return error.message;
  }

  #event(name, data) {
    const store = this.#store;
    if (name === "message.created" || name === "message.updated") this.#messageEvent(name, data);
    else if (name === "conversation.typing_on" || name === "conversation.typing_off") {
      const own = data.user?.type === "user" && data.user.id === store.me.id;
      if (data.user && data.conversation && !own) store.putTyping(data.conversation.id, data.user, name.endsWith("on"));
    } else if (name === "presence.update") {
      if (data.contacts) store.online = new Set(Object.keys(data.contacts));
      store.changed();
    } else if (name === "contact.updated") store.putContact(data);
    else if (name === "conversation.deleted") store.removeConversation(data.id);
    else if (data.id && data.status && data.meta && /^(conversation|assignee|team)\./.test(name)) {
      store.putEventConversation(data);
      if (name !== "conversation.read") this.#countSoon();
    }
  }

  #messageEvent(name, data) {
    const created = name === "message.created";
    this.#store.putEventMessage(data, created);
    if (!this.#store.conversations.has(data.conversation_id)) this.#fetch(data.conversation_id);
    if (created && data.message_type === INCOMING && data.conversation_id === this.#store.selected) this.markSeen();
  }

  // The counts come with the list of open conversations.
  #countSoon() {
    clearTimeout(this.#countTimer);
    this.#countTimer = setTimeout(() => this.loadList("open"), COUNT_PAUSE);
  }

  #woke() {
    if (document.hidden) return;
    // A server whose job queue stood still keeps a live socket and sends nothing: look for oneself.
    if (this.#cable?.live && performance.now() - this.#refreshed > REST) this.refresh();
    else this.markSeen();
  }
}

function bodyOf(out) {
  const interactive = out.kind === "text" ? {} : { content_type: out.kind, content_attributes: out.attributes };
  return { content: out.content, message_type: "outgoing", private: out.private, echo_id: out.echo, ...interactive };
}
