// The bar above the messages: whose conversation it is, who has it, and what becomes of it.

import { ICONS, h, icon } from "./dom.js";
import { withMenu } from "./menu.js";
import { nameOf } from "./records.js";
import { dayTime } from "./time.js";

const HOUR = 3600;

/** What the bar holds, for `reconcile`. `view`: goList, goContact. */
export function barItems(store, desk, view, it) {
  if (!it) return [{ key: "none", sig: "", build: () => h("h2", {}, h("span", { class: "sr", text: "No conversation chosen" })) }];
  const shown = {
    name: it.contact?.name ?? "Visitor",
    seen: it.contactSeenAt > 0 ? `seen ${dayTime(it.contactSeenAt)}` : "not seen yet",
    state: stateOf(it),
    id: it.id,
  };
  const title = () => h("h2", {}, h("bdi", { text: shown.name }), " ",
    h("span", { class: "sub" }, h("span", { class: "wide", text: "· " }), `${shown.id} · ${shown.seen}${shown.state}`));
  const who = it.assignee ? nameOf(it.assignee) : "";
  const mine = it.assignee?.id === store.me.id;
  const item = (key, build, sig = "") => ({ key, sig, build });
  return [
    item("back", () => round("only-phone", "Back to the list", ICONS.back, view.goList)),
    item("title", title, JSON.stringify(shown)),
    item("assign", () => assignButton(store, desk, it.id, mine ? "You" : who), JSON.stringify([it.id, who, mine])),
    item("status", () => statusButtons(desk, it), JSON.stringify([it.id, it.status])),
    item("contact", () => round("only-narrow", "Contact", ICONS.person, view.goContact)),
  ];
}

function stateOf(it) {
  if (it.status === "snoozed") return it.snoozedUntil > 0 ? ` · snoozed until ${dayTime(it.snoozedUntil)}` : " · snoozed";
  return it.status === "open" ? "" : ` · ${it.status}`;
}

function round(extra, label, path, click) {
  return h("button", { class: `round ${extra}`, type: "button", "aria-label": label, title: label, dataset: { focus: label }, on: { click } }, icon(path, 20));
}

function assignButton(store, desk, id, who) {
  const label = who === "" ? "Assign" : who;
  const node = h("button", { class: "pill", type: "button", "aria-label": who === "" ? "Assign" : `Assigned to ${who}`, dataset: { focus: "assign" } },
    h("bdi", { class: "clip", text: label }), h("span", { "aria-hidden": "true", text: "▾" }));
  return withMenu(node, "Assign to", () => assignees(store, desk, id));
}

// Oneself first, then the others; who is there says so.
function assignees(store, desk, id) {
  const now = store.conversation(id)?.assignee?.id ?? null;
  const entry = (agent, label, about) => ({ label, about, checked: (agent?.id ?? null) === now, run: () => desk.assign(id, agent?.id ?? null) });
  const others = store.agents.filter((it) => it.id !== store.me.id);
  return [
    entry(store.me, `${nameOf(store.me)} (you)`),
    ...others.map((it) => entry(it, nameOf(it), store.here.has(it.id) ? "Online" : "Not here")),
    entry(null, "Nobody"),
  ];
}

function statusButtons(desk, it) {
  const closed = it.status !== "open";
  const [label, status] = closed ? ["Reopen", "open"] : ["Resolve", "resolved"];
  const main = h("button", { class: closed ? "pill" : "pill act", type: "button", text: label, dataset: { focus: "status" }, on: { click: () => desk.setStatus(it.id, status) } });
  const more = h("button", { class: "pill more", type: "button", "aria-label": "More states", dataset: { focus: "states" } }, h("span", { "aria-hidden": "true", text: "▾" }));
  return h("span", { class: "split" }, main, withMenu(more, "More states", () => states(desk, it)));
}

function states(desk, it) {
  const set = (label, about, status, until) => ({ label, about, run: () => desk.setStatus(it.id, status, until) });
  const now = Math.floor(Date.now() / 1000);
  return [
    ...(it.status === "open" ? [] : [set("Open", "It is being worked on", "open")]),
    ...(it.status === "resolved" ? [] : [set("Resolve", "It is done", "resolved")]),
    set("Snooze", "Until the visitor writes", "snoozed"),
    set("Snooze for an hour", `Until ${dayTime(now + HOUR)}`, "snoozed", now + HOUR),
    set("Snooze until tomorrow", `Until ${dayTime(tomorrow())}`, "snoozed", tomorrow()),
    ...(it.status === "pending" ? [] : [set("Pending", "It waits for somebody else", "pending")]),
  ];
}

// At nine, when the day begins for most.
function tomorrow() {
  const date = new Date();
  date.setDate(date.getDate() + 1);
  date.setHours(9, 0, 0, 0);
  return Math.floor(date / 1000);
}
