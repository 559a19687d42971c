// Everything the console knows. Pure state: no network, no DOM; whoever changes it calls `changed`.

import { ACTIVITY, INCOMING, OUTGOING, byTime, isDeleted, readContact, readConversation, readMessage } from "./records.js";

const PAGE = 20; // messages a page
const TYPING = 30; // the server never ends typing by itself

/** The console's state, and how documents and events change it. */
export class Store {
  me = null;
  link = "connecting";
  /** What the list shows: a status or `all`, and `all`, `me` or `unassigned`. */
  filter = { status: "open", assignee: "all" };
  /** `{text, ids, loading, error}` while something is searched for. */
  search = null;
  selected = null;
  conversations = new Map();
  counts = new Map(); // by status: {all, me, unassigned}
  /** The ids of all conversations of a contact, where they were asked for. */
  earlier = new Map();
  agents = [];
  inboxes = new Map(); // names by id
  here = new Set(); // ids of the agents who are online
  #lists = new Map();
  threads = new Map();
  typing = new Map();
  online = null;
  /** What the echo ids of this window begin with, so that no other client's is taken for ours. */
  echoPrefix = `console-${crypto.randomUUID()}-`;
  #listeners = new Set();
  #queued = false;
  #events = 0;

  /** Calls `listener` once after every batch of changes. */
  subscribe(listener) {
    this.#listeners.add(listener);
  }

