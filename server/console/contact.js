// The right column: who the visitor is, labels, other conversations, and samples to send.

import { ICONS, h, icon, reconcile } from "./dom.js";
import { kindButtons } from "./kinds.js";
import { plainLine } from "./markdown.js";
import { surveyAnswer } from "./message.js";
import { nameOf } from "./records.js";
import { dayTime } from "./time.js";

/** Returns the function that shows the contact of the open conversation. `back` leaves the column on small screens. */
export function mountContact(store, desk, back) {
  const column = document.getElementById("contact");
  const close = h("button", { class: "round only-narrow", type: "button", "aria-label": "Back to the conversation", on: { click: back } }, icon(ICONS.close, 20));
  const scroll = h("div", { class: "scroll" });
  column.append(h("header", { class: "bar" }, h("h2", { text: "Contact" }), close), scroll);
  const send = (entry) => {
    entry.send(desk, store.selected);
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
    const earlier = earlierOf(store, it);
    const labels = it.labels ?? [];
    reconcile(scroll, [
      { key: "person", sig: JSON.stringify(person), build: () => section("Contact details", null, list(person), true) },
      { key: "talk", sig: JSON.stringify(talk), build: () => section("Conversation", null, list(talk)) },
      { key: "labels", sig: JSON.stringify([it.id, labels]), build: () => section("Labels", null, labelEditor(labels, (next) => desk.setLabels(it.id, next))) },
      { key: "earlier", sig: JSON.stringify(earlier), build: () => section("Other conversations", earlier.length === 0 ? "This is the only one." : null, earlierList(earlier)) },
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
    ["Identity", it.verified ? "✓ verified" : "not verified", it.verified ? "yes" : ""],
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
    ["Inbox", store.inboxes.get(it.inbox) ?? ""],
    ["Status", it.status],
    ["Assigned", it.assignee ? nameOf(it.assignee) : "nobody"],
    ["Started", it.createdAt > 0 ? dayTime(it.createdAt) : ""],
    ["Snoozed", it.status === "snoozed" && it.snoozedUntil > 0 ? `until ${dayTime(it.snoozedUntil)}` : ""],
    ["Survey", ...surveyWords(store, it.id)],
    ...attributes(it.custom),
  ];
  return rows.filter(([, value]) => value !== "");
}

// The last survey that is loaded.
function surveyWords(store, id) {
  const survey = store.rows(id).findLast((row) => row.kind === "input_csat" && row.state === undefined);
  if (!survey) return [""];
  const { rating, comment } = surveyAnswer(survey.attributes);
  return rating === 0 ? ["not rated yet"] : [`${rating} of 5${comment === "" ? "" : `: ${comment}`}`, rating > 3 ? "yes" : ""];
}

function labelEditor(labels, set) {
  const chips = labels.map((label) => {
    const remove = () => set(labels.filter((it) => it !== label));
    return h("li", { class: "label" }, h("bdi", { text: label }), h("button", { class: "round", type: "button", "aria-label": `Remove the label ${label}`, on: { click: remove } }, icon(ICONS.close, 13)));
  });
  const field = h("input", { type: "text", "aria-label": "Add a label", placeholder: "Add a label", maxlength: "60", autocomplete: "off", dataset: { focus: "label" } });
  const form = h("form", { class: "add-label", on: { submit: (event) => added(event, field, labels, set) } }, field, h("button", { class: "pill", text: "Add" }));
  return h("div", { class: "labels" }, labels.length > 0 && h("ul", {}, chips), form);
}

// Labels are words in small letters, joined by hyphens.
function added(event, field, labels, set) {
  event.preventDefault();
  const label = field.value.trim().toLowerCase().replace(/\s+/g, "-");
  if (label !== "" && !labels.includes(label)) set([...labels, label]);
  field.value = "";
}

function earlierOf(store, it) {
  const ids = store.earlier.get(it.contact.id) ?? [];
  const others = ids.filter((id) => id !== it.id).map((id) => store.conversations.get(id)).filter(Boolean);
  return others.map((one) => ({ id: one.id, status: one.status, when: dayTime(one.activityAt), words: one.last ? plainLine(one.last.content) : "" }));
}

function earlierList(earlier) {
  return earlier.length > 0 && h("ul", { class: "earlier" }, earlier.map((one) => h("li", {}, h("a", { href: `#${one.id}` },
    h("span", { text: `${one.id} · ${one.status} · ${one.when}` }), h("bdi", { class: "clip", text: one.words })))));
}

function attributes(custom) {
  return Object.entries(custom ?? {}).map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)]);
}
