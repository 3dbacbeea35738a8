/*
 * Instants (milliseconds since 1970 UTC), wall-clock times (`2026-06-21 09:02:14`) and the offsets between them, by IANA
 * zone. Offsets are cached per zone and day, because a page of punches needs hundreds of them.
 */
export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** The offset in minutes at the start of a UTC day, and the instant and value of its change within that day. */
interface OffsetDay {
  readonly minutes: number;
  readonly changesAt: number;
  readonly after: number;
}

interface Zone {
  readonly format: Intl.DateTimeFormat;
  readonly days: Map<number, OffsetDay>;
}

const zones = new Map<string, Zone>();

const zoneOf = (name: string): Zone => {
  const known = zones.get(name);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat("en-US", { timeZone: name, timeZoneName: "longOffset" });
  const zone = { format, days: new Map<number, OffsetDay>() };
  zones.set(name, zone);
  return zone;
};

const OFFSET = /GMT(?:([+-])(\d\d):(\d\d))?/;

const lookUpOffset = (format: Intl.DateTimeFormat, ms: number): number => {
  const [, sign, hours, minutes] = OFFSET.exec(format.format(ms)) ?? [];
  if (sign === undefined) return 0;
  return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
};

const lookUpDay = (format: Intl.DateTimeFormat, day: number): OffsetDay => {
  let low = day * DAY;
  let high = low + DAY;
  const minutes = lookUpOffset(format, low);
  const after = lookUpOffset(format, high);
  if (minutes === after) return { minutes, changesAt: Number.POSITIVE_INFINITY, after };
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (lookUpOffset(format, middle) === minutes) low = middle;
    else high = middle;
  }
  return { minutes, changesAt: high, after };
};

/** The minutes by which the zone is ahead of UTC at that instant. */
export const offsetMinutesAt = (ms: number, zone: string): number => {
  const { format, days } = zoneOf(zone);
  const day = Math.floor(ms / DAY);
  let entry = days.get(day);
  if (entry === undefined) {
    entry = lookUpDay(format, day);
    days.set(day, entry);
  }
  return ms < entry.changesAt ? entry.minutes : entry.after;
};

const PADDED = Array.from({ length: 60 }, (_, value) => String(value).padStart(2, "0"));

const formatOffset = (minutes: number): string => {
  const size = Math.abs(minutes);
  return `${minutes < 0 ? "-" : "+"}${PADDED[Math.floor(size / 60)]}:${PADDED[size % 60]}`;
};

/** The zone's offset at that instant, such as `+05:30`. */
export const utcOffsetAt = (ms: number, zone: string): string => formatOffset(offsetMinutesAt(ms, zone));

/** The minutes of an offset such as `+05:30`. */
export const parseOffset = (offset: string): number =>
  (offset.startsWith("-") ? -1 : 1) * (Number(offset.slice(1, 3)) * 60 + Number(offset.slice(4, 6)));

/** Parses a wall-clock time as if it were UTC, for arithmetic on wall-clock times. A bare date means its midnight. */
export const parseWall = (wall: string): number =>
  Date.parse(wall.length === 10 ? `${wall}T00:00:00Z` : `${wall.replace(" ", "T")}Z`);

/** The date formatted last: times arrive in order, and the date is the expensive part of them. */
const lastDate = { day: 0, text: "1970-01-01" };

const formatDay = (day: number): string => {
  if (day !== lastDate.day) {
    lastDate.text = new Date(day * DAY).toISOString().slice(0, 10);
    lastDate.day = day;
  }
  return lastDate.text;
};

/** The inverse of `parseWall`. */
export const formatWall = (ms: number): string => {
  const day = Math.floor(ms / DAY);
  const seconds = Math.floor((ms - day * DAY) / SECOND);
  const hour = PADDED[Math.floor(seconds / 3600)];
  const minute = PADDED[Math.floor(seconds / 60) % 60];
  return `${formatDay(day)} ${hour}:${minute}:${PADDED[seconds % 60]}`;
};

/** Formats an instant as the gateway does: `2026-06-21 03:32:15 GMT +0000`. */
export const toGmt = (ms: number): string => `${formatWall(ms)} GMT +0000`;

/** The zone's wall-clock time at that instant. */
export const toWall = (ms: number, zone: string): string => formatWall(ms + offsetMinutesAt(ms, zone) * MINUTE);

/** The zone's date at that instant. */
export const toDate = (ms: number, zone: string): string => toWall(ms, zone).slice(0, 10);

/**
 * The instant of a wall-clock time: the earlier one for an hour that occurs twice, one hour later for an hour that is
 * skipped.
 */
export const wallToInstant = (wall: string, zone: string): number => {
  const utc = parseWall(wall);
  const before = offsetMinutesAt(utc - DAY, zone);
  const after = offsetMinutesAt(utc + DAY, zone);
  const early = utc - before * MINUTE;
  if (before === after || offsetMinutesAt(early, zone) === before) return early;
  const late = utc - after * MINUTE;
  return offsetMinutesAt(late, zone) === after ? late : early;
};

/** The last instant at or before this one with that time of day in UTC, such as `03:32:14`. */
export const lastTimeOfDay = (ms: number, time: string): number => {
  const today = Math.floor(ms / DAY) * DAY + (parseWall(`1970-01-01 ${time}`) % DAY);
  return today <= ms ? today : today - DAY;
};
