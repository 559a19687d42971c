// The middle column: the conversation's bar, its messages, who types.

import { ICONS, h, icon, reconcile } from "./dom.js";
import { messageParts } from "./message.js";
import { ACTIVITY, INCOMING, isDeleted, nameOf } from "./records.js";
import { dayKey, dayName, dayTime, exactly, machine, timeOf } from "./time.js";

const TOGETHER = 180; // seconds in which messages of one author form a group
const NEAR = 80; // pixels from the end that still count as being there
const SURE = 4_000;
const CONTENTS = new WeakMap();

/** Returns the function that shows the open conversation. `view`: goList, goContact. */
export function mountThread(store, desk, view) {
  const bar = document.getElementById("thread-bar");
  const log = document.getElementById("log");
  const rows = document.getElementById("rows");
  const typing = document.getElementById("typing");
  const toEnd = document.getElementById("to-end");
  const scroll = new Scroll(log, rows, toEnd);
  let shown = null;
  let shownEnd = "";
  log.addEventListener("scroll", () => log.scrollTop < 120 && store.thread()?.loaded && desk.loadOlder(), { passive: true });

  return () => {
    const it = store.conversation();
    reconcile(bar, barItems(store, desk, view, it));
    log.setAttribute("aria-busy", String(store.thread()?.loading === true));
    const items = rowItems(store, desk);
    // Only what comes at the end is news: not another conversation, not history, not a tick.
    const end = `${store.selected} ${items.at(-1)?.key}`;
    const news = store.selected === shown && end !== shownEnd;
    log.setAttribute("aria-live", news ? "polite" : "off");
    shown = store.selected;
    shownEnd = end;
    scroll.keep(store.selected, () => reconcile(rows, items));
    const names = store.typists();
    const words = names.length === 0 ? "" : `${names.join(", ")} ${names.length > 1 ? "are" : "is"} typing …`;
    if (typing.textContent !== words) typing.textContent = words;
  };
}

/** Keeps the reader's place: at the end it follows, elsewhere it stays with what is being read. */
class Scroll {
  #log;
  #rows;
  #button;
  #shown = null;
  #atEnd = true;

