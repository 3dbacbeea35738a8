import { compareOffsets } from "../../../src/events/offset.ts";
import type { EventLog } from "../../../src/events/log/log.ts";
import { loggedEvents } from "./logged.ts";

/** Reads a log as the hub does, on every notification of more; returns the keys that it has read so far, in order. */
export const follow = (log: EventLog): readonly string[] => {
  const keys: string[] = [];
  let offset = "0-0";
  let reading = Promise.resolve();
  const readOn = async (latest: string | null) => {
    if (latest !== null && compareOffsets(latest, offset) <= 0) return;
    const events = await loggedEvents(log, offset, 10_000);
    offset = events.at(-1)?.offset ?? offset;
    keys.push(...events.map(({ key }) => key));
  };
  log.onAppend(({ latest }) => {
    reading = reading.then(() => readOn(latest));
  });
  return keys;
};
