// The field at the end: reply or private note, kinds, and telling that the agent types.

import { h } from "./dom.js";
import { KINDS } from "./kinds.js";

const AGAIN = 10_000; // a visitor's widget forgets typing after 30 s
const PAUSE = 4_000;
const LONGEST = 150_000; // characters the server takes

/** Builds the composer in its form. Returns `{show, focus}`. */
export function mountComposer(store, desk) {
  const composer = new Composer(store, desk, document.getElementById("composer"));
  return { show: () => composer.show(), focus: () => composer.focus() };
}

class Composer {
  #store;
  #desk;
  #form;
  #text;
  #modes;
  #send;
  #menu;
  #opener;
  #typing;
  #shown = null;
  #drafts = new Map(); // what was typed and not sent, by conversation
  #draft = newDraft();

  constructor(store, desk, form) {
    this.#store = store;
    this.#desk = desk;
    this.#form = form;
    this.#typing = new Typing(desk);
    this.#text = h("textarea", {
      ...{ id: "composer-text", rows: "1", dir: "auto", maxlength: String(LONGEST), enterkeyhint: "send", autocomplete: "off" },
      on: { input: () => this.#typed(), keydown: (event) => this.#key(event), blur: () => this.#typing.stop() },
    });
    this.#send = h("button", { class: "pill act send", text: "Send" });
    this.#modes = [this.#mode(false, "Reply", "Reply"), this.#mode(true, "Private note", "Note")];
    form.append(this.#text, this.#tools());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    addEventListener("pagehide", () => this.#typing.stop());
  }

  focus() {
    this.#text.focus({ preventScroll: true });
  }

  /** Follows the open conversation: each keeps its own draft. */
  show() {
    const id = this.#store.selected;
    this.#form.hidden = id === null;
    if (id === this.#shown) return;
    this.#typing.stop();
    this.#closeMenu();
    if (this.#shown !== null) this.#drafts.set(this.#shown, this.#draft);
    this.#shown = id;
    this.#draft = this.#drafts.get(id) ?? newDraft();
    this.#text.value = this.#draft.text;
    this.#paint();
  }

  #tools() {
    this.#opener = h("button", { class: "pill", type: "button", "aria-haspopup": "menu", "aria-expanded": "false", text: "Kind ▾", on: { click: () => this.#toggleMenu() } });
    const modes = h("div", { class: "modes", role: "radiogroup", "aria-label": "Who reads this" }, this.#modes);
    modes.addEventListener("keydown", (event) => this.#turnMode(event));
    return h("div", { class: "tools" }, modes, this.#opener, this.#send);
  }

  #mode(note, label, short) {
    const texts = [h("span", { class: "wide", text: label }), h("span", { class: "tight", text: short })];
    return h("button", { class: "pill mode", type: "button", role: "radio", "aria-label": label, on: { click: () => this.#choose(note) } }, texts);
  }

  #choose(note) {
    this.#typing.stop();
    this.#draft.note = note;
    this.#paint();
    this.focus();
  }

  #turnMode(event) {
    if (!event.key.startsWith("Arrow")) return;
    event.preventDefault();
    this.#draft.note = !this.#draft.note;
    this.#paint();
    this.#modes[Number(this.#draft.note)].focus();
  }

  #paint() {
    const { note } = this.#draft;
    this.#modes.forEach((mode, at) => {
      const chosen = Boolean(at) === note;
      mode.setAttribute("aria-checked", String(chosen));
      mode.tabIndex = chosen ? 0 : -1;
    });
    this.#form.classList.toggle("as-note", note);
    const words = note ? "Private note, only agents see it" : "Reply in Markdown";
    this.#text.placeholder = words;
    this.#text.setAttribute("aria-label", words);
    this.#send.disabled = this.#text.value.trim() === "";
    this.#grow();
  }

  #grow() {
    this.#text.style.height = "auto";
    this.#text.style.height = `${this.#text.scrollHeight}px`;
  }

  #typed() {
    this.#draft.text = this.#text.value;
    this.#paint();
    if (this.#text.value.trim() !== "") this.#typing.go(this.#shown, this.#draft.note);
    else this.#typing.stop();
  }

  #key(event) {
    // While an input method composes, Enter belongs to it (229: Safari ends composing before the key).
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.#submit();
  }

  #submit() {
    const { note } = this.#draft;
    const content = this.#text.value.trim();
    if (this.#shown === null || content === "") return;
    this.#typing.stop();
    this.#desk.send(this.#shown, { content, private: note });
    this.#draft = { ...newDraft(), note };
    this.#text.value = "";
    this.#paint();
    this.focus();
  }

  #toggleMenu() {
    if (this.#menu) this.#closeMenu();
    else this.#openMenu();
  }

  #openMenu() {
    const entries = KINDS.map((it) => h("button", { type: "button", role: "menuitem", tabindex: "-1", on: { click: () => this.#sendKind(it) } }, it.label, h("small", { text: it.about })));
    this.#menu = h("div", { class: "menu", role: "menu", "aria-label": "Send a kind", on: { keydown: (event) => this.#menuKey(event, entries), focusout: (event) => this.#left(event) } }, entries);
    this.#form.append(this.#menu);
    this.#opener.setAttribute("aria-expanded", "true");
    entries[0].focus();
  }

  #closeMenu() {
    const menu = this.#menu;
    this.#menu = null;
    menu?.remove();
    this.#opener.setAttribute("aria-expanded", "false");
  }

  #left(event) {
    if (this.#menu && !this.#menu.contains(event.relatedTarget) && event.relatedTarget !== this.#opener) this.#closeMenu();
  }

  #sendKind(it) {
    this.#closeMenu();
    this.#desk.send(this.#shown, it.message);
    this.focus();
  }

  #menuKey(event, entries) {
    const at = entries.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: entries.length - 1 }[event.key];
    if (to !== undefined) entries[(to + entries.length) % entries.length].focus();
    else if (event.key === "Escape") {
      this.#closeMenu();
      this.#opener.focus();
    } else return;
    event.preventDefault();
  }
}

function newDraft() {
  return { text: "", note: false };
}

/** Tells the server "on" now and then while keys are pressed, and "off" once when they stop. */
class Typing {
  #desk;
  #timer = 0;
  #told = null;

  constructor(desk) {
    this.#desk = desk;
  }

  go(id, note) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.stop(), PAUSE);
    if (this.#told && performance.now() - this.#told.at < AGAIN) return;
    this.#told = { id, note, at: performance.now() };
    this.#desk.typing(id, true, note);
  }

  stop() {
    clearTimeout(this.#timer);
    if (this.#told) this.#desk.typing(this.#told.id, false, this.#told.note);
    this.#told = null;
  }
}
