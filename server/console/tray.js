// Files that were chosen, dropped or pasted and are not sent yet.

import { ICONS, h, icon } from "./dom.js";
import { fileSize } from "./time.js";

const MOST = 15; // attachments a message takes
const SHOWN = /^image\/(png|jpeg|gif|webp|bmp|avif)$/;

/** The files of one draft; `changed()` is called after every change that a person makes. */
export class Tray {
  #changed;
  #files = [];
  #choose;
  #pictures = []; // addresses of previews, to be given back

  constructor(changed) {
    this.#changed = changed;
    this.node = h("ul", { class: "tray", "aria-label": "Files to send", hidden: true });
    this.#choose = h("input", { type: "file", multiple: true, hidden: true, "aria-label": "Files", on: { change: () => this.#chosen() } });
    const open = h("button", { class: "pill", type: "button", "aria-label": "File to send", on: { click: () => this.#choose.click() } }, icon(ICONS.clip, 15), h("span", { class: "wide", text: "File" }));
    /** Opens the file dialogue. */
    this.button = h("span", { class: "menu-host" }, open, this.#choose);
  }

  /** Shows the files of another draft; the list itself is changed as files come and go. */
  show(files) {
    this.#files = files;
    this.#paint();
  }

  add(files) {
    this.#files.push(...files.slice(0, MOST - this.#files.length));
    this.#paint();
    this.#changed();
  }

  #chosen() {
    this.add([...this.#choose.files]);
    this.#choose.value = ""; // so that the same file can be chosen again
  }

  #drop(file) {
    this.#files.splice(this.#files.indexOf(file), 1);
    this.#paint();
    this.#changed();
  }

  #paint() {
    for (const address of this.#pictures) URL.revokeObjectURL(address);
    this.#pictures = [];
    this.node.hidden = this.#files.length === 0;
    this.node.replaceChildren(...this.#files.map((file) => this.#item(file)));
  }

  #item(file) {
    const remove = h("button", { class: "round", type: "button", "aria-label": `Remove ${file.name}`, on: { click: () => this.#drop(file) } }, icon(ICONS.close, 16));
    return h("li", { class: "file" }, this.#picture(file), h("bdi", { class: "clip", text: file.name }), h("small", { text: fileSize(file.size) }), remove);
  }

  #picture(file) {
    if (!SHOWN.test(file.type)) return icon(ICONS.file);
    const address = URL.createObjectURL(file);
    this.#pictures.push(address);
    return h("img", { src: address, alt: "", width: "28", height: "28" });
  }
}

/** Lets files be dropped on `area` while `ready()`; a file dropped beside it does not leave the page. */
export function takeDrops(area, ready, take) {
  const carries = (event) => event.dataTransfer?.types.includes("Files");
  let depth = 0; // enter and leave also come for every element inside
  const mark = (by) => {
    depth = by === 0 ? 0 : Math.max(0, depth + by);
    area.classList.toggle("dropping", depth > 0);
  };
  area.addEventListener("dragenter", (event) => carries(event) && ready() && mark(1));
  area.addEventListener("dragleave", (event) => carries(event) && mark(-1));
  addEventListener("dragover", (event) => carries(event) && event.preventDefault());
  addEventListener("drop", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    mark(0);
    if (ready() && area.contains(event.target)) take([...event.dataTransfer.files]);
  });
}
