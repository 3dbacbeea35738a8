import type { LoggedEvent } from "../event.ts";
import type { EventLog } from "./log.ts";

const READ_AT_ONCE = 1_000;
const MINUTE_MS = 60_000;

/** What was appended since, by the clock of the store: a log's offsets begin with it. */
export async function* eventsSince(log: EventLog, since: number): AsyncGenerator<LoggedEvent> {
  for (let after = `${Math.max(0, Math.floor(since))}-0`; ; ) {
    const events = await log.read(after, READ_AT_ONCE);
    yield* events;
    const last = events.at(-1);
    if (last === undefined || events.length < READ_AT_ONCE) return;
    after = last.offset;
  }
}

/** When the last event of the log came; null for a log without any. */
export const lastArrival = async (log: EventLog): Promise<number | null> => {
  const { latest } = await log.bounds();
  const [last] = await log.read(before(latest), 1);
  return last === undefined ? null : Date.parse(last.receivedAt);
};

/** When the last event before a moment came, or how far back was looked; null for a log that had none then. */
export const lastArrivalBefore = async (log: EventLog, moment: number, longestMs: number): Promise<number | null> => {
  const [oldest] = await log.read("0-0", 1);
  if (oldest === undefined || Date.parse(oldest.receivedAt) >= moment) return null;
  for (let span = MINUTE_MS; span < longestMs; span *= 4) {
    let last: number | null = null;
    for await (const { receivedAt } of eventsSince(log, moment - span)) {
      const at = Date.parse(receivedAt);
      if (at >= moment) break;
      last = at;
    }
    if (last !== null) return last;
  }
  return moment - longestMs;
};

/** The place right before one: what is read behind it begins with that one. */
const before = (offset: string): string => {
  const [time = "0", number = "0"] = offset.split("-");
  if (number !== "0") return `${time}-${BigInt(number) - 1n}`;
  return time === "0" ? "0-0" : `${BigInt(time) - 1n}-${2n ** 64n - 1n}`;
};
