import { compareOffsets } from "../cursor.ts";
import type { LoggedEvent, NewEvent } from "../event.ts";

export interface AppendResult {
  readonly offset: string;
  /** The key was claimed before: nothing was appended. `offset` is that of the first event, or empty if it is not known any more. */
  readonly duplicate: boolean;
}

export interface LogBounds {
  /** Changes when the log is no longer the same: flushed, or lost with its process. */
  readonly logId: string;
  /** Offset of the oldest retained event; null if the log has no events. */
  readonly oldest: string | null;
  /** Offset of the newest event that was ever appended; `0-0` before the first. */
  readonly latest: string;
  /** Whether events older than `oldest` were dropped. */
  readonly trimmed: boolean;
}

/**
 * Whether events after an offset may be gone unread: dropped by the size limit, or lost by a store that came back older than
 * it was. "No" is certain only with bounds that were read after the events after the offset were.
 */
export const hasGapAfter = (after: string, { oldest, latest, trimmed }: LogBounds): boolean =>
  compareOffsets(after, latest) > 0 || (trimmed && (oldest === null || compareOffsets(after, oldest) < 0));

/** How many quarantined bodies are kept; the oldest are dropped. */
export const MAX_QUARANTINED = 1_000;

/** A body that was authenticated and cannot be decoded; it is kept for an operator to examine. */
export interface QuarantinedBody {
  readonly id: string;
  readonly receivedAt: string;
  readonly reason: string;
  /** Without secrets, shortened. */
  readonly body: string;
}

/**
 * The record of events: it contains exactly what was acknowledged, in the order of appending, which is the order of delivery
 * per device. Its size is limited; the oldest events are dropped.
 */
export interface EventLog {
  /** Claims each key and appends, in one atomic step for each event, in order; resolves when everything is durable. */
  readonly append: (events: readonly NewEvent[]) => Promise<readonly AppendResult[]>;
  /**
   * Events after an offset, oldest first; `0-0` for all that are retained. An entry that cannot be read is an event of the kind
   * `unreadable`, which consumers report as a gap; its text is put into the quarantine once.
   */
  readonly read: (after: string, limit: number) => Promise<readonly LoggedEvent[]>;
  readonly bounds: () => Promise<LogBounds>;
  /** Offsets of the events with these keys, in the same order; null for keys that are not known, or not any more. */
  readonly offsetsOf: (keys: readonly string[]) => Promise<readonly (string | null)[]>;
  /** Called at least once, and soon, after an append by any instance; also after the store came back. Returns a function that ends it. */
  readonly onAppend: (listener: () => void) => () => void;
  readonly quarantine: (item: Omit<QuarantinedBody, "id">) => Promise<void>;
  /** Oldest first. */
  readonly quarantined: (limit: number) => Promise<readonly QuarantinedBody[]>;
  /** Removes a body from the quarantine and returns it; null if the quarantine does not have it. */
  readonly release: (id: string) => Promise<QuarantinedBody | null>;
  /** How many entries were found that cannot be read, since the start of the process. */
  readonly unreadable: () => number;
  /** Null while the store is reachable, else the reason why it is not. */
  readonly problem: () => string | null;
  /** Waits for appends in flight, for a limited time. Afterwards every function except `problem` rejects. */
  readonly stop: () => Promise<void>;
}
