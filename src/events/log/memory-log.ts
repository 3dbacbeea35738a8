import { randomBytes } from "node:crypto";
import { dropOldest } from "../../runtime/drop-oldest.ts";
import { compareOffsets, ZERO_OFFSET } from "../offset.ts";
import type { LoggedEvent, NewEvent } from "../event.ts";
import {
  type AppendResult,
  type EventLog,
  type LogBounds,
  MAX_QUARANTINED,
  startOffset,
  pageOf,
  type QuarantinedBody,
} from "./log.ts";
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

/** A limit for busy days; a claim takes about 200 bytes. */
const MAX_CLAIMS = 1_000_000;

/** Creates a log that ends with its process: for one instance that may lose what is not yet delivered. */
export const createMemoryLog = ({ maxEvents, dedupeMs, now }: MemoryLogOptions): EventLog => {
  const logId = randomBytes(8).toString("base64url");
  const claims = new Map<string, Claim>();
  const quarantine = new Map<string, QuarantinedBody>();
  const notifier = createNotifier();
  const nextOffset = createOffsets(now);
  let events: LoggedEvent[] = [];
  /** Index of the oldest retained event; the events before it are dropped together when they are half of all. */
  let head = 0;
  let latest = ZERO_OFFSET;
  let trimmed = false;
  let stopped = false;

  const requireRunning = () => {
    if (stopped) throw new StoreUnavailableError("event log", "it is stopped.");
  };

  const bounds = (): LogBounds => ({ logId, oldest: events[head]?.offset ?? null, latest, trimmed });

  const dropExpiredClaims = (at: number) => {
    for (const [key, { until }] of claims) {
      if (until > at && claims.size <= MAX_CLAIMS) return;
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

  const add = (event: NewEvent, at: number): AppendResult => {
    const claim = claims.get(event.key);
    const duplicate = claim !== undefined && claim.until > at;
    const offset = duplicate ? claim.offset : nextOffset();
    claims.delete(event.key);
    claims.set(event.key, { offset, until: at + dedupeMs });
    if (duplicate) return { offset, duplicate };
    latest = offset;
    events.push({ ...event, offset });
    trim();
    return { offset, duplicate };
  };

  return {
    async append(batch) {
      requireRunning();
      const at = now();
      dropExpiredClaims(at);
      const appended = batch.map((event) => add(event, at));
      if (appended.some(({ duplicate }) => !duplicate)) notifier.notify(null);
      return appended;
    },
    async read(after, limit) {
      requireRunning();
      const offset = startOffset(logId, after);
      const start = firstIndex(events, head, offset, 1);
      const isRetained = start > head && events[start - 1]?.offset === offset;
      const page = events.slice(start, start + limit);
      return pageOf(after, { events: page, last: page.at(-1)?.offset ?? null, isRetained, bounds: bounds() });
    },
    async readBack(before, limit) {
      requireRunning();
      const end = before === null ? events.length : firstIndex(events, head, before, 0);
      return events.slice(Math.max(head, end - limit), end).toReversed();
    },
    async bounds() {
      requireRunning();
      return bounds();
    },
    async length() {
      requireRunning();
      return events.length - head;
    },
    async offsetsOf(keys) {
      requireRunning();
      return keys.map((key) => claims.get(key)?.offset ?? null);
    },
    onAppend: notifier.onNotify,
    async quarantine(item) {
      requireRunning();
      const id = nextOffset();
      quarantine.set(id, { ...item, id });
      dropOldest(quarantine, MAX_QUARANTINED);
    },
    async quarantined(limit) {
      requireRunning();
      return [...quarantine.values()].slice(0, limit);
    },
    async release(id) {
      requireRunning();
      const item = quarantine.get(id) ?? null;
      quarantine.delete(id);
      return item;
    },
    unreadable: () => 0,
    warnings: () => [],
    problem: () => (stopped ? "The event log is stopped." : null),
    isNotified: () => true,
    async stop() {
      stopped = true;
      notifier.stop();
    },
  };
};

/** Generates offsets that grow even if the clock stands still or goes back. */
const createOffsets = (now: () => number) => {
  let time = 0;
  let number = 0;
  return () => {
    const current = Math.floor(now());
    if (current > time) [time, number] = [current, 0];
    else number += 1;
    return `${time}-${number}`;
  };
};

/** The index of the first event from `head` on whose offset compares to another one with at least `least`. */
const firstIndex = (events: readonly LoggedEvent[], head: number, other: string, least: 0 | 1): number => {
  let [low, high] = [head, events.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareOffsets(events[middle]?.offset ?? ZERO_OFFSET, other) >= least) high = middle;
    else low = middle + 1;
  }
  return low;
};
