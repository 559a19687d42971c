// A button that opens a menu, by mouse and keyboard.

import { h } from "./dom.js";

/**
 * Makes `button` open a menu. `entries()` gives `{label, about, checked, run}` anew at every opening; `checked` is
 * left out where nothing is chosen among them. Returns the element to put in place of the button.
 */
export function withMenu(button, label, entries, extra = "") {
  const host = h("span", { class: `menu-host ${extra}`.trim() }, button);
  new Menu(host, button, label, entries);
  return host;
}

class Menu {
  #host;
  #button;
  #label;
  #entries;
  #node = null;

  constructor(host, button, label, entries) {
    this.#host = host;
    this.#button = button;
    this.#label = label;
    this.#entries = entries;
    button.setAttribute("aria-haspopup", "menu");
    button.setAttribute("aria-expanded", "false");
    button.addEventListener("click", () => (this.#node ? this.#close() : this.#open()));
    button.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
      event.preventDefault();
      this.#open();
    });
  }

  #open() {
    if (this.#node) return;
    const buttons = this.#entries().map((it) => this.#entry(it));
    this.#node = h("div", { class: "menu", role: "menu", "aria-label": this.#label, on: { keydown: (event) => this.#key(event, buttons), focusout: (event) => this.#left(event) } }, buttons);
    this.#host.append(this.#node);
    this.#button.setAttribute("aria-expanded", "true");
    (buttons.find((it) => it.getAttribute("aria-checked") === "true") ?? buttons[0])?.focus();
  }

  #entry({ label, about, checked, run }) {
    const role = checked === undefined ? "menuitem" : "menuitemradio";
    const choose = () => {
      this.#close();
      this.#button.focus();
      run();
    };
    return h("button", { type: "button", role, "aria-checked": checked === undefined ? null : String(checked), tabindex: "-1", on: { click: choose } },
      h("bdi", { text: label }), about && h("small", { text: about }));
  }

  #close() {
    const node = this.#node;
    this.#node = null;
    node?.remove();
    this.#button.setAttribute("aria-expanded", "false");
  }

  #left(event) {
    if (this.#node && !this.#node.contains(event.relatedTarget) && event.relatedTarget !== this.#button) this.#close();
  }

  #key(event, buttons) {
    const at = buttons.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (to !== undefined) buttons[(to + buttons.length) % buttons.length].focus();
    else if (event.key === "Escape") {
      this.#close();
      this.#button.focus();
    } else return;
    event.preventDefault();
  }
}
