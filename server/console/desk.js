// What an agent does: carries out the person's wishes over the API and feeds answers and events to the store.

import { ApiError, cableUrl } from "./api.js";
import { AgentCable } from "./cable.js";
import { Lists } from "./lists.js";
import { INCOMING } from "./records.js";

const REST = 10_000; // between two looks of our own accord when the window comes back
const LOOK = 30_000; // what another agent has read is announced to nobody

/** One signed-in agent's desk. `notify(text)` shows an error; `onSignedOut(text)` ends the session. */
export class Desk {
  #api;
  #store;
  #cable = null;
  #notify;
  #onSignedOut;
  #queues = new Map();
  #sent = 0;
  #seen = null;
  #refreshed = 0;
  #looks = 0;
  #wake = () => this.#woke();

  constructor(api, store, { notify, onSignedOut }) {
    this.#api = api;
    this.#store = store;
    this.#notify = notify;
    this.#onSignedOut = onSignedOut;
    /** What the list, the search and the team are loaded by. */
    this.lists = new Lists(api, store, { words: (error) => this.#words(error), fetch: (id) => this.#fetch(id) });
  }

  /** Opens the cable and loads the first list. */
  start() {
    this.#connect();
    document.addEventListener("visibilitychange", this.#wake);
    addEventListener("focus", this.#wake);
    this.#looks = setInterval(() => document.hidden || this.#store.link !== "live" || this.lists.load(), LOOK);
    this.lists.load();
    this.lists.loadTeam();
  }

  stop() {
    this.#cable?.close();
    document.removeEventListener("visibilitychange", this.#wake);
    removeEventListener("focus", this.#wake);
    clearInterval(this.#looks);
    this.lists.stop();
  }

  /** Asks again for what may have been missed: the list, the counts, the team, and the thread that is open. */
  refresh() {
    const { selected } = this.#store;
    this.#refreshed = performance.now();
    this.lists.load();
    this.lists.loadTeam();
    if (selected !== null) this.#loadSelected(selected);
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

  /** Sends into a conversation. `message`: content, private, kind, attributes, files. */
  send(id, message) {
    this.#sent += 1;
    const out = {
      ...{ private: false, kind: "text", attributes: {}, files: [] },
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

  /** `until`: when a snoozed conversation comes back, in Unix seconds. */
  setStatus(id, status, until = undefined) {
    return this.#change(id, () => this.#api.setStatus(id, status, until));
  }

  /** `agent` is an id, or null for nobody. */
  assign(id, agent) {
    return this.#change(id, () => this.#api.assign(id, agent));
  }

  setLabels(id, labels) {
    return this.#change(id, () => this.#api.setLabels(id, labels));
  }

  /**
   * The survey comes with resolving, once, where the inbox wants it; where it would not come, it is sent as a message.
   */
  survey(id, message) {
    const had = this.#store.rows(id).some((row) => row.kind === "input_csat");
    return this.#act(async () => {
      const it = this.#store.conversation(id);
      const inbox = await this.#api.inbox(it.inbox);
      if (inbox.csat_survey_enabled && !had && it.status !== "resolved") await this.setStatus(id, "resolved");
      else this.send(id, message);
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
      this.#store.putSent(await this.#api.send(out.conversation, bodyOf(out), out.files), out.echo);
    } catch (error) {
      const lost = error instanceof ApiError && error.unknownOutcome;
      Object.assign(out, { state: lost ? "unconfirmed" : "failed", error: this.#words(error) });
      this.#store.changed();
    }
  }

  async #loadSelected(id) {
    const known = this.#store.conversation(id);
    const [found] = await Promise.all([this.#fetch(id), this.#loadPage(id, null)]);
    if (found?.contact) this.lists.loadEarlier(found.contact.id);
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

  #change(id, work) {
    return this.#act(async () => {
      await work();
      await this.#fetch(id);
      this.lists.loadSoon();
    });
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
    } else if (name === "presence.update") store.putPresence(data);
    else if (name === "contact.updated") store.putContact(data);
    else if (name === "conversation.deleted") store.removeConversation(data.id);
    else if (data.id && data.status && data.meta && /^(conversation|assignee|team)\./.test(name)) {
      store.putEventConversation(data);
      if (name !== "conversation.read") this.lists.loadSoon();
    }
  }

  #messageEvent(name, data) {
    const created = name === "message.created";
    this.#store.putEventMessage(data, created);
    if (!this.#store.conversations.has(data.conversation_id)) this.#fetch(data.conversation_id);
    if (created && data.message_type === INCOMING && data.conversation_id === this.#store.selected) this.markSeen();
  }

  #woke() {
    if (document.hidden) return;
    // A server whose job queue stood still keeps a live socket and sends nothing: look for oneself.
    if (this.#cable?.live && performance.now() - this.#refreshed > REST) this.refresh();
    else this.markSeen();
  }
}

function bodyOf(out) {
  const plain = out.kind === "text" && Object.keys(out.attributes).length === 0;
  const interactive = plain ? {} : { content_type: out.kind, content_attributes: out.attributes };
  return { content: out.content, message_type: "outgoing", private: out.private, echo_id: out.echo, ...interactive };
}
