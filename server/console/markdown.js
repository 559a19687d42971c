// Markdown of messages, as a tree of known kinds and from there as DOM nodes. Markup in a text stays text.

import { append, h } from "./dom.js";

const SCHEMES = new Set(["http:", "https:", "mailto:", "tel:"]);
const DEPTH = 4;
const LONGEST = 50_000; // longer texts are shown as they are
const LINK_TEXT = 1_000;
const LINK_TARGET = 2_000;
const DELIMITERS = [
  ["**", "strong"],
  ["__", "strong"],
  ["~~", "s"],
  ["*", "em"],
  ["_", "em"],
];

/** The address as it may be followed, or null: known schemes only, and no name that poses as a host. */
export function safeHref(text) {
  let url;
  try {
    url = new URL(text);
  } catch {
    return null;
  }
  if (!SCHEMES.has(url.protocol) || url.username !== "" || url.password !== "") return null;
  return url.href;
}

/** An anchor that gives nothing away to where it leads. */
export function safeLink(href, ...children) {
  return h("a", { href, target: "_blank", rel: "noopener noreferrer nofollow", title: href }, ...children);
}

/** The nodes for a message's text. */
export function renderMarkdown(text) {
  const fragment = document.createDocumentFragment();
  if (text.length > LONGEST) return append(fragment, [h("p", { class: "raw", text })]);
  return append(fragment, parseBlocks(text).map(blockNode));
}

/** One line of plain text, for previews. */
export function plainLine(text) {
  const lines = parseBlocks(String(text).slice(0, 300)).map((block) => {
    if (block.kind === "pre") return block.text;
    return (block.items ?? [block.children]).map(plainText).join(" ");
  });
  return lines.join(" ").replace(/\s+/g, " ").trim();
}

function plainText(nodes) {
  return nodes.map((node) => (typeof node === "string" ? node : (node.text ?? (node.children ? plainText(node.children) : " ")))).join("");
}

/** Text to blocks: `{kind: "p"|"blockquote", children}`, `{kind: "ul"|"ol", items}`, `{kind: "pre", text}`. */
export function parseBlocks(text) {
  const lines = text.replace(/\r\n?/g, "\n").split("\n");
  const blocks = [];
  let at = 0;
  while (at < lines.length) {
    if (lines[at].trim() === "") {
      at += 1;
      continue;
    }
    const kind = kindOf(lines[at]);
    const end = blockEnd(lines, at, kind);
    blocks.push(makeBlock(kind, lines.slice(at, end)));
    at = end;
  }
  return blocks;
}

function kindOf(line) {
  if (line.startsWith("```")) return "pre";
  if (/^\s{0,3}[-*+]\s+\S/.test(line)) return "ul";
  if (/^\s{0,3}\d{1,9}[.)]\s+\S/.test(line)) return "ol";
  return /^>/.test(line) ? "blockquote" : "p";
}

function blockEnd(lines, start, kind) {
  let at = start + 1;
  if (kind === "pre") {
    while (at < lines.length && !lines[at].startsWith("```")) at += 1;
    return Math.min(at + 1, lines.length);
  }
  while (at < lines.length && lines[at].trim() !== "" && kindOf(lines[at]) === kind) at += 1;
  return at;
}

function makeBlock(kind, lines) {
  if (kind === "pre") {
    const closed = lines.length > 1 && lines.at(-1).startsWith("```");
    return { kind, text: lines.slice(1, closed ? -1 : undefined).join("\n") };
  }
  if (kind === "ul" || kind === "ol") {
    const items = lines.map((line) => parseInline(line.replace(/^\s*(?:[-*+]|\d+[.)])\s+/, "")));
    return { kind, items, start: kind === "ol" ? Number.parseInt(lines[0], 10) : undefined };
  }
  const body = kind === "blockquote" ? lines.map((line) => line.replace(/^>\s?/, "")) : lines;
  return { kind, children: parseInline(body.join("\n")) };
}

/** Text of one block to a list of strings and `{kind, …}` nodes. Takes time in proportion to the text. */
export function parseInline(text, depth = 0) {
  const state = { text, depth, at: 0, plain: "", nodes: [], missing: new Set(), linkEnd: -2 };
  while (state.at < text.length) {
    const step = readNode(state);
    if (step === null) {
      state.plain += text[state.at];
      state.at += 1;
      continue;
    }
    if (step.node) {
      if (state.plain !== "") state.nodes.push(state.plain);
      state.plain = "";
      state.nodes.push(step.node);
    } else state.plain += step.literal;
    state.at = step.end;
  }
  if (state.plain !== "") state.nodes.push(state.plain);
  return state.nodes;
}

