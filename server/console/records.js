// The API's documents as the console's records. Conversations and messages have one shape here, whether they
// came by REST or over the cable; a field that a document does not carry stays undefined.

import { toSeconds } from "./time.js";

export const INCOMING = 0;
export const OUTGOING = 1;
export const ACTIVITY = 2;
export const TEMPLATE = 3;

/** A conversation document (REST) or a conversation event's data (cable). */
export function readConversation(raw) {
  const meta = raw.meta ?? {};
  return {
    id: raw.id,
    inbox: raw.inbox_id,
    status: raw.status,
    snoozedUntil: toSeconds(raw.snoozed_until),
    contact: meta.sender ? readContact(meta.sender) : undefined,
    assignee: raw.meta ? (meta.assignee ?? null) : undefined,
    verified: meta.hmac_verified ?? raw.contact_inbox?.hmac_verified,
    unread: raw.unread_count,
    activityAt: toSeconds(raw.last_activity_at ?? raw.timestamp),
    contactSeenAt: toSeconds(raw.contact_last_seen_at),
    createdAt: toSeconds(raw.created_at),
    updatedAt: toSeconds(raw.updated_at),
    custom: raw.custom_attributes,
    labels: raw.labels,
    muted: raw.muted,
    sourceId: raw.contact_inbox?.source_id ?? sourceOf(raw.last_non_activity_message) ?? sourceOf(raw.messages?.[0]),
    last: previewOf(raw),
  };
}

/** A contact document, a sender, or `contact.updated`. */
export function readContact(raw) {
  return {
    id: raw.id,
    name: raw.name || "Visitor",
    email: raw.email || "",
    phone: raw.phone_number || "",
    identifier: raw.identifier || "",
    blocked: raw.blocked === true,
    custom: raw.custom_attributes ?? {},
    online: raw.availability_status === undefined ? undefined : raw.availability_status === "online",
  };
}

/** A message document or a message event's data. */
export function readMessage(raw) {
  return {
    id: raw.id,
    key: `m${raw.id}`,
    conversation: raw.conversation_id,
    content: raw.content ?? "",
    type: raw.message_type,
    private: raw.private === true,
    status: raw.status,
    kind: raw.content_type ?? "text",
    attributes: raw.content_attributes ?? {},
    createdAt: toSeconds(raw.created_at),
    updatedAt: raw.updated_at ? toSeconds(raw.updated_at) : 0,
    sender: raw.sender ?? null,
    attachments: raw.attachments ?? [],
    echo: raw.echo_id ?? null,
  };
}

/** In time order; several messages share a second, so the id decides then. */
export function byTime(a, b) {
  return a.createdAt - b.createdAt || a.id - b.id;
}

/** The name to show for an agent, a bot or a contact. */
export function nameOf(person) {
  return person?.available_name || person?.name || "";
}

export function isDeleted(message) {
  return message.attributes.deleted === true;
}

function sourceOf(message) {
  return message?.conversation?.contact_inbox?.source_id;
}

function previewOf(raw) {
  const candidates = [raw.last_non_activity_message, ...(raw.messages ?? [])].filter(Boolean);
  const shown = candidates.filter((message) => message.message_type !== ACTIVITY);
  return shown.length > 0 ? readMessage(shown.reduce((a, b) => (b.id > a.id ? b : a))) : undefined;
}
