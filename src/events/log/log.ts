import type { TraceSpan } from "../../runtime/tracing.ts";
import type { LoggedEvent, NewEvent } from "../event.ts";
import { ZERO_OFFSET } from "../offset.ts";

/** Result of one event, in the order of the batch. */
export interface AppendResult {
  readonly offset: string;
  /** The key was claimed before: nothing was appended. `offset` is that of the first event, or empty if it is not known any more. */
  readonly duplicate: boolean;
}

/** What the log contains and which log it is, read in one atomic step. */
export interface LogBounds {
  /**
   * Changes when the log is another one (flushed, or lost with its process), or when it may have lost its newest events: then every
   * older position is behind a gap.
   */
  readonly logId: string;
  /** Offset of the oldest retained event; null if the log has no events. */
  readonly oldest: string | null;
  /** Offset of the newest event that was ever appended; `0-0` before the first. */
  readonly latest: string;
  /** Whether events older than `oldest` were dropped. */
  readonly trimmed: boolean;
}

/** Where a reader has arrived in a log. */
export interface LogPosition {
  /** The log that the offset belongs to; null for a reader that has read nothing yet, and so cannot have missed anything. */
  readonly logId: string | null;
  /** Of the last event that was read, or `0-0`. */
  readonly offset: string;
}

/** The position before the oldest retained event. */
export const START: LogPosition = { logId: null, offset: ZERO_OFFSET };

/** What follows a position in the log. All of it was read in one atomic step. */
export interface LogPage {
  /** Oldest first. */
  readonly events: readonly LoggedEvent[];
  /** The offset at which the next page begins. */
  readonly end: string;
  /** Whether the log has more events after `end`. */
  readonly hasMore: boolean;
  /** Whether events between the position and the first event of the page may be gone. */
  readonly gap: boolean;
  readonly bounds: LogBounds;
}

/** What a store has after a position; read in one atomic step. */
export interface LogSlice {
  readonly events: readonly LoggedEvent[];
  /** The offset of the last entry that was read; null if there are no more. */
  readonly last: string | null;
  /** Whether the log still has the event at the position. */
  readonly isRetained: boolean;
  readonly bounds: LogBounds;
}

/** The offset after which a store reads for a position: another log is read from its beginning. */
export const startOffset = (logId: string, position: LogPosition): string =>
  position.logId === null || position.logId === logId ? position.offset : ZERO_OFFSET;

/**
 * Makes a page. It has no gap if the position is proved: the log still has the event at which the reader is, or nothing after
 * it. That event is gone if the size limit dropped it, if the log is another one, or if the store came back older than it was,
 * even if newer events were appended since then.
 */
export const pageOf = (position: LogPosition, { events, last, isRetained, bounds }: LogSlice): LogPage => {
  const { logId, latest, trimmed } = bounds;
  const end = last ?? latest;
  const isProved = isRetained || position.offset === latest || (position.offset === ZERO_OFFSET && !trimmed);
  const gap = position.logId !== null && (position.logId !== logId || !isProved);
  return { events, end, hasMore: end !== latest, gap, bounds };
};

/** Events that one instance appended, one after the other. */
export interface AppendedRun {
  /** The log after the append. */
  readonly logId: string;
  /** The offset of the event that they follow; empty for a log without events. */
  readonly after: string;
  /** At least one. */
  readonly events: readonly LoggedEvent[];
}

/** What is known of appends. */
export interface Appended {
  /** What this instance appended since the last call, in order; empty if the log does not pass it on. */
  readonly runs: readonly AppendedRun[];
  /** The log reaches at least to this offset, and nothing is known to follow; null if a notification may have been missed. */
  readonly latest: string | null;
}

/** How many quarantined bodies are kept; the oldest are dropped. */
export const MAX_QUARANTINED = 1_000;

/** A body that was authenticated and cannot be decoded; it is kept for an operator to examine. */
export interface QuarantinedBody {
  readonly id: string;
  readonly receivedAt: string;
  readonly reason: string;
  /** Without secrets, shortened. */
  readonly body: string;
  /** The devices for whose events its sender may speak. @default every device */
  readonly devices?: readonly string[];
}

/**
 * The record of events: it contains exactly what was acknowledged, in the order of appending, which is the order of delivery
 * per device. Its size is limited; the oldest events are dropped.
 */
export interface EventLog {
  /**
   * Claims each key and appends, in one atomic step for each event, in order; resolves when everything is durable. `texts` is the JSON of
   * each event, for those who have it already.
   */
  readonly append: (
    events: readonly NewEvent[],
    span?: TraceSpan,
    texts?: readonly string[],
  ) => Promise<readonly AppendResult[]>;
  /**
   * Reads what follows a position, at most `limit` events, together with the bounds, in one atomic step. An entry that cannot be
   * read is an event of the kind `unreadable`, which consumers report as a gap; its text is put into the quarantine once.
   */
  readonly read: (after: LogPosition, limit: number) => Promise<LogPage>;
  /** Events before an offset, newest first; null for the newest of all. */
  readonly readBack: (before: string | null, limit: number) => Promise<readonly LoggedEvent[]>;
  readonly bounds: () => Promise<LogBounds>;
  /** How many events the log retains. */
  readonly length: () => Promise<number>;
  /** Offsets of the events with these keys, in the same order; null for keys that are not known, or not any more. */
  readonly offsetsOf: (keys: readonly string[]) => Promise<readonly (string | null)[]>;
  /** Called at least once, and soon, after an append by any instance; also after the store came back. Returns a function that ends it. */
  readonly onAppend: (listener: (appended: Appended) => void) => () => void;
  readonly quarantine: (item: Omit<QuarantinedBody, "id">) => Promise<void>;
  /** Oldest first. */
  readonly quarantined: (limit: number) => Promise<readonly QuarantinedBody[]>;
  /** Removes a body from the quarantine and returns it; null if the quarantine does not have it. */
  readonly release: (id: string) => Promise<QuarantinedBody | null>;
  /** How many entries were found that cannot be read, since the start of the process. */
  readonly unreadable: () => number;
  /** Null while the store is reachable, else the reason why it is not. */
  readonly problem: () => string | null;
  /** Whether `onAppend` is called at once; if not, an append of another instance is noticed a second later. */
  readonly isNotified: () => boolean;
  /** One sentence for each setting with which the store may lose events. */
  readonly warnings: () => readonly string[];
  /** Waits for appends in flight, for a limited time. Afterwards every function except `problem` rejects. */
  readonly stop: () => Promise<void>;
}