function readNode(state) {
  const { text, at } = state;
  switch (text[at]) {
    case "\n":
      state.plain = state.plain.trimEnd();
      return { node: { kind: "br" }, end: at + 1 };
    case "\\":
      if (text[at + 1] === "\n") return { node: { kind: "br" }, end: at + 2 };
      return /[!-/:-@[-`{-~]/.test(text[at + 1] ?? "") ? { literal: text[at + 1], end: at + 2 } : null;
    case "`":
      return readCode(state);
    case "*":
    case "_":
    case "~":
      return state.depth < DEPTH ? readEmphasis(state) : null;
    case "!":
      return text[at + 1] === "[" ? readLink(state, at + 1) : null;
    case "[":
      return readLink(state, at);
    case "h":
      return readAddress(state);
    default:
      return null;
  }
}

function readCode({ text, at, missing }) {
  if (text[at - 1] === "`" || missing.has("`")) return null;
  let open = at;
  while (text[open] === "`") open += 1;
  const ticks = text.slice(at, open);
  const close = text.indexOf(ticks, open);
  if (close < 0) {
    if (ticks.length === 1) missing.add("`");
    return null;
  }
  return { node: { kind: "code", text: text.slice(open, close) }, end: close + ticks.length };
}

function readEmphasis(state) {
  const { text, at } = state;
  for (const [mark, kind] of DELIMITERS) {
    if (!text.startsWith(mark, at) || state.missing.has(mark)) continue;
    const start = at + mark.length;
    if (/\s/.test(text[start] ?? " ") || (mark[0] === "_" && isWord(text[at - 1]))) continue;
    const close = closing(text, mark, start);
    if (close < 0) {
      state.missing.add(mark);
      continue;
    }
    return { node: { kind, children: parseInline(text.slice(start, close), state.depth + 1) }, end: close + mark.length };
  }
  return null;
}

// Whether a mark can close depends on its neighbours alone, so that "none from here on" stays true further on.
function closing(text, mark, from) {
  let at = text.indexOf(mark, from + 1);
  while (at >= 0) {
    const after = text[at + mark.length];
    const single = mark.length === 1 && after === mark;
    if (mark.length === 2 && after === mark[0]) {
      at += 1; // of three marks in a row the last two close, so that ***both*** nests
      continue;
    }
    if (!single && !/\s/.test(text[at - 1]) && !(mark[0] === "_" && isWord(after))) return at;
    at = text.indexOf(mark, at + (single ? 2 : 1));
  }
  return -1;
}

function isWord(letter) {
  return letter !== undefined && /[\p{L}\p{N}]/u.test(letter);
}

function readLink(state, open) {
  const { text } = state;
  if (state.missing.has("](")) return null;
  if (state.linkEnd < open) state.linkEnd = text.indexOf("](", open);
  if (state.linkEnd < 0) {
    state.missing.add("](");
    return null;
  }
  if (state.linkEnd - open > LINK_TEXT) return null;
  const label = text.slice(open + 1, state.linkEnd);
  const close = targetEnd(text, state.linkEnd + 2);
  if (label.includes("[") || close < 0) return null;
  const href = safeHref(text.slice(state.linkEnd + 2, close).trim().split(/\s/)[0]);
  if (href === null) return null;
  const children = state.depth < DEPTH ? parseInline(label, DEPTH) : [label];
  return { node: { kind: "a", href, children: children.length > 0 ? children : [href] }, end: close + 1 };
}

function targetEnd(text, from) {
  let depth = 0;
  for (let at = from; at < text.length && at - from < LINK_TARGET; at += 1) {
    if (text[at] === "\n") return -1;
    if (text[at] === "(") depth += 1;
    else if (text[at] === ")") {
      if (depth === 0) return at;
      depth -= 1;
    }
  }
  return -1;
}

function readAddress({ text, at, depth }) {
  if (depth >= DEPTH || isWord(text[at - 1]) || !(text.startsWith("http://", at) || text.startsWith("https://", at))) return null;
  const [whole] = /^[^\s<>"`]*/.exec(text.slice(at, at + LINK_TARGET));
  let shown = whole.replace(/[.,;:!?'*_~\]]+$/, "");
  while (shown.endsWith(")") && shown.split(")").length > shown.split("(").length) shown = shown.slice(0, -1);
  const href = safeHref(shown);
  return href === null ? null : { node: { kind: "a", href, children: [shown] }, end: at + shown.length };
}

function blockNode(block) {
  if (block.kind === "pre") return h("pre", {}, h("code", { text: block.text }));
  if (block.items) {
    const start = block.start > 1 ? block.start : undefined;
    return h(block.kind, { start }, block.items.map((item) => h("li", {}, item.map(inlineNode))));
  }
  return h(block.kind, {}, block.children.map(inlineNode));
}

function inlineNode(node) {
  if (typeof node === "string") return node;
  if (node.kind === "br") return h("br");
  if (node.kind === "code") return h("code", { text: node.text });
  if (node.kind === "a") return safeLink(node.href, node.children.map(inlineNode));
  return h(node.kind, {}, node.children.map(inlineNode));
}
