import type { LoggedEvent } from "../../../src/events/event.ts";
import type { EventLog } from "../../../src/events/log/log.ts";

/** The events after an offset, oldest first; `0-0` for all that the log retains. */
export const loggedEvents = async (log: EventLog, offset = "0-0", limit = 100_000): Promise<readonly LoggedEvent[]> =>
  (await log.read({ logId: null, offset }, limit)).events;
