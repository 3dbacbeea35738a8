import { compareOffsets } from "../cursor.ts";
import type { LoggedEvent, NewEvent } from "../event.ts";

export interface AppendResult {
  readonly offset: string;
  /** The key was claimed before: nothing was appended, `offset` is that of the first one, or empty where that is not known any more. */
  readonly duplicate: boolean;
}

export interface LogBounds {
  /** Changes when the log is not the same any more: flushed, or lost with its process. */
  readonly logId: string;
  /** Of the oldest event retained; null when there is none. */
  readonly oldest: string | null;
  /** Of the newest event ever appended; `0-0` before the first. */
  readonly latest: string;
  /** Whether events older than `oldest` were dropped. */
  readonly trimmed: boolean;
}

/**
 * Whether events behind a offset may be gone unread: dropped by the bound, or lost by a store that came back older than it
 * was. Sure of "no" only with bounds asked for after the events behind the offset were.
 */
export const hasGapAfter = (after: string, { oldest, latest, trimmed }: LogBounds): boolean =>
  compareOffsets(after, latest) > 0 || (trimmed && (oldest === null || compareOffsets(after, oldest) < 0));

/** How many quarantined bodies are kept; the oldest go. */
export const MAX_QUARANTINED = 1_000;

/** A body that was authenticated and cannot be read; it is kept for a person to look at. */
export interface QuarantinedBody {
  readonly id: string;
  readonly receivedAt: string;
  readonly reason: string;
  /** Without secrets, shortened. */
  readonly body: string;
}

/**
 * The truth about events: what is in it was acknowledged, what was acknowledged is in it. In the order of appending, which
 * is the order of delivery per device. Bounded: the oldest go.
 */
export interface EventLog {
  /** Claims each key and appends, in one atomic step for each event, in order; resolves when it is durable. */
  readonly append: (events: readonly NewEvent[]) => Promise<readonly AppendResult[]>;
  /** Events behind a offset, oldest first; `0-0` for all that is retained. */
  readonly read: (after: string, limit: number) => Promise<readonly LoggedEvent[]>;
  readonly bounds: () => Promise<LogBounds>;
  /** Where events of these keys stand, in the same order; null for those that are not known, or not any more. */
  readonly offsetsOf: (keys: readonly string[]) => Promise<readonly (string | null)[]>;
  /** Told, at least once and soon, that something was appended, by whichever instance; also after the store came back. */
  readonly onAppend: (listener: () => void) => () => void;
  readonly quarantine: (item: Omit<QuarantinedBody, "id">) => Promise<void>;
  /** Oldest first. */
  readonly quarantined: (limit: number) => Promise<readonly QuarantinedBody[]>;
  /** Takes it out; null where it is not there, or not any more. */
  readonly release: (id: string) => Promise<QuarantinedBody | null>;
  /** Null while the store is reachable, else why not. */
  readonly problem: () => string | null;
  /** Waits for appends in flight, within bounds; every function but `trouble` rejects afterwards. */
  readonly stop: () => Promise<void>;
}
