// The agent's cable: one WebSocket with one RoomChannel subscription that always comes back.

const STALE = 6_500; // the server pings every 3 s
const CONFIRM = 5_000; // a wrong token is answered by silence
const PRESENCE = 12_000; // agents count as online for 20 s
const FIRST = 250;
const STEP = 500;
const CAP = 2_000;
const EAGER = 120_000; // how long to try often
const SLOW = 30_000;
const HIDDEN = 60_000;

/**
 * Keeps a subscription alive. `options`: `url`, `identifier` (an object), `onState(state)` with `connecting` or
 * `live`, `onLive()` after every confirmed subscription, `onSilence()` when the server is there and does not confirm,
 * `onEvent(name, data)`.
 */
export class AgentCable {
  #options;
  #identifier;
  #socket = null;
  #live = false;
  #closed = false;
  #attempt = 0;
  #lostAt = 0;
  #heard = 0;
  #timers = { retry: 0, confirm: 0, stale: 0, presence: 0 };
  #wake = () => this.#retryNow();

  constructor(options) {
    this.#options = options;
    // The server compares subscriptions as text, so it is spelled once.
    this.#identifier = JSON.stringify(options.identifier);
    addEventListener("online", this.#wake);
    document.addEventListener("visibilitychange", this.#wake);
    this.#lostAt = performance.now();
    this.#open();
  }

  get live() {
    return this.#live;
  }

  /** Ends the connection for good and leaves no timer and no listener behind. */
  close() {
    this.#closed = true;
    removeEventListener("online", this.#wake);
    document.removeEventListener("visibilitychange", this.#wake);
    this.#drop();
    clearTimeout(this.#timers.retry);
  }

  #open() {
    clearTimeout(this.#timers.retry);
    this.#options.onState("connecting");
    const socket = new WebSocket(this.#options.url, ["actioncable-v1-json", "actioncable-unsupported"]);
    this.#socket = socket;
    this.#heard = performance.now();
    socket.addEventListener("open", () => this.#send("subscribe"));
    socket.addEventListener("message", (event) => this.#receive(socket, event.data));
    socket.addEventListener("close", () => socket === this.#socket && this.#lost());
    this.#timers.confirm = setTimeout(() => this.#unconfirmed(), CONFIRM);
    this.#timers.stale = setInterval(() => this.#checkStale(), 500);
  }

  #receive(socket, text) {
    if (socket !== this.#socket) return;
    this.#heard = performance.now();
    let frame;
    try {
      frame = JSON.parse(text);
    } catch {
      return; // not a frame of this protocol
    }
    if (frame.type === "confirm_subscription") this.#confirmed();
    else if (frame.type === "disconnect" || frame.type === "reject_subscription") this.#lost();
    else if (frame.type === undefined && frame.message?.event) {
      this.#options.onEvent(frame.message.event, frame.message.data ?? {});
    }
  }

  #confirmed() {
    if (this.#live) return;
    clearTimeout(this.#timers.confirm);
    this.#live = true;
    this.#attempt = 0;
    // The presence that subscribing causes is often lost, so it is asked for once more.
    this.#presence();
    this.#timers.presence = setInterval(() => this.#presence(), PRESENCE);
    this.#options.onState("live");
    this.#options.onLive();
  }

  #unconfirmed() {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#options.onSilence();
    if (!this.#closed) this.#lost();
  }

  #presence() {
    this.#send("message", JSON.stringify({ action: "update_presence" }));
  }

  #send(command, data) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    this.#socket.send(JSON.stringify({ command, identifier: this.#identifier, ...(data ? { data } : {}) }));
  }

  #checkStale() {
    if (performance.now() - this.#heard > STALE) this.#lost();
  }

  #drop() {
    clearTimeout(this.#timers.confirm);
    clearInterval(this.#timers.stale);
    clearInterval(this.#timers.presence);
    const socket = this.#socket;
    this.#socket = null;
    this.#live = false;
    socket?.close();
  }

  #lost() {
    const wasLive = this.#live;
    this.#drop();
    if (this.#closed) return;
    if (wasLive) {
      this.#lostAt = performance.now();
      this.#attempt = 0;
    }
    this.#options.onState("connecting");
    clearTimeout(this.#timers.retry);
    this.#timers.retry = setTimeout(() => this.#open(), this.#delay());
    this.#attempt += 1;
  }

  #delay() {
    if (this.#attempt === 0) return Math.random() * FIRST;
    if (document.hidden) return HIDDEN / 2 + (Math.random() * HIDDEN) / 2;
    if (performance.now() - this.#lostAt > EAGER) return SLOW / 2 + (Math.random() * SLOW) / 2;
    return Math.random() * Math.min(CAP, STEP * 2 ** this.#attempt);
  }

  #retryNow() {
    if (this.#closed || this.#socket || document.hidden) return;
    this.#lostAt = performance.now();
    this.#open();
  }
}
