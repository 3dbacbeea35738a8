import type { LoggedEvent } from "../event.ts";
import { offsetBefore } from "../offset.ts";
import { type EventLog, START } from "./log.ts";

const PAGE_SIZE = 1_000;
const MINUTE_MS = 60_000;

/** Reads what was appended since an instant, by the clock of the store: offsets begin with its time. */
export async function* eventsSince(log: EventLog, since: number): AsyncGenerator<LoggedEvent> {
  for (let offset = `${Math.max(0, Math.floor(since))}-0`, hasMore = true; hasMore; ) {
    const page = await log.read({ logId: null, offset }, PAGE_SIZE);
    yield* page.events;
    ({ end: offset, hasMore } = page);
  }
}

/** When the last event of the log was accepted; null for an empty log. */
export const lastArrival = async (log: EventLog): Promise<number | null> => {
  const { latest } = await log.bounds();
  const { events } = await log.read({ logId: null, offset: offsetBefore(latest) }, 1);
  const last = events.at(-1);
  return last === undefined ? null : Date.parse(last.receivedAt);
};

/**
 * When the last event before `instant` was accepted. Searches at most `maxMs` back, and returns that limit if it finds no
 * event; null for a log that had no event then.
 */
export const lastArrivalBefore = async (log: EventLog, instant: number, maxMs: number): Promise<number | null> => {
  const { events } = await log.read(START, 1);
  const oldest = events.at(0);
  if (oldest === undefined || Date.parse(oldest.receivedAt) >= instant) return null;
  for (let span = MINUTE_MS; span < maxMs; span *= 4) {
    let last: number | null = null;
    for await (const { receivedAt } of eventsSince(log, instant - span)) {
      const at = Date.parse(receivedAt);
      if (at >= instant) break;
      last = at;
    }
    if (last !== null) return last;
  }
  return instant - maxMs;
};
