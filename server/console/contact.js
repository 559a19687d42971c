// The right column: who the visitor is, and samples to send.

import { ICONS, h, icon, reconcile } from "./dom.js";
import { kindButtons } from "./kinds.js";
import { nameOf } from "./records.js";
import { dayTime } from "./time.js";

/** Returns the function that shows the contact of the open conversation. `back` leaves the column on small screens. */
export function mountContact(store, desk, back) {
  const column = document.getElementById("contact");
  const close = h("button", { class: "round only-narrow", type: "button", "aria-label": "Back to the conversation", on: { click: back } }, icon(ICONS.close, 20));
  const scroll = h("div", { class: "scroll" });
  column.append(h("header", { class: "bar" }, h("h2", { text: "Contact" }), close), scroll);
  const send = (message) => {
    desk.send(store.selected, message);
    back();
  };

  return () => {
    const it = store.conversation();
    if (!it?.contact) {
      reconcile(scroll, [{ key: "none", sig: "", build: () => h("div", { class: "empty" }, h("span", { text: "Nobody chosen" })) }]);
      return;
    }
    const person = personRows(store, it);
    const talk = conversationRows(store, it);
    reconcile(scroll, [
      { key: "person", sig: JSON.stringify(person), build: () => section("Contact details", null, list(person), true) },
      { key: "talk", sig: JSON.stringify(talk), build: () => section("Conversation", null, list(talk)) },
      { key: "kinds", sig: String(it.id), build: () => section("Send a kind", "Samples of what a visitor can be shown.", h("div", { class: "kinds" }, kindButtons(send))) },
    ]);
  };
}

function section(title, text, body, quiet = false) {
  return h("section", { "aria-label": title }, !quiet && h("h3", { text: title }), text && h("p", { text }), body);
}

function list(rows) {
  return h("dl", {}, rows.map(([name, value, kind]) => [h("dt", { text: name }), h("dd", { class: kind ?? "" }, h("bdi", { text: value }))]));
}

function personRows(store, it) {
  const { contact } = it;
  const online = store.isOnline(contact);
  const rows = [
    ["Name", contact.name],
    ["E-mail", contact.email || "not given"],
    ["Phone", contact.phone],
    ["Identity", it.verified ? "verified" : "not verified", it.verified ? "yes" : ""],
    ["User id", contact.identifier],
    // The session's key is as good as a password: enough of it to tell two apart.
    ["Session", it.sourceId ? `${it.sourceId.slice(0, 4)}…` : ""],
    ["Online", online === undefined ? "" : online ? "yes" : "no", online ? "yes" : ""],
    ["Blocked", contact.blocked ? "yes" : ""],
    ...attributes(contact.custom),
  ];
  return rows.filter(([, value]) => value !== "");
}

function conversationRows(store, it) {
  const rows = [
    ["Number", String(it.id)],
    ["Status", it.status],
    ["Assigned", it.assignee ? nameOf(it.assignee) : "nobody"],
    ["Started", it.createdAt > 0 ? dayTime(it.createdAt) : ""],
    ["Labels", (it.labels ?? []).join(", ")],
    ...attributes(it.custom),
  ];
  return rows.filter(([, value]) => value !== "");
}

function attributes(custom) {
  return Object.entries(custom ?? {}).map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)]);
}
