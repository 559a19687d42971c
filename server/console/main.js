// Starts the console: signs in, mounts the three columns, follows the address bar.

import { Api, ApiError, demoAccess } from "./api.js";
import { mountComposer } from "./composer.js";
import { mountContact } from "./contact.js";
import { Desk } from "./desk.js";
import { ICONS, h, icon } from "./dom.js";
import { mountList, showMe } from "./list.js";
import { Store } from "./store.js";
import { mountThread } from "./thread.js";

const KEPT = "confab-console-token"; // session storage: gone with the tab
const RETRY = 2_000;
const TICK = 5_000;
const NARROW = matchMedia("(max-width: 720px)");
const byId = (id) => document.getElementById(id);

start();

async function start() {
  const demo = await demoAccess();
  const kept = keptToken();
  if (kept || demo) await enter(kept ?? demo.agent_token, demo);
  else askForToken("", demo);
}

// Goes on trying while the server gives no usable answer; a refusal asks for another token.
async function enter(token, demo) {
  try {
    const api = new Api(token);
    const me = await api.profile();
    api.account = me.account_id ?? me.accounts?.[0]?.id ?? demo?.account;
    run(api, me, demo);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.unknownOutcome) {
      byId("wait").textContent = `${error.message} Trying again …`;
      setTimeout(() => enter(token, demo), RETRY);
      return;
    }
    keepToken(null);
    askForToken(error.message, demo);
  }
}

function askForToken(words, demo) {
  const started = byId("me").childElementCount > 0;
  byId("wait").hidden = true;
  byId("signin").hidden = false;
  byId("signin-error").textContent = words;
  const again = byId("signin-demo");
  again.hidden = !demo;
  again.onclick = () => {
    keepToken(null);
    location.reload();
  };
  byId("signin-form").onsubmit = (event) => {
    event.preventDefault();
    const token = byId("token").value.trim();
    keepToken(token);
    if (started) location.reload();
    else enter(token, demo);
  };
  byId("token").focus();
}

function run(api, me, demo) {
  const store = new Store();
  store.me = me;
  const desk = new Desk(api, store, {
    notify: showNotice,
    onSignedOut: (words) => {
      desk.stop();
      byId("desk").hidden = true;
      keepToken(null);
      askForToken(words, demo);
    },
  });
  const composer = mountComposer(store, desk);
  const go = (id, contact = false) => {
    setAddress(id, contact);
    followAddress(store, desk);
  };
  const shows = [
    mountList(store, desk, (id) => openConversation(id, go, composer)),
    mountThread(store, desk, { goList: () => go(null), goContact: () => go(store.selected, byId("desk").dataset.view !== "contact") }),
    mountContact(store, desk, () => go(store.selected)),
    () => composer.show(),
    () => showFrame(store),
  ];
  const show = () => shows.forEach((part) => part());
  store.subscribe(show);
  showMe(store, () => {
    desk.stop();
    byId("desk").hidden = true;
    askForToken("", demo);
  });
  byId("signin").hidden = true;
  byId("wait").hidden = true;
  byId("desk").hidden = false;
  addEventListener("hashchange", () => followAddress(store, desk));
  // "12 min" and a typing visitor grow old without any event.
  setInterval(() => document.hidden || show(), TICK);
  followAddress(store, desk);
  desk.start();
  show();
}

// The address holds what is open, so that reload, links and the back button work: #17, #17/contact.
function setAddress(id, contact) {
  const hash = id === null ? "#" : `#${id}${contact ? "/contact" : ""}`;
  if (location.hash !== hash) location.hash = hash;
}

function followAddress(store, desk) {
  const [, id, contact] = /^#(\d{1,15})(\/contact)?$/.exec(location.hash) ?? [];
  byId("desk").dataset.view = contact ? "contact" : id ? "thread" : "list";
  desk.select(id ? Number(id) : null);
  store.changed();
}

function openConversation(id, go, composer) {
  go(id);
  composer.show();
  // On a phone the keyboard would cover what was just opened.
  if (!NARROW.matches) composer.focus();
}

function showFrame(store) {
  const link = byId("link");
  const words = store.link === "live" ? "Online" : navigator.onLine ? "Connecting …" : "Offline";
  if (link.textContent !== words) link.textContent = words;
  link.dataset.state = words === "Offline" ? "offline" : store.link;
  const unread = [...store.conversations.values()].filter((it) => it.status === "open").reduce((sum, it) => sum + (it.unread ?? 0), 0);
  document.title = unread > 0 ? `(${unread}) Agent console` : "Agent console";
}

function showNotice(words) {
  const notice = h("div", { class: "notice" }, h("span", { text: words }), h("button", { class: "round", type: "button", "aria-label": "Dismiss", on: { click: () => notice.remove() } }, icon(ICONS.close, 16)));
  byId("notices").replaceChildren(notice);
}

function keptToken() {
  try {
    return sessionStorage.getItem(KEPT);
  } catch {
    return null; // storage denied: the token is asked for again after a reload
  }
}

function keepToken(token) {
  try {
    if (token) sessionStorage.setItem(KEPT, token);
    else sessionStorage.removeItem(KEPT);
  } catch {
    // see keptToken
  }
}
