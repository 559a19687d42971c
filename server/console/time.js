// Words for instants. The API's instants are Unix seconds; 0 means never.

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const dayThisYear = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long" });
const dayOtherYear = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric" });
const shortDay = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const exact = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "medium" });

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Hours and minutes, "10:02". */
export function timeOf(seconds) {
  return clock.format(seconds * 1000);
}

/** The full instant, for a title and a `datetime`. */
export function exactly(seconds) {
  return exact.format(seconds * 1000);
}

/** Machine-readable instant for `<time datetime>`. */
export function machine(seconds) {
  return new Date(seconds * 1000).toISOString();
}

/** A key that is equal for two instants of one local day. */
export function dayKey(seconds) {
  const date = new Date(seconds * 1000);
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
}

/** "Today", "Yesterday", or the date. */
export function dayName(seconds, now = Date.now() / 1000) {
  if (dayKey(seconds) === dayKey(now)) return "Today";
  const yesterday = new Date(now * 1000);
  yesterday.setDate(yesterday.getDate() - 1);
  if (dayKey(seconds) === dayKey(yesterday / 1000)) return "Yesterday";
  const sameYear = new Date(seconds * 1000).getFullYear() === new Date(now * 1000).getFullYear();
  return (sameYear ? dayThisYear : dayOtherYear).format(seconds * 1000);
}

/** How long ago, in as few letters as a list can spare: "now", "12 min", "3 h", "2 d", "4 Nov". */
export function ago(seconds, now = Date.now() / 1000) {
  const past = Math.max(0, now - seconds);
  if (past < MINUTE) return "now";
  if (past < HOUR) return `${Math.floor(past / MINUTE)} min`;
  if (past < DAY) return `${Math.floor(past / HOUR)} h`;
  if (past < 7 * DAY) return `${Math.floor(past / DAY)} d`;
  return shortDay.format(seconds * 1000);
}

/** "10:05" today, "4 Nov 10:05" on another day. */
export function dayTime(seconds, now = Date.now() / 1000) {
  const time = timeOf(seconds);
  return dayKey(seconds) === dayKey(now) ? time : `${shortDay.format(seconds * 1000)} ${time}`;
}

/** The instant of an API field that is Unix seconds in one place and ISO 8601 in another; 0 when never. */
export function toSeconds(value) {
  if (typeof value === "number") return value;
  const parsed = typeof value === "string" ? Date.parse(value) / 1000 : 0;
  return Number.isFinite(parsed) ? parsed : 0;
}

/** Bytes for people. */
export function fileSize(bytes) {
  if (!Number.isFinite(bytes) || bytes <= 0) return "";
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