  changed() {
    if (this.#queued) return;
    this.#queued = true;
    queueMicrotask(() => {
      this.#queued = false;
      for (const listener of this.#listeners) listener();
    });
  }

  /** A stamp for "what I ask for now may be older than events that come meanwhile". */
  stamp() {
    return this.#events;
  }

  conversation(id = this.selected) {
    return id === null ? undefined : this.conversations.get(id);
  }

  thread(id = this.selected) {
    if (id === null) return undefined;
    if (!this.threads.has(id)) this.threads.set(id, newThread());
    return this.threads.get(id);
  }

  /** How far the list of a filter is loaded. */
  list({ status, assignee } = this.filter) {
    const key = `${status} ${assignee}`;
    if (!this.#lists.has(key)) this.#lists.set(key, { page: 0, more: false, loading: false, error: null });
    return this.#lists.get(key);
  }

  /** The conversations to show, the most recently active first. */
  visible() {
    if (this.search === null) return this.matching(this.filter);
    return this.search.ids.map((id) => this.conversations.get(id)).filter(Boolean).sort(byActivity);
  }

  /** The known conversations that a filter lets through. */
  matching({ status, assignee }) {
    const wanted = { all: () => true, me: (it) => it.assignee?.id === this.me?.id, unassigned: (it) => !it.assignee }[assignee];
    return [...this.conversations.values()].filter((it) => (status === "all" || it.status === status) && wanted(it)).sort(byActivity);
  }

  /** Messages in order, then what is still on its way. */
  rows(id = this.selected) {
    const thread = this.thread(id);
    return [...[...thread.messages.values()].sort(byTime), ...thread.outgoing];
  }

  /** Who types in a conversation now, as names. */
  typists(id = this.selected, now = Date.now() / 1000) {
    const people = [...(this.typing.get(id)?.values() ?? [])];
    return people.filter((person) => person.until > now).map((person) => person.name);
  }

  isOnline(contact) {
    return this.online?.has(String(contact.id)) ?? contact.online;
  }

  /** Takes in a conversation document that was asked for; an older one only fills what is missing. */
  putConversation(raw) {
    const next = readConversation(raw);
    const known = this.conversations.get(next.id);
    const merged = known ? mergeConversation(known, next) : { unread: 0, custom: {}, labels: [], event: 0, ...next };
    this.conversations.set(next.id, merged);
    this.changed();
    return merged;
  }

  /** Takes in a conversation event's data. */
  putEventConversation(raw) {
    this.#events += 1;
    this.putConversation(raw).event = this.#events;
  }

  /**
   * Takes in the first page of a filter's list, asked for at `stamp`. What should be on it and is not has moved elsewhere
   * while nobody told; the ids of those that are still needed are returned, to be asked for one by one.
   */
  putList(filter, payload, stamp, whole) {
    const listed = new Set(payload.map((raw) => raw.id));
    const oldest = Math.min(...payload.map((raw) => readConversation(raw).activityAt));
    const gone = this.matching(filter).filter((it) => !listed.has(it.id) && it.event <= stamp && (whole || it.activityAt > oldest));
    for (const it of gone) if (it.id !== this.selected) this.conversations.delete(it.id);
    for (const raw of payload) this.putConversation(raw);
    this.changed();
    return gone.map((it) => it.id).filter((id) => id === this.selected);
  }

  removeConversation(id) {
    this.conversations.delete(id);
    this.threads.delete(id);
    if (this.selected === id) this.selected = null;
    this.changed();
  }

  /** Takes in `message.created` (`created`) or `message.updated`. */
  putEventMessage(raw, created) {
    this.#events += 1;
    const message = { ...readMessage(raw), event: this.#events };
    const thread = this.thread(message.conversation);
    const known = thread.messages.get(message.id);
    if (known && known.updatedAt > message.updatedAt) return;
    // An update of a message that is not loaded would leave a hole after it; so would any before the first page.
    if (known || (created && (thread.loaded || thread.loading))) this.#putMessage(thread, message);
    this.#touch(message, raw.conversation);
    this.changed();
  }

  /** Takes in the answer to a message that was sent. */
  putSent(raw, echo) {
    const message = { ...readMessage(raw), echo };
    const thread = this.thread(message.conversation);
    const known = thread.messages.get(message.id);
    if (known) claim(thread, message);
    else this.#putMessage(thread, { ...message, event: this.#events });
    this.#touch(message, undefined);
    this.changed();
  }

  /** Takes in a page of messages asked for at `stamp`; `before` null = the newest page. */
  putPage(id, payload, stamp, before) {
    const thread = this.thread(id);
    const page = payload.map(readMessage).sort(byTime);
    const ids = page.map((message) => message.id);
    const oldest = Math.min(...ids);
    const short = page.length < PAGE;
    if (before !== null || !thread.loaded) thread.complete = short;
    else if (!short && !ids.some((known) => thread.messages.has(known))) {
      // More was missed than one page: what is older is no longer joined to it and is loaded again on scrolling.
      for (const known of thread.messages.keys()) if (known < oldest) thread.messages.delete(known);
      thread.complete = false;
    }
    thread.loaded = true;
    for (const message of page) {
      const known = thread.messages.get(message.id);
      if (!known || (known.event ?? 0) <= stamp) this.#putMessage(thread, { ...message, event: known?.event ?? 0 });
    }
    adoptUnconfirmed(thread, page, this.me?.id);
    this.changed();
  }

  /** Takes in who is online, as the cable tells it after every sign of life of our own. */
  putPresence({ users, contacts }) {
    if (users) this.here = new Set(Object.keys(users).filter((id) => users[id] !== "offline").map(Number));
    if (contacts) this.online = new Set(Object.keys(contacts));
    this.changed();
  }

  putContact(raw) {
    const contact = readContact(raw);
    for (const it of this.conversations.values()) {
      if (it.contact?.id === contact.id) it.contact = { ...contact, online: contact.online ?? it.contact.online };
    }
    this.changed();
  }

  putTyping(id, person, on) {
    const people = this.typing.get(id) ?? new Map();
    const key = `${person.type ?? "user"}-${person.id}`;
    if (on) people.set(key, { name: person.available_name || person.name || "Somebody", until: Date.now() / 1000 + TYPING });
    else people.delete(key);
    this.typing.set(id, people);
    this.changed();
  }

  #putMessage(thread, message) {
    const ours = message.echo?.startsWith?.(this.echoPrefix) === true;
    if (ours) claim(thread, message);
    const key = thread.messages.get(message.id)?.key ?? (ours ? message.echo : message.key);
    thread.messages.set(message.id, { ...message, key });
  }

  #touch(message, extra) {
    const it = this.conversations.get(message.conversation);
    if (!it) return;
    if (message.type === INCOMING && message.sender) this.typing.get(it.id)?.delete(`contact-${message.sender.id}`);
    if (message.type === OUTGOING && message.sender) this.typing.get(it.id)?.delete(`${message.sender.type}-${message.sender.id}`);
    if (message.type !== ACTIVITY && (!it.last || message.id >= it.last.id)) it.last = message;
    it.activityAt = Math.max(it.activityAt, extra?.last_activity_at ?? message.createdAt);
    if (extra?.unread_count !== undefined && message.createdAt >= it.activityAt) it.unread = extra.unread_count;
    it.sourceId ??= extra?.contact_inbox?.source_id;
  }
}

function byActivity(a, b) {
  return b.activityAt - a.activityAt || b.id - a.id;
}

function newThread() {
  return { messages: new Map(), outgoing: [], claimed: new Set(), loaded: false, complete: false, loading: false, error: null, failed: null };
}

function mergeConversation(known, next) {
  const older = next.updatedAt < known.updatedAt;
  const [base, over] = older ? [next, known] : [known, next];
  const merged = { ...base };
  for (const [name, value] of Object.entries(over)) if (value !== undefined) merged[name] = value;
  if (known.contact && next.contact) merged.contact.online = next.contact.online ?? known.contact.online;
  merged.last = newest(known.last, next.last);
  merged.activityAt = Math.max(known.activityAt, next.activityAt);
  merged.contactSeenAt = Math.max(known.contactSeenAt, next.contactSeenAt);
  return merged;
}

function newest(a, b) {
  if (!a || !b) return a ?? b;
  if (a.id === b.id) return isDeleted(a) ? a : b;
  return a.id > b.id ? a : b;
}

// One message answers one outgoing message, never two.
function claim(thread, message) {
  thread.claimed.add(message.id);
  const at = thread.outgoing.findIndex((it) => it.echo === message.echo);
  if (at >= 0) thread.outgoing.splice(at, 1);
}

// The server keeps no echo_id: a message whose answer was lost is known by its text alone.
function adoptUnconfirmed(thread, page, me) {
  for (const out of thread.outgoing.filter((it) => it.state === "unconfirmed")) {
    const found = page.find((it) => it.id > out.after && it.sender?.id === me && it.type === OUTGOING
      && it.private === out.private && it.content === out.content && it.attachments.length === out.files.length
      && !thread.claimed.has(it.id));
    if (found) claim(thread, { id: found.id, echo: out.echo });
  }
}
