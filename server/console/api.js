// The application API, as the console uses it (the agent's side of the wire).

// The console's files lie in {installation}/agent/; everything else is found from there, with or without a
// path prefix.
const ROOT = new URL("../", import.meta.url);
const TIMEOUT = 20_000;
const UPLOAD = 10 * 60_000;

/** A request that did not succeed. `status` 0 = no answer; `message` holds the server's own words. */
export class ApiError extends Error {
  constructor(message, status) {
    super(message);
    this.name = "ApiError";
    this.status = status;
  }

  /** True when the server may have done what was asked, although nothing said so. */
  get unknownOutcome() {
    return this.status === 0 || this.status >= 500;
  }
}

/** The address of the agent's cable. */
export function cableUrl() {
  const url = new URL("cable", ROOT);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}

/** Ids and tokens of a demo on this machine, or null when the server does not give them out. */
export async function demoAccess() {
  try {
    const response = await fetch(new URL("demo.json", ROOT), { headers: { accept: "application/json" } });
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}

/** Calls of one signed-in agent. */
export class Api {
  constructor(token, account = null) {
    this.token = token;
    this.account = account;
  }

  profile() {
    return this.#call("GET", "api/v1/profile");
  }

  agents() {
    return this.#call("GET", this.#path("agents"));
  }

  inboxes() {
    return this.#call("GET", this.#path("inboxes"));
  }

  inbox(id) {
    return this.#call("GET", this.#path(`inboxes/${id}`));
  }

  /** `filter`: status, assignee_type, page; with `q` whatever says that, in any status. */
  conversations(filter) {
    return this.#call("GET", this.#path(`conversations?${new URLSearchParams(filter)}`));
  }

  /** Contacts by a part of name, e-mail, phone or identifier. */
  contacts(text) {
    return this.#call("GET", this.#path(`contacts/search?${new URLSearchParams({ q: text })}`));
  }

  contactConversations(id) {
    return this.#call("GET", this.#path(`contacts/${id}/conversations`));
  }

  conversation(id) {
    return this.#call("GET", this.#path(`conversations/${id}`));
  }

  messages(id, before = null) {
    const query = before === null ? "" : `?before=${before}`;
    return this.#call("GET", this.#path(`conversations/${id}/messages${query}`));
  }

  /** With `files` as a form, as the server takes uploads; the attributes then travel as JSON text. */
  send(id, message, files = []) {
    const path = this.#path(`conversations/${id}/messages`);
    if (files.length === 0) return this.#call("POST", path, message);
    const form = new FormData();
    for (const [name, value] of Object.entries(message)) form.append(name, typeof value === "object" ? JSON.stringify(value) : String(value));
    for (const file of files) form.append("attachments[]", file, file.name);
    return this.#call("POST", path, form, { signal: AbortSignal.timeout(UPLOAD) });
  }

  deleteMessage(id, message) {
    return this.#call("DELETE", this.#path(`conversations/${id}/messages/${message}`));
  }

  /** `until`: Unix seconds, for `snoozed`; without it until the visitor writes. */
  setStatus(id, status, until = undefined) {
    return this.#call("POST", this.#path(`conversations/${id}/toggle_status`), { status, snoozed_until: until });
  }

  setLabels(id, labels) {
    return this.#call("POST", this.#path(`conversations/${id}/labels`), { labels });
  }

  assign(id, assignee) {
    return this.#call("POST", this.#path(`conversations/${id}/assignments`), { assignee_id: assignee });
  }

  seen(id) {
    return this.#call("POST", this.#path(`conversations/${id}/update_last_seen`), {});
  }

  /** Outlives the page, so that "off" still goes out when the window closes. */
  typing(id, on, note) {
    const body = { typing_status: on ? "on" : "off", is_private: note };
    return this.#call("POST", this.#path(`conversations/${id}/toggle_typing_status`), body, { keepalive: true });
  }

  #path(rest) {
    return `api/v1/accounts/${encodeURIComponent(this.account)}/${rest}`;
  }

  async #call(method, path, body = undefined, extra = {}) {
    const headers = { accept: "application/json", api_access_token: this.token };
    const form = body instanceof FormData;
    if (body !== undefined && !form) headers["content-type"] = "application/json";
    let response;
    let text;
    try {
      response = await fetch(new URL(path, ROOT), {
        method,
        headers,
        body: body === undefined || form ? body : JSON.stringify(body),
        credentials: "omit",
        cache: "no-store",
        signal: AbortSignal.timeout(TIMEOUT),
        ...extra,
      });
      text = await response.text();
    } catch (error) {
      throw new ApiError(error.name === "TimeoutError" ? "The server did not answer in time." : "The server cannot be reached.", 0);
    }
    const json = parse(text);
    if (!response.ok) throw new ApiError(serverWords(json, response), response.status);
    return json;
  }
}

function parse(text) {
  try {
    return text === "" ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

// The API has several error documents (`message`, `error`, `errors`), HTML and empty bodies.
function serverWords(json, response) {
  const words = json?.message ?? json?.error ?? (Array.isArray(json?.errors) ? json.errors.join(" ") : json?.errors);
  const status = `${response.status} ${response.statusText}`.trim();
  return typeof words === "string" && words !== "" ? words : `The server answered ${status}.`;
}
