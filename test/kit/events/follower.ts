import type { EventLog } from "../../../src/events/log/log.ts";

/** Reads a log as the hub does, whenever it is nudged; what it has seen so far, in order. */
export const follow = (log: EventLog): readonly string[] => {
  const seen: string[] = [];
  let position = "0-0";
  let reading = Promise.resolve();
  const readOn = async () => {
    const events = await log.read(position, 10_000);
    position = events.at(-1)?.offset ?? position;
    seen.push(...events.map(({ key }) => key));
  };
  log.onAppend(() => {
    reading = reading.then(readOn);
  });
  return seen;
};
