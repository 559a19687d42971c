// Builds and updates DOM nodes. Text only ever becomes text nodes; nothing here parses markup.

const SVG = "http://www.w3.org/2000/svg";

/**
 * Makes an element. `props`: `class`, `dataset`, `on` (event name to listener), `text`, known boolean
 * properties, everything else an attribute; null, undefined and false leave the attribute out.
 * `children`: nodes, texts, or nested arrays of them; null and false are skipped.
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) setProp(element, name, value);
  append(element, children);
  return element;
}

function setProp(element, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name === "class") element.className = value;
  else if (name === "text") element.textContent = value;
  else if (name === "dataset") Object.assign(element.dataset, value);
  else if (name === "on") {
    for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
  } else element.setAttribute(name, value === true ? "" : String(value));
}

/** Appends nodes, texts and nested arrays of them. */
export function append(parent, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    parent.append(child instanceof Node ? child : String(child));
  }
  return parent;
}

/** A line icon of 24 units drawn by path data; decoration only, so hidden from assistive technology. */
export function icon(path, size = 18) {
  const svg = document.createElementNS(SVG, "svg");
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", path);
  svg.append(line);
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("width", size);
  svg.setAttribute("height", size);
  svg.setAttribute("aria-hidden", "true");
  svg.classList.add("icon");
  return svg;
}

export const ICONS = {
  back: "M15 5l-7 7 7 7",
  close: "M6 6l12 12M18 6L6 18",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.500 20c.8-3.600 3.900-5.500 7.500-5.500s6.700 1.900 7.500 5.500",
  check: "M5 12.500l4.500 4.500L19 7.500",
  file: "M13 3H7a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2V9zM13 3v6h6",
  clip: "M19 11.500l-7.500 7.500a4.600 4.600 0 0 1-6.500-6.500L13 4.500a3 3 0 0 1 4.300 4.300l-7.800 7.700a1.500 1.500 0 0 1-2.100-2.100l7-7",
  answer: "M10 6l-5 5 5 5M5 11h8.500a5.500 5.500 0 0 1 5.500 5.500V19",
  eye: "M2.500 12S6 5.500 12 5.500 21.500 12 21.500 12 18 18.500 12 18.500 2.500 12 2.500 12zM12 14.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5z",
  bin: "M5 7h14M10 7V4.500h4V7M7 7l.8 12.500h8.400L17 7M10.500 11v5M13.500 11v5",
};

/**
 * Makes `parent` hold exactly `items` in order, keeping every node whose `key` and `sig` did not change. A
 * rebuilt node that held the focus gets it back, so that a live update never throws the keyboard out.
 * `items`: `{key, sig, build}`.
 */
export function reconcile(parent, items) {
  const known = new Map();
  for (const node of parent.children) known.set(node.dataset.key, node);
  let next = parent.firstElementChild;
  for (const item of items) {
    const key = String(item.key);
    const old = known.get(key);
    known.delete(key);
    const node = old && old.dataset.sig === item.sig ? old : rebuilt(old, item, key);
    if (node === next) next = next.nextElementSibling;
    else if (old && node !== old && old === next) {
      next = old.nextElementSibling;
      swap(old, node);
    } else {
      if (old && node !== old) swap(old, node);
      parent.insertBefore(node, next);
    }
  }
  for (const node of known.values()) node.remove();
}

function rebuilt(old, item, key) {
  const node = item.build();
  node.dataset.key = key;
  node.dataset.sig = item.sig;
  return node;
}

function swap(old, node) {
  const active = document.activeElement;
  const held = old.contains(active);
  const mark = held ? active.dataset?.focus : undefined;
  old.replaceWith(node);
  if (!held) return;
  const target = mark ? node.querySelector(`[data-focus="${CSS.escape(mark)}"]`) : node;
  (target ?? node).focus({ preventScroll: true });
}

/** Two letters that stand for a person where there is no picture. */
export function initials(name) {
  const words = String(name ?? "").match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  const letters = words.length > 1 ? [first(words[0]), first(words[1])] : [...(words[0] ?? "?")].slice(0, 2);
  return letters.join("").toUpperCase();
}

function first(word) {
  return [...word][0] ?? "";
}

/** A round avatar with initials; the name stands beside it, so it is hidden from assistive technology. */
export function avatar(name, extra = "") {
  return h("span", { class: `avatar ${extra}`.trim(), "aria-hidden": "true", text: initials(name) });
}
