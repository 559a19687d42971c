// The left column: search, tabs, conversations, who is signed in.

import { ICONS, avatar, h, icon, reconcile } from "./dom.js";
import { plainLine } from "./markdown.js";
import { INCOMING, TEMPLATE, isDeleted, nameOf } from "./records.js";
import { ago, exactly, machine } from "./time.js";

const TABS = [
  ["all", "All"],
  ["me", "Mine"],
  ["unassigned", "Unassigned"],
];
const NEAR = 400; // pixels before the end at which the next page is asked for
const STATUSES = [["open", "Open"], ["pending", "Pending"], ["snoozed", "Snoozed"], ["resolved", "Resolved"], ["all", "Any status"]];
const NOTHING = {
  open: ["No open conversations", "When a visitor writes, the conversation appears here at once."],
  pending: ["Nothing is pending", "What waits for somebody else can be marked as pending."],
  snoozed: ["Nothing sleeps", "A snoozed conversation comes back when its time has come or the visitor writes."],
  resolved: ["Nothing was resolved yet", "Resolved conversations come here; a new message reopens them."],
  all: ["No conversations yet", "When a visitor writes, the conversation appears here at once."],
};

/** Builds search and tabs and returns the function that shows the current state. */
export function mountList(store, desk, open) {
  const { lists } = desk;
  const tabs = document.getElementById("tabs");
  const panel = document.getElementById("panel");
  const items = document.getElementById("items");
  const end = document.getElementById("items-end");
  const status = document.getElementById("status");
  const found = document.getElementById("found");
  mountSearch(lists, items);
  status.append(...STATUSES.map(([value, label]) => h("option", { value, text: label })));
  status.addEventListener("change", () => lists.show({ status: status.value }));
  tabs.append(...TABS.map(([name, label]) => tabButton(name, label, () => lists.show({ assignee: name }))));
  tabs.addEventListener("keydown", (event) => moveFocus(event, [...tabs.children], "ArrowLeft", "ArrowRight", true));
  items.addEventListener("keydown", (event) => moveFocus(event, [...items.querySelectorAll(".item")], "ArrowUp", "ArrowDown", false));
  panel.addEventListener("scroll", () => panel.scrollHeight - panel.scrollTop - panel.clientHeight < NEAR && lists.more(), { passive: true });
  let markSelected = null;

  return () => {
    for (const tab of tabs.children) showTab(tab, store);
    tabs.hidden = status.hidden = store.search !== null; // a search looks everywhere
    panel.setAttribute("aria-labelledby", store.search ? "found" : `tab-${store.filter.assignee}`);
    const visible = store.visible();
    const words = store.search && !store.search.loading && !store.search.error ? foundWords(visible.length) : "";
    if (found.textContent !== words) found.textContent = words;
    // One item is reached by Tab; the arrows go on from there.
    const reachable = visible.some((it) => it.id === store.selected) ? store.selected : visible[0]?.id;
    reconcile(items, visible.map((it) => itemOf(store, it, it.id === reachable, open)));
    reconcile(end, endOf(store, visible, lists));
    if (markSelected !== store.selected) {
      markSelected = store.selected;
      items.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
    }
  };
}

function mountSearch(lists, items) {
  const field = document.getElementById("search");
  field.addEventListener("input", () => lists.search(field.value));
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && field.value !== "") {
      field.value = "";
      lists.search("");
    } else if (event.key === "ArrowDown") items.querySelector('.item[tabindex="0"]')?.focus();
    else return;
    event.preventDefault();
  });
}

function foundWords(count) {
  return count === 0 ? "Nothing found" : `${count} ${count === 1 ? "conversation" : "conversations"} found`;
}

function tabButton(name, label, select) {
  const props = { id: `tab-${name}`, type: "button", role: "tab", "aria-controls": "panel", dataset: { tab: name }, on: { click: select } };
  return h("button", props, label, h("span", { class: "count" }));
}

function showTab(tab, store) {
  const chosen = tab.dataset.tab === store.filter.assignee;
  tab.setAttribute("aria-selected", String(chosen));
  tab.tabIndex = chosen ? 0 : -1;
  tab.lastChild.textContent = store.counts.get(store.filter.status)?.[tab.dataset.tab] ?? "";
}

function moveFocus(event, nodes, previous, next, activate) {
  const at = nodes.indexOf(document.activeElement);
  const last = nodes.length - 1;
  const to = { [previous]: at - 1, [next]: at + 1, Home: 0, End: last }[event.key];
  if (to === undefined || at < 0) return;
  event.preventDefault();
  const target = nodes[activate ? (to + nodes.length) % nodes.length : Math.min(Math.max(to, 0), last)];
  target?.focus();
  if (activate) target?.click();
}

