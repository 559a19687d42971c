// The middle column: the conversation's bar, its messages, who types.

import { barItems } from "./bar.js";
import { ICONS, h, icon, reconcile } from "./dom.js";
import { plainLine } from "./markdown.js";
import { messageParts } from "./message.js";
import { ACTIVITY, INCOMING, isDeleted, nameOf } from "./records.js";
import { dayKey, dayName, exactly, machine, timeOf } from "./time.js";

const TOGETHER = 180; // seconds in which messages of one author form a group
const NEAR = 80; // pixels from the end that still count as being there
const SURE = 4_000;
const CONTENTS = new WeakMap();

/** Returns the function that shows the open conversation. `view`: goList, goContact, answer(message). */
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
    const items = rowItems(store, desk, view.answer);
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

function button(kind, label, click) {
  return h("button", { class: kind, type: "button", text: label, dataset: { focus: label }, on: { click } });
}

function rowItems(store, desk, answer) {
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
  rows.forEach((row, at) => items.push(...rowWithDay(store, { desk, answer }, row, rows[at - 1], rows[at + 1])));
  return items;
}

function note(key, title, text) {
  return { key, sig: title, build: () => h("div", { class: "empty" }, h("b", { text: title }), h("span", { text })) };
}

function rowWithDay(store, acts, row, before, after) {
  const key = dayKey(row.createdAt);
  const newDay = !before || dayKey(before.createdAt) !== key;
  const item = row.type === ACTIVITY ? activity(row) : messageItem(store, acts, row, newDay ? undefined : before, after);
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

function messageItem(store, acts, row, before, after) {
  const it = store.conversation();
  const own = row.state !== undefined || (row.sender?.id === store.me.id && row.sender?.type === "user");
  const shown = {
    first: !joined(before, row, store.me),
    last: !joined(row, after, store.me),
    gone: !row.state && isDeleted(row),
    author: row.type === INCOMING ? nameOf(row.sender) || it?.contact?.name : own ? "You" : nameOf(row.sender) || "Automatic",
    answers: quoted(store, row),
    state: stateOf(row, it, after, store.me),
    content: contentOf(row),
  };
  return { key: row.key ?? row.echo, sig: JSON.stringify(shown), build: () => messageRow(row, shown, acts) };
}

// What the message answers, as far as it is loaded.
function quoted(store, row) {
  const id = row.attributes.in_reply_to;
  if (!Number.isInteger(id)) return null;
  const found = store.thread().messages.get(id);
  return found && !isDeleted(found) ? plainLine(found.content) || "A file" : "An earlier message";
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

function messageRow(row, shown, { desk, answer }) {
  const out = row.state !== undefined;
  const incoming = !out && row.type === INCOMING;
  const names = ["row", !incoming && "own", shown.first && "first", shown.last && "last"];
  names.push(row.private && "note", !incoming && !out && !row.private && shown.author === "Automatic" && "auto");
  names.push(shown.gone && "gone", row.state === "sending" && "sending", shown.state?.act && "trouble");
  const when = h("time", { datetime: machine(row.createdAt), title: exactly(row.createdAt), text: timeOf(row.createdAt) });
  const author = h("b", {}, h("bdi", { text: shown.author }), row.private && " · private note");
  const head = h("div", { class: shown.first ? "head" : "sr" }, author, " ", when);
  const tools = !out && !shown.gone && h("div", { class: "row-tools" },
    !row.private && answerButton(() => answer(row)), eraseButton(row.private, () => desk.deleteMessage(row)));
  const parts = messageParts({ attachments: [], ...row });
  const quote = shown.answers && h("div", { class: "answers", dir: "auto" }, icon(ICONS.answer, 13), h("span", { class: "sr", text: "Answers: " }), h("span", { text: shown.answers }));
  return h("article", { class: names.filter(Boolean).join(" ") }, head, quote, h("div", { class: "line" }, parts, tools), shown.state && stateLine(row, shown.state, desk));
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

function answerButton(click) {
  return h("button", { class: "erase", type: "button", "aria-label": "Answer this message", title: "Answer this message", on: { click } }, icon(ICONS.answer, 16));
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
