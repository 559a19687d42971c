// The field at the end: reply or private note, files, kinds, a preview, and telling that the agent types.

import { ICONS, h, icon } from "./dom.js";
import { KINDS } from "./kinds.js";
import { plainLine, renderMarkdown } from "./markdown.js";
import { withMenu } from "./menu.js";
import { nameOf } from "./records.js";
import { Tray, takeDrops } from "./tray.js";

const AGAIN = 10_000; // a visitor's widget forgets typing after 30 s
const PAUSE = 4_000;
const LONGEST = 150_000; // characters the server takes

/** Builds the composer in its form. Returns `{show, focus, answer}`. */
export function mountComposer(store, desk) {
  const composer = new Composer(store, desk, document.getElementById("composer"));
  return { show: () => composer.show(), focus: () => composer.focus(), answer: (message) => composer.answer(message) };
}

class Composer {
  #store;
  #desk;
  #form;
  #text;
  #modes;
  #send;
  #tray;
  #quote = h("div", { class: "quote", hidden: true });
  #preview = h("div", { class: "preview-box", hidden: true, role: "region", "aria-label": "How it reads" });
  #previews = false;
  #previewButton;
  #typing;
  #shown = null;
  #drafts = new Map(); // what was written and not sent, by conversation
  #draft = newDraft();

  constructor(store, desk, form) {
    this.#store = store;
    this.#desk = desk;
    this.#form = form;
    this.#typing = new Typing(desk);
    this.#tray = new Tray(() => this.#paint());
    this.#text = h("textarea", {
      ...{ id: "composer-text", rows: "1", dir: "auto", maxlength: String(LONGEST), enterkeyhint: "send", autocomplete: "off" },
      on: { input: () => this.#typed(), keydown: (event) => this.#key(event), blur: () => this.#typing.stop(), paste: (event) => this.#pasted(event) },
    });
    this.#send = h("button", { class: "pill act send", text: "Send" });
    this.#modes = [this.#mode(false, "Reply", "Reply"), this.#mode(true, "Private note", "Note")];
    form.append(this.#quote, this.#tray.node, this.#preview, this.#text, this.#tools());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    takeDrops(form.closest(".thread"), () => this.#shown !== null, (files) => this.#tray.add(files));
    addEventListener("pagehide", () => this.#typing.stop());
  }

  focus() {
    this.#text.focus({ preventScroll: true });
  }

  /** What is written next answers `message`. */
  answer(message) {
    this.#draft.answers = message;
    this.#paint();
    this.focus();
  }

  /** Follows the open conversation: each keeps its own draft. */
  show() {
    const id = this.#store.selected;
    this.#form.hidden = id === null;
    if (id === this.#shown) return;
    this.#typing.stop();
    if (this.#shown !== null) this.#drafts.set(this.#shown, this.#draft);
    this.#shown = id;
    this.#draft = this.#drafts.get(id) ?? newDraft();
    this.#text.value = this.#draft.text;
    this.#tray.show(this.#draft.files);
    this.#paint();
  }

  #tools() {
    const kinds = h("button", { class: "pill", type: "button", "aria-label": "Send a kind" }, "Kind", h("span", { "aria-hidden": "true", text: "▾" }));
    const entries = () => KINDS.map((it) => ({ label: it.label, about: it.about, run: () => it.send(this.#desk, this.#shown) }));
    const modes = h("div", { class: "modes", role: "radiogroup", "aria-label": "Who reads this" }, this.#modes);
    modes.addEventListener("keydown", (event) => this.#turnMode(event));
    const preview = [h("span", { class: "wide", text: "Preview" }), h("span", { class: "tight" }, icon(ICONS.eye, 16))];
    this.#previewButton = h("button", { class: "pill", type: "button", "aria-pressed": "false", "aria-label": "Preview", on: { click: () => this.#turnPreview() } }, preview);
    return h("div", { class: "tools" }, modes, this.#tray.button, withMenu(kinds, "Send a kind", entries, "above"), this.#previewButton, this.#send);
  }

  #turnPreview() {
    this.#previews = !this.#previews;
    this.#previewButton.setAttribute("aria-pressed", String(this.#previews));
    this.#paint();
  }

  #pasted(event) {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    this.#tray.add(files);
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
    this.#send.disabled = this.#text.value.trim() === "" && this.#draft.files.length === 0;
    this.#paintQuote();
    const shows = this.#previews && this.#text.value.trim() !== "";
    this.#preview.hidden = !shows;
    this.#preview.replaceChildren(...(shows ? [h("div", { class: "bubble", dir: "auto" }, renderMarkdown(this.#text.value.trim()))] : []));
    this.#grow();
  }

  #paintQuote() {
    const { answers } = this.#draft;
    this.#quote.hidden = !answers;
    if (!answers) return this.#quote.replaceChildren();
    const drop = () => this.answer(null);
    const who = nameOf(answers.sender) || "Automatic";
    this.#quote.replaceChildren(
      h("span", {}, "Answers ", h("bdi", {}, h("b", { text: who })), ": ", h("bdi", { text: plainLine(answers.content) || "a file" })),
      h("button", { class: "round", type: "button", "aria-label": "Do not answer this message", on: { click: drop } }, icon(ICONS.close, 16)),
    );
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
    const { note, files, answers } = this.#draft;
    const content = this.#text.value.trim();
    if (this.#shown === null || (content === "" && files.length === 0)) return;
    this.#typing.stop();
    const attributes = answers ? { in_reply_to: answers.id } : {};
    this.#desk.send(this.#shown, { content, private: note, files, attributes });
    this.#draft = { ...newDraft(), note };
    this.#text.value = "";
    this.#tray.show(this.#draft.files);
    this.#paint();
    this.focus();
  }
}

function newDraft() {
  return { text: "", note: false, files: [], answers: null };
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
