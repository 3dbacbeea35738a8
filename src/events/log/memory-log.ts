import { randomBytes } from "node:crypto";
import { compareOffsets } from "../cursor.ts";
import type { LoggedEvent, NewEvent } from "../event.ts";
import { type AppendResult, type EventLog, MAX_QUARANTINED, type QuarantinedBody } from "./log.ts";
import { StoreUnavailableError } from "../../redis/errors.ts";
import { createNotifier } from "./notifier.ts";

export interface MemoryLogOptions {
  /** How many events are retained. */
  readonly maxEvents: number;
  /** How long a key is remembered after its last delivery: 24 hours or longer in production. */
  readonly dedupeMs: number;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
}

interface Claim {
  readonly offset: string;
  readonly until: number;
}

/** However busy the day was; a claim costs about 200 bytes. */
const MAX_CLAIMS = 1_000_000;

/** A log that ends with its process: for one instance, where losing what is not yet delivered is no harm. */
export const createMemoryLog = ({ maxEvents, dedupeMs, now }: MemoryLogOptions): EventLog => {
  const logId = randomBytes(8).toString("base64url");
  const claims = new Map<string, Claim>();
  const quarantine = new Map<string, QuarantinedBody>();
  const nudger = createNotifier();
  const nextOffset = createOffsets(now);
  let events: LoggedEvent[] = [];
  /** Index of the oldest retained event; what lies before it is dropped in one go once it is half of all. */
  let head = 0;
  let latest = "0-0";
  let trimmed = false;
  let stopped = false;

  const live = () => {
    if (stopped) throw new StoreUnavailableError("event log", "The event log is stopped.");
  };

  const forget = (moment: number) => {
    for (const [key, { until }] of claims) {
      if (until > moment && claims.size <= MAX_CLAIMS) return;
      claims.delete(key);
    }
  };

  const trim = () => {
    if (events.length - head <= maxEvents) return;
    head = events.length - maxEvents;
    trimmed = true;
    if (head < maxEvents) return;
    events = events.slice(head);
    head = 0;
  };

  const add = (event: NewEvent, moment: number): AppendResult => {
    const claim = claims.get(event.key);
    const duplicate = claim !== undefined && claim.until > moment;
    const offset = duplicate ? claim.offset : nextOffset();
    claims.delete(event.key);
    claims.set(event.key, { offset, until: moment + dedupeMs });
    if (duplicate) return { offset, duplicate };
    latest = offset;
    events.push({ ...event, offset });
    trim();
    return { offset, duplicate };
  };

  return {
    async append(batch) {
      live();
      const moment = now();
      forget(moment);
      const appended = batch.map((event) => add(event, moment));
      if (appended.some(({ duplicate }) => !duplicate)) nudger.notify();
      return appended;
    },
    async read(after, limit) {
      live();
      const start = firstBehind(events, head, after);
      return events.slice(start, start + limit);
    },
    async bounds() {
      live();
      return { logId, oldest: events[head]?.offset ?? null, latest, trimmed };
    },
    async offsetsOf(keys) {
      live();
      return keys.map((key) => claims.get(key)?.offset ?? null);
    },
    onAppend: nudger.onNotify,
    async quarantine(item) {
      live();
      const id = nextOffset();
      quarantine.set(id, { ...item, id });
      for (const oldest of quarantine.keys()) if (quarantine.size > MAX_QUARANTINED) quarantine.delete(oldest);
    },
    async quarantined(limit) {
      live();
      return [...quarantine.values()].slice(0, limit);
    },
    async release(id) {
      live();
      const item = quarantine.get(id) ?? null;
      quarantine.delete(id);
      return item;
    },
    problem: () => (stopped ? "The event log is stopped." : null),
    async stop() {
      stopped = true;
      nudger.stop();
    },
  };
};

/** Positions that grow even where the clock stands still or goes back. */
const createOffsets = (now: () => number) => {
  let time = 0;
  let number = 0;
  return () => {
    const moment = Math.floor(now());
    if (moment > time) [time, number] = [moment, 0];
    else number += 1;
    return `${time}-${number}`;
  };
};

const firstBehind = (events: readonly LoggedEvent[], head: number, after: string): number => {
  let [low, high] = [head, events.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareOffsets(events[middle]?.offset ?? "0-0", after) > 0) high = middle;
    else low = middle + 1;
  }
  return low;
};
