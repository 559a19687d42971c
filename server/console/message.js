// One message as DOM nodes: text, attachments, and the kinds a visitor can answer.

import { ICONS, h, icon } from "./dom.js";
import { renderMarkdown, safeHref, safeLink } from "./markdown.js";
import { isDeleted } from "./records.js";
import { fileSize } from "./time.js";

const FACES = ["😞", "😑", "😐", "😀", "😍"];
const RATINGS = ["very bad", "bad", "fair", "good", "very good"];

/** What a message shows: a bubble, an outlined kind, its attachments. */
export function messageParts(message) {
  const parts = h("div", { class: "parts" });
  if (isDeleted(message)) {
    parts.append(h("div", { class: "bubble", text: "This message was deleted" }));
    return parts;
  }
  const kind = kindOf(message);
  if (kind && message.kind !== "text") parts.append(h("div", { class: "kind" }, text(message), kind(message.attributes)));
  else if (message.content !== "") parts.append(h("div", { class: "bubble", dir: "auto" }, renderMarkdown(message.content)));
  else if (message.attachments.length === 0 && !(message.files?.length > 0)) parts.append(h("div", { class: "bubble", text: "(empty message)" }));
  if (!kind && message.kind !== "text") parts.append(h("span", { class: "tag", text: `Kind “${message.kind}”` }));
  if (message.attachments.length > 0) parts.append(h("div", { class: "attachments" }, message.attachments.map(attachment)));
  if (message.files?.length > 0) parts.append(h("div", { class: "attachments" }, message.files.map(underWay)));
  return parts;
}

// Of the integrations only meetings are known.
function kindOf(message) {
  if (message.kind === "integrations" && message.attributes.type !== "dyte") return undefined;
  return KINDS[message.kind];
}

function underWay(file) {
  return h("span", { class: "file" }, icon(ICONS.file), h("bdi", { class: "clip", text: file.name }), h("small", { text: fileSize(file.size) }));
}

function meeting() {
  return answer("An invitation to a video call");
}

function text(message) {
  return message.content === "" ? null : h("div", { dir: "auto" }, renderMarkdown(message.content));
}

const KINDS = {
  input_select: choices,
  form,
  cards,
  article,
  input_email: email,
  input_csat: survey,
  integrations: meeting,
};

function items(attributes) {
  return Array.isArray(attributes.items) ? attributes.items : [];
}

function submitted(attributes) {
  const values = attributes.submitted_values;
  return Array.isArray(values) ? values : values ? [values] : [];
}

function answer(words) {
  return h("div", { class: "answer", text: words });
}

function choices(attributes) {
  const chosen = submitted(attributes).map((it) => it.value);
  const pills = items(attributes).map((it) => {
    const on = chosen.includes(it.value);
    return h("span", { class: `choice${on ? " on" : ""}` }, it.title ?? it.value, on && h("span", { class: "sr", text: " (chosen)" }));
  });
  return [h("div", { class: "choices" }, pills), answer(chosen.length > 0 ? "Answered" : "Waiting for an answer")];
}

function form(attributes) {
  const values = new Map(submitted(attributes).map((it) => [it.name, it.value]));
  const rows = items(attributes).map((it) => {
    const label = `${it.label ?? it.name}${it.required ? " *" : ""}`;
    return h("div", { class: "field-row" }, h("span", { text: label }), values.size > 0 ? filled(it, values.get(it.name)) : blank(it));
  });
  return [rows, answer(values.size > 0 ? "Answered" : "Waiting for an answer")];
}

function filled(it, value) {
  const option = (it.options ?? []).find((one) => one.value === value);
  return h("span", { dir: "auto", text: option?.label ?? value ?? "–" });
}

function blank(it) {
  const words = it.placeholder ?? (it.options ?? []).map((one) => one.label).join(" / ");
  return h("span", { class: `blank${it.type === "text_area" ? " tall" : ""}`, text: words });
}

function cards(attributes) {
  return items(attributes).map((it) => h("div", { class: "card-item" },
    picture(it.media_url, it.title),
    h("b", { text: it.title }),
    it.description && h("span", { class: "small", text: it.description }),
    h("div", { class: "choices" }, (it.actions ?? []).map((action) => h("span", { class: "choice", text: action.text ?? action.type })))));
}

function article(attributes) {
  return items(attributes).map((it) => {
    const href = safeHref(it.link ?? "");
    const title = it.title ?? it.link ?? "";
    return h("div", { class: "card-item" }, href ? safeLink(href, title) : h("b", { text: title }), it.description && h("span", { class: "small", text: it.description }));
  });
}

function email(attributes) {
  const given = attributes.submitted_email;
  return answer(given ? `Answered: ${given}` : "Asks for an e-mail address");
}

/** What a survey was answered with: `{rating, comment}`, rating 0 before. */
export function surveyAnswer(attributes) {
  const values = attributes.submitted_values;
  const response = (Array.isArray(values) ? values[0] : values)?.csat_survey_response;
  return { rating: Number(response?.rating) || 0, comment: response?.feedback_message ?? "" };
}

function survey(attributes) {
  const { rating, comment } = surveyAnswer(attributes);
  const stars = attributes.display_type === "star";
  const marks = FACES.map((face, at) => {
    const on = stars ? at < rating : at + 1 === rating;
    return h("span", { class: on ? "on" : "", "aria-hidden": "true", text: stars ? (rating > 0 && !on ? "☆" : "⭐") : face });
  });
  const rated = `Rated ${rating} of 5 (${RATINGS[rating - 1] ?? "unknown"})`;
  return [
    h("div", { class: `faces${rating === 0 ? " open" : ""}` }, marks),
    comment !== "" && h("blockquote", { class: "comment", dir: "auto", text: comment }),
    answer(rating > 0 ? rated : "Not rated yet"),
  ];
}

function picture(address, alt) {
  const href = webAddress(address);
  return href && h("img", { src: href, alt: alt ?? "", loading: "lazy", referrerpolicy: "no-referrer" });
}

function webAddress(address) {
  const href = safeHref(address ?? "");
  return href && /^https?:/.test(href) ? href : null;
}

function attachment(it) {
  const href = webAddress(it.data_url);
  if (it.file_type === "image" && href) {
    // The measures keep the place; the preview is enough to recognise it.
    const shown = webAddress(it.thumb_url) ?? href;
    const image = h("img", { src: shown, alt: fileName(href), width: it.width, height: it.height, referrerpolicy: "no-referrer" });
    return h("a", { href, target: "_blank", rel: "noopener noreferrer nofollow" }, image);
  }
  if (it.file_type === "audio" && href) return h("audio", { src: href, controls: true, preload: "metadata", "aria-label": fileName(href) });
  if (it.file_type === "video" && href) return h("video", { src: href, controls: true, preload: "metadata", "aria-label": fileName(href) });
  if (it.file_type === "location") return h("span", { class: "file", text: it.fallback_title || `${it.coordinates_lat}, ${it.coordinates_long}` });
  const name = it.fallback_title || (href ? fileName(href) : "File");
  const inside = [icon(ICONS.file), h("bdi", { class: "clip", text: name }), h("small", { text: fileSize(it.file_size) })];
  return href ? h("a", { class: "file", href, target: "_blank", rel: "noopener noreferrer nofollow" }, inside) : h("span", { class: "file" }, inside);
}

function fileName(href) {
  const last = new URL(href).pathname.split("/").at(-1);
  try {
    return decodeURIComponent(last) || "File";
  } catch {
    return last;
  }
}
