// Samples of every kind of message that an agent can send by the API and a visitor can see.

import { h } from "./dom.js";

const picture = (name) => new URL(name, import.meta.url).href;

// What the button says, what the visitor gets, what is posted.
const SAMPLES = [
  {
    label: "Choice",
    about: "One of several answers",
    message: {
      kind: "input_select",
      content: "When shall we collect the bicycle?",
      attributes: { items: [{ title: "This morning", value: "morning" }, { title: "After 15:00", value: "afternoon" }, { title: "Tomorrow", value: "tomorrow" }] },
    },
  },
  {
    label: "Form",
    about: "Fields to fill in",
    message: {
      kind: "form",
      content: "A few facts for the workshop:",
      attributes: {
        items: [
          { name: "name", type: "text", label: "Name", placeholder: "Kim", required: "required" },
          { name: "email", type: "email", label: "E-mail", placeholder: "kim@example.org", required: "required", pattern_error: "This does not look like an e-mail address." },
          { name: "what", type: "select", label: "What is it about?", options: [{ label: "Brakes", value: "brakes" }, { label: "Gears", value: "gears" }, { label: "Something else", value: "other" }] },
          { name: "details", type: "text_area", label: "Details", placeholder: "It squeaks when it rains …" },
        ],
        button_label: "Send to the workshop",
      },
    },
  },
  {
    label: "Cards",
    about: "Pictures with actions",
    message: {
      kind: "cards",
      content: "Two that fit you:",
      attributes: {
        items: [
          {
            title: "Meadow 7",
            description: "Seven gears, chain case, carries 25 kg. € 890",
            media_url: picture("meadow.svg"),
            actions: [{ type: "link", text: "See it", uri: "https://example.org/meadow-7" }, { type: "postback", text: "Reserve", payload: "RESERVE_MEADOW_7" }],
          },
          {
            title: "Harbour E",
            description: "Quiet motor, 90 km on one charge. € 2,450",
            media_url: picture("harbour.svg"),
            actions: [{ type: "link", text: "See it", uri: "https://example.org/harbour-e" }, { type: "postback", text: "Reserve", payload: "RESERVE_HARBOUR_E" }],
          },
        ],
      },
    },
  },
  {
    label: "Article",
    about: "Links to read",
    message: {
      kind: "article",
      content: "This may help until tomorrow:",
      attributes: {
        items: [
          { title: "Adjusting a squeaking brake", description: "Five minutes and one hex key.", link: "https://example.org/help/brakes" },
          { title: "Returning an order", description: "Thirty days, no questions, free label.", link: "https://example.org/help/returns" },
        ],
      },
    },
  },
  { label: "E-mail", about: "Asks for an address", message: { kind: "input_email", content: "Where may we write to you?" } },
  { label: "Survey", about: "Resolves, where the inbox sends a survey then", survey: true, message: { kind: "input_csat", content: "How was this conversation?", attributes: { display_type: "emoji" } } },
  { label: "Stars", about: "The survey with five stars", message: { kind: "input_csat", content: "How was this conversation?", attributes: { display_type: "star" } } },
  {
    label: "Formatted",
    about: "Text with Markdown",
    message: {
      content: "**Order 17** left the warehouse.\n\n- *Carrier:* River Post\n- *Number:* `RP-2211`\n\nFollow it at https://example.org/track/RP-2211 or [write to us](mailto:hello@example.org).",
    },
  },
  { label: "Video call", about: "An invitation to a meeting", message: { kind: "integrations", content: "Shall we look at it together?", attributes: { type: "dyte", data: { meeting_id: "sample-meeting" } } } },
  { label: "Unknown", about: "A kind no widget knows", message: { kind: "integrations", content: "Let us draw it together.", attributes: { type: "whiteboard", data: {} } } },
];

/** `{label, about, send(desk, conversation)}` for every sample. */
export const KINDS = SAMPLES.map(({ label, about, survey, message }) => ({
  label,
  about,
  send: (desk, id) => (survey ? desk.survey(id, message) : desk.send(id, message)),
}));

/** The buttons, each sending its sample by `send(entry)`. */
export function kindButtons(send) {
  return KINDS.map((it) => h("button", { class: "pill", type: "button", title: it.about, text: it.label, on: { click: () => send(it) } }));
}
