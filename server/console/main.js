// Starts the console: signs in, mounts the three columns, follows the address bar.

import { Api, ApiError, demoAccess } from "./api.js";
import { mountComposer } from "./composer.js";
import { mountContact } from "./contact.js";
import { Desk } from "./desk.js";
import { ICONS, h, icon } from "./dom.js";
import { mountList, mountMe } from "./list.js";
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
  const token = askedFor(demo) ?? keptToken() ?? demo?.agent_token;
  if (token) await enter(token, demo);
  else askForToken("");
}

// Links of the tour open the console as one of the demo's people: ?as=agent, ?as=administrator. The address says
// who, never a token.
function askedFor(demo) {
  const who = new URLSearchParams(location.search).get("as");
  const token = { agent: demo?.agent_token, administrator: demo?.admin_token }[who];
  if (token) keepToken(token);
  if (who !== null) history.replaceState(null, "", location.pathname + location.hash);
  return token;
}

// Goes on trying while the server gives no usable answer. A token that it refuses is one of an older server
// when the demo hands out another, else another one is asked for.
async function enter(token, demo) {
  const api = new Api(token);
  try {
    run(api, await signIn(api));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.unknownOutcome) {
      byId("wait").textContent = `${error.message} Trying again …`;
      setTimeout(() => enter(token, demo), RETRY);
      return;
    }
    keepToken(null);
    if (demo && demo.agent_token !== token) await enter(demo.agent_token, demo);
    else askForToken(error.message);
  }
}

async function signIn(api) {
  const me = await api.profile();
  api.account = me.account_id ?? me.accounts?.[0]?.id;
  return me;
}

async function askForToken(words) {
  const started = byId("me").childElementCount > 0;
  byId("wait").hidden = true;
  byId("desk").hidden = true;
  byId("signin").hidden = false;
  byId("signin-error").textContent = words;
  const use = async (token) => {
    const api = new Api(token);
    try {
      const me = await signIn(api);
      keepToken(token);
      if (started) location.reload();
      else run(api, me);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      byId("signin-error").textContent = error.message;
    }
  };
  byId("signin-form").onsubmit = (event) => {
    event.preventDefault();
    use(byId("token").value.trim());
  };
  byId("token").focus();
  const demo = await demoAccess();
  byId("signin-demo").hidden = !demo;
  byId("signin-demo").onclick = (event) => {
    const who = event.target.dataset.who;
    if (who) use(demo[who]);
  };
}

// A demo server that was started anew on an empty database has new tokens; any other refusal ends the session.
async function signedOut(token, words) {
  byId("desk").hidden = true;
  keepToken(null);
  const demo = await demoAccess();
  if (demo && demo.agent_token !== token && demo.admin_token !== token) location.reload();
  else await askForToken(words);
}

function run(api, me) {
  const store = new Store();
  store.me = me;
  const desk = new Desk(api, store, {
    notify: showNotice,
    onSignedOut: (words) => {
      desk.stop();
      signedOut(api.token, words);
    },
  });
  const composer = mountComposer(store, desk);
  const go = (id, contact = false) => {
    setAddress(id, contact);
    followAddress(store, desk);
  };
  const shows = [
    mountList(store, desk, (id) => openConversation(id, go, composer)),
    mountThread(store, desk, { goList: () => go(null), goContact: () => go(store.selected, byId("desk").dataset.view !== "contact"), answer: (message) => composer.answer(message) }),
    mountContact(store, desk, () => go(store.selected)),
    () => composer.show(),
    () => showFrame(store),
    mountMe(store, () => {
      desk.stop();
      askForToken("");
    }),
  ];
  const show = () => shows.forEach((part) => part());
  store.subscribe(show);
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
