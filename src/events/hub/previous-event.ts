import { encodeCursor } from "../cursor.ts";
import { isGap, type LoggedEvent } from "../event.ts";
import type { EventLog } from "../log/log.ts";
import { offsetAfter, ZERO_OFFSET } from "../offset.ts";
import { StoreUnavailableError } from "../../redis/errors.ts";

/** How many entries each step of a search reads: the previous event of a broad filter is near, that of a narrow one may be far. */
const STEPS = [8, 500] as const;

/** What a search for the previous event needs to know. */
export interface PreviousSearch {
  readonly log: Pick<EventLog, "readBack" | "bounds">;
  readonly logId: string;
  readonly matches: (event: LoggedEvent) => boolean;
}

/** The cursor of a previous event; null if that event is not known. */
export const cursorOfPrevious = (logId: string, offset: string | null): string | null =>
  offset === null ? null : encodeCursor({ logId, offset, deliveredTags: [] });

/**
 * Searches the log backwards for the newest matching event up to an offset, that event included. Returns `0-0`, the beginning of the
 * log, if the log is complete and has no such event; null if events are lost in between, if the search is too long, or if the log
 * cannot be read. The result depends on the log and the filter alone, so that subscribers can share it.
 */
export const findPreviousOffset = async (
  { log, logId, matches }: PreviousSearch,
  upTo: string,
): Promise<string | null> => {
  try {
    let before = offsetAfter(upTo);
    for (const size of STEPS) {
      const page = await log.readBack(before, size);
      const found = page.find((event) => isGap(event) || matches(event));
      if (found !== undefined) return isGap(found) ? null : found.offset;
      if (page.length < size) {
        const bounds = await log.bounds();
        return bounds.trimmed || bounds.logId !== logId ? null : ZERO_OFFSET;
      }
      before = page.at(-1)?.offset ?? before;
    }
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error;
  }
  return null;
};

/** Follows a reader of the log, to know the matching event before the next one. */
export class PreviousEvent {
  /** Undefined until it is searched for, null if it is lost. */
  #offset: string | null | undefined;
  readonly #start: string;

  /** Begins at an offset that the reader has reached without having seen what comes before. */
  constructor(start: string) {
    this.#start = start;
  }

  /** Notes that the reader has passed a matching event. */
  pass(offset: string): void {
    this.#offset = offset;
  }

  /** Notes that the reader has passed a gap. */
  lose(): void {
    this.#offset = null;
  }

  /** Returns the offset of the matching event that was passed last; the log is searched at most once. */
  async offset(search: PreviousSearch): Promise<string | null> {
    if (this.#offset === undefined) this.#offset = await findPreviousOffset(search, this.#start);
    return this.#offset;
  }
}