  constructor(log, rows, button) {
    this.#log = log;
    this.#rows = rows;
    this.#button = button;
    log.addEventListener("scroll", () => this.#look(), { passive: true });
    button.addEventListener("click", () => this.#toEnd());
    // Pictures that load and a window that changes its size move the end away.
    const observer = new ResizeObserver(() => this.#atEnd && this.#toEnd());
    observer.observe(log);
    observer.observe(rows);
  }

  keep(id, change) {
    const other = id !== this.#shown;
    this.#shown = id;
    const stay = this.#anchor();
    const last = this.#rows.lastElementChild?.dataset.key;
    change();
    const end = this.#rows.lastElementChild;
    const more = end?.dataset.key !== last;
    // Whoever sends wants to see it.
    if (other || this.#atEnd || (more && end.classList.contains("sending"))) this.#toEnd();
    else {
      const node = [...this.#rows.children].find((row) => row.dataset.key === stay.key);
      if (node) this.#log.scrollTop += node.getBoundingClientRect().top - stay.top;
      if (more) this.#button.hidden = false;
    }
  }

  // The first message in sight; what stands between messages moves when older ones come.
  #anchor() {
    if (this.#atEnd) return {};
    const top = this.#log.getBoundingClientRect().top;
    const node = [...this.#rows.querySelectorAll(".row, .activity")].find((row) => row.getBoundingClientRect().bottom > top);
    return { key: node?.dataset.key, top: node?.getBoundingClientRect().top };
  }

  #look() {
    this.#atEnd = this.#log.scrollHeight - this.#log.scrollTop - this.#log.clientHeight < NEAR;
    if (this.#atEnd) this.#button.hidden = true;
  }

  #toEnd() {
    this.#log.scrollTop = this.#log.scrollHeight;
    this.#atEnd = true;
    this.#button.hidden = true;
  }
}

function barItems(store, desk, view, it) {
  if (!it) return [{ key: "none", sig: "", build: () => h("h2", {}, h("span", { class: "sr", text: "No conversation chosen" })) }];
  const mine = it.assignee?.id === store.me.id;
  const shown = {
    name: it.contact?.name ?? "Visitor",
    seen: it.contactSeenAt > 0 ? `seen ${dayTime(it.contactSeenAt)}` : "not seen yet",
    who: mine ? "yours" : it.assignee ? `with ${nameOf(it.assignee)}` : "not assigned",
    resolved: it.status === "resolved",
    id: it.id,
    mine,
  };
  const title = () => h("h2", {}, h("bdi", { text: shown.name }), " ", h("span", { class: "sub" }, h("span", { class: "wide", text: "· " }), `${shown.id} · ${shown.seen} · ${shown.who}`));
  const status = shown.resolved ? "open" : "resolved";
  const item = (key, build, sig = "") => ({ key, sig, build });
  return [
    item("back", () => round("only-phone", "Back to the list", ICONS.back, view.goList)),
    item("title", title, JSON.stringify(shown)),
    ...(mine ? [] : [item("assign", () => assignButton(() => desk.assignToMe(it.id)), String(it.id))]),
    item("status", () => button(shown.resolved ? "pill" : "pill act", shown.resolved ? "Reopen" : "Resolve", () => desk.setStatus(it.id, status)), `${it.id}${status}`),
    item("contact", () => round("only-narrow", "Contact", ICONS.person, view.goContact)),
  ];
}

function round(extra, label, path, click) {
  return h("button", { class: `round ${extra}`, type: "button", "aria-label": label, title: label, dataset: { focus: label }, on: { click } }, icon(path, 20));
}

function button(kind, label, click) {
  return h("button", { class: kind, type: "button", text: label, dataset: { focus: label }, on: { click } });
}

function assignButton(click) {
  const node = button("pill", "", click);
  node.append(h("span", { class: "wide", text: "Assign to me" }), h("span", { class: "tight", text: "Assign" }));
  node.setAttribute("aria-label", "Assign to me");
  return node;
}

function rowItems(store, desk) {
  if (store.selected === null) return [note("choose", "Choose a conversation", "Up and down move through the list, Enter opens one.")];
  const thread = store.thread();
  const rows = store.rows();
  const items = [];
  if (thread.error) {
    const again = () => h("div", { class: "empty" }, h("span", { text: thread.error }), button("pill", "Try again", () => desk.loadAgain()));
    items.push({ key: "error", sig: thread.error, build: again });
  } else if (thread.loaded && !thread.complete) {
    items.push({ key: "older", sig: "", build: () => h("div", { class: "older" }, button("pill", "Show older messages", () => desk.loadOlder())) });
  } else if (!thread.loaded) items.push({ key: "wait", sig: "", build: () => h("p", { class: "day", text: "Loading …" }) });
  if (rows.length === 0 && thread.loaded) items.push(note("none", "No messages yet", "The visitor opened a conversation and has not written."));
  rows.forEach((row, at) => items.push(...rowWithDay(store, desk, row, rows[at - 1], rows[at + 1])));
  return items;
}

function note(key, title, text) {
  return { key, sig: title, build: () => h("div", { class: "empty" }, h("b", { text: title }), h("span", { text })) };
}

function rowWithDay(store, desk, row, before, after) {
  const key = dayKey(row.createdAt);
  const newDay = !before || dayKey(before.createdAt) !== key;
  const item = row.type === ACTIVITY ? activity(row) : messageItem(store, desk, row, newDay ? undefined : before, after);
  if (!newDay) return [item];
  const day = dayName(row.createdAt);
  return [{ key: `day-${key}`, sig: day, build: () => h("div", { class: "day" }, h("time", { datetime: key, text: day })) }, item];
}

function activity(row) {
  const when = h("time", { datetime: machine(row.createdAt), title: exactly(row.createdAt), text: timeOf(row.createdAt) });
  return { key: row.key, sig: row.content, build: () => h("div", { class: "activity" }, row.content, " · ", when) };
}

// Who a row belongs to, as one word; what is still on its way is the agent's own.
function authorOf(row, me) {
  if (row.type === ACTIVITY) return "activity";
  const sender = row.state ? { type: "user", id: me.id } : row.sender;
  return `${sender?.type ?? "nobody"}-${sender?.id ?? 0}-${row.private}`;
}

function joined(a, b, me) {
  if (!a || !b || dayKey(a.createdAt) !== dayKey(b.createdAt)) return false;
  return authorOf(a, me) === authorOf(b, me) && Math.abs(b.createdAt - a.createdAt) < TOGETHER;
}

function messageItem(store, desk, row, before, after) {
  const it = store.conversation();
  const own = row.state !== undefined || (row.sender?.id === store.me.id && row.sender?.type === "user");
  const shown = {
    first: !joined(before, row, store.me),
    last: !joined(row, after, store.me),
    gone: !row.state && isDeleted(row),
    author: row.type === INCOMING ? nameOf(row.sender) || it?.contact?.name : own ? "You" : nameOf(row.sender) || "Automatic",
    mine: own,
    state: stateOf(row, it, after, store.me),
    content: contentOf(row),
  };
  return { key: row.key ?? row.echo, sig: JSON.stringify(shown), build: () => messageRow(row, shown, desk) };
}

// The store replaces a message that changes, so what it holds is spelled once for each.
function contentOf(row) {
  if (!CONTENTS.has(row)) CONTENTS.set(row, JSON.stringify([row.content, row.kind, row.attributes, row.attachments, row.private, row.createdAt]));
  return CONTENTS.get(row);
}

// A delivery state is said where it ends: at the last message that has it, and at every one in trouble.
function stateOf(row, it, after, me) {
  if (row.state === "sending") return { words: "Sending …" };
  if (row.state) return { words: row.state === "failed" ? `Not sent. ${row.error}` : `${row.error} It may not have arrived.`, act: true };
  if (row.type === INCOMING || isDeleted(row)) return null;
  if (row.status === "failed") return { words: row.attributes.external_error ? `Not delivered: ${row.attributes.external_error}` : "Not delivered", bad: true };
  if (row.private || joined(row, after, me)) return null;
  const seen = row.status === "read" || row.createdAt <= (it?.contactSeenAt ?? 0);
  return { words: seen ? "Seen" : "Sent", tick: true };
}

function messageRow(row, shown, desk) {
  const out = row.state !== undefined;
  const incoming = !out && row.type === INCOMING;
  const names = ["row", !incoming && "own", shown.first && "first", shown.last && "last"];
  names.push(row.private && "note", !incoming && !out && !row.private && shown.author === "Automatic" && "auto");
  names.push(shown.gone && "gone", row.state === "sending" && "sending", shown.state?.act && "trouble");
  const when = h("time", { datetime: machine(row.createdAt), title: exactly(row.createdAt), text: timeOf(row.createdAt) });
  const author = h("b", {}, h("bdi", { text: shown.author }), row.private && " · private note");
  const head = h("div", { class: shown.first ? "head" : "sr" }, author, " ", when);
  const erase = shown.mine && !out && !shown.gone && eraseButton(row.private, () => desk.deleteMessage(row));
  const parts = messageParts({ attachments: [], ...row });
  return h("article", { class: names.filter(Boolean).join(" ") }, head, h("div", { class: "line" }, parts, erase), shown.state && stateLine(row, shown.state, desk));
}

function stateLine(row, state, desk) {
  const line = h("div", { class: `state${state.act || state.bad ? " bad" : ""}` }, state.tick && icon(ICONS.check, 14), h("span", { text: state.words }));
  if (state.act) {
    line.append(
      h("button", { class: "textual", type: "button", text: "Send again", on: { click: () => desk.retry(row) } }),
      h("button", { class: "textual", type: "button", text: "Delete", on: { click: () => desk.discard(row) } }),
    );
  }
  return line;
}

// Two presses: the visitor loses the message as well.
function eraseButton(note, erase) {
  const node = h("button", { class: "erase", type: "button" });
  let timer = 0;
  const calm = () => {
    clearTimeout(timer);
    node.classList.remove("sure");
    node.setAttribute("aria-label", "Delete this message");
    node.replaceChildren(icon(ICONS.bin, 16));
  };
  node.addEventListener("click", async () => {
    if (node.classList.contains("sure")) {
      node.disabled = true;
      await erase();
      node.disabled = false;
      calm();
      return;
    }
    node.classList.add("sure");
    node.removeAttribute("aria-label");
    node.replaceChildren(note ? "Delete the note?" : "Delete for both?");
    timer = setTimeout(calm, SURE);
  });
  node.addEventListener("blur", calm);
  calm();
  return node;
}