function itemOf(store, it, reachable, open) {
  const current = it.id === store.selected;
  const typing = store.typists(it.id).length > 0;
  const shown = {
    name: it.contact?.name ?? "Visitor",
    preview: typing ? "typing …" : preview(it, store.me),
    when: it.activityAt > 0 ? ago(it.activityAt) : "",
    online: store.isOnline(it.contact ?? {}) === true,
    unread: current && !document.hidden ? 0 : it.unread,
    verified: it.verified === true,
    // Where several states stand together, what is not open says so.
    status: (store.search !== null || store.filter.status === "all") && it.status !== "open" ? it.status : "",
    ...{ current, reachable, typing },
  };
  return { key: it.id, sig: JSON.stringify(shown), build: () => itemNode(it, shown, () => open(it.id)) };
}

function itemNode(it, shown, select) {
  const props = {
    class: `item${shown.unread > 0 ? " unread" : ""}`,
    type: "button",
    "aria-current": shown.current ? "true" : null,
    tabindex: shown.reachable ? 0 : -1,
    dataset: { focus: `c${it.id}` },
    on: { click: select },
  };
  const verified = h("span", { title: "Identity verified" }, icon(ICONS.check, 15), h("span", { class: "sr", text: ", identity verified" }));
  verified.firstChild.classList.add("verified");
  return h("li", {}, h("button", props,
    avatar(shown.name, shown.online ? "online" : ""),
    h("span", { class: "name" }, h("bdi", { text: shown.name }), shown.verified && verified),
    shown.when && h("time", { datetime: machine(it.activityAt), title: exactly(it.activityAt), text: shown.when }),
    h("span", { class: `preview${shown.typing ? " typing-now" : ""}`, dir: "auto" }, shown.status && h("i", { text: `${shown.status} · ` }), shown.preview),
    shown.unread > 0 && h("span", { class: "badge" }, shown.unread > 9 ? "9+" : shown.unread, h("span", { class: "sr", text: " unread" }))));
}

function preview(it, me) {
  const last = it.last;
  if (!last) return "No messages yet";
  if (isDeleted(last)) return "Message deleted";
  const words = plainLine(last.content) || attached(last);
  if (last.type === INCOMING) return words;
  if (last.private) return `Note: ${words}`;
  if (last.type === TEMPLATE || !last.sender) return `Automatic: ${words}`;
  return last.sender.id === me?.id ? `You: ${words}` : `${nameOf(last.sender)}: ${words}`;
}

function attached(message) {
  const kind = message.attachments[0]?.file_type;
  const names = { image: "Sent an image", audio: "Sent a recording", video: "Sent a video", location: "Sent a location", contact: "Sent a contact" };
  if (kind !== undefined) return names[kind] ?? "Sent a file";
  return message.kind === "text" ? "Empty message" : "Sent something to answer";
}

function endOf(store, visible, lists) {
  const { search } = store;
  const list = search ?? store.list();
  if (list.error) {
    const retry = () => h("div", { class: "items-end" }, h("span", { text: list.error }), h("button", { class: "pill", type: "button", text: "Try again", on: { click: () => lists.load() } }));
    return [{ key: "error", sig: list.error, build: search ? () => h("span", { text: list.error }) : retry }];
  }
  if (visible.length === 0 && (search ? !search.loading : list.page > 0)) {
    const [title, text] = search ? ["Nothing found", "Searched are messages, names, e-mail addresses, telephone numbers and user ids."] : nothing(store);
    return [{ key: "none", sig: title, build: () => h("div", { class: "items-end" }, h("b", { text: title }), h("span", { text })) }];
  }
  if (visible.length === 0) return [{ key: "wait", sig: "", build: () => h("span", { text: "Loading …" }) }];
  if (search || !list.more) return [];
  return [{ key: "more", sig: String(list.page), build: () => h("button", { class: "pill", type: "button", text: "Show more", on: { click: () => lists.more() } }) }];
}

function nothing({ filter }) {
  if (filter.assignee === "me") return ["Nothing is assigned to you", "Assign a conversation to yourself to find it here."];
  if (filter.assignee === "unassigned") return ["Everything is assigned", "What belongs to nobody comes here."];
  return NOTHING[filter.status];
}

/** Builds the line at the foot, who answers here; returns the function that shows who else is there. */
export function mountMe(store, change) {
  const name = nameOf(store.me);
  const words = store.me.role === "administrator" ? "administrator" : "agent";
  const others = h("span", { class: "others" });
  document.getElementById("me").replaceChildren(
    avatar(name, "small online"),
    h("span", { class: "who" }, h("b", {}, h("bdi", { text: name })), ` · ${words}`),
    others,
    h("button", { class: "pill", type: "button", text: "Change", title: "Answer with another access token", on: { click: change } }),
  );
  return () => {
    const here = store.agents.filter((it) => it.id !== store.me.id && store.here.has(it.id));
    reconcile(others, here.map((it) => ({ key: it.id, sig: nameOf(it), build: () => colleague(it) })));
  };
}

function colleague(agent) {
  const words = `${nameOf(agent)} is online`;
  return h("span", { title: words }, avatar(nameOf(agent), "small online"), h("span", { class: "sr", text: words }));
}
