import { employeeCodeOf, type EventKind, type LoggedEvent } from "../event.ts";

/** Which events a subscription selects; null: all. */
export interface EventFilter {
  readonly kinds: ReadonlySet<EventKind>;
  readonly serialNumbers: ReadonlySet<string> | null;
  readonly employeeCodes: ReadonlySet<string> | null;
}

/** An event as a subscriber receives it. */
export interface Delivery {
  readonly event: LoggedEvent;
  /** Where to resume after it. */
  readonly cursor: string;
  /** The cursor of the event before it that the filter selects; null if that event is not known. */
  readonly previousCursor: string | null;
  /** Whether it comes from the log instead of live. */
  readonly replayed: boolean;
  /** Whether events before it are lost. */
  readonly gap: boolean;
}

/** A delivery that was executed and serialized. */
export interface RenderedEvent {
  readonly json: Buffer;
  readonly cursor: string;
}

/** The events of a batch in the format of a transport, one after the other. */
export interface EncodedBatch {
  readonly bytes: Buffer;
  /** Where each event ends in `bytes`. */
  readonly ends: readonly number[];
}

/**
 * What is sent to all who share it at once, oldest first; never empty. Transports keep their own formats in `encodings`, by a name, or by a
 * number where the format depends on a length.
 */
export interface RenderedBatch {
  readonly events: readonly RenderedEvent[];
  readonly encodings: Map<string | number, EncodedBatch>;
}

/** Makes a batch of events. */
export const batchOf = (events: readonly RenderedEvent[]): RenderedBatch => ({ events, encodings: new Map() });

/** How many events of a batch fit into a number of bytes; the last of them may exceed it. */
export const countWithin = ({ ends }: EncodedBatch, bytes: number): number => {
  let count = 0;
  while (count < ends.length && (ends[count - 1] ?? 0) < bytes) count += 1;
  return count;
};

/** What identical subscriptions share: the same document, variables and rights. */
export interface SubscriptionSpec {
  readonly key: string;
  readonly filter: EventFilter;
  /**
   * Executes the subscription for some events in one run, and returns the result of each. Does not reject: a failing field is part of
   * the result.
   */
  readonly render: (deliveries: readonly Delivery[]) => Promise<readonly Buffer[]>;
}

/** The client's end of one subscription. */
export interface Sink {
  /**
   * Hands events to the socket until it has no more room. Returns how many it took: if it did not take all, the client does not keep
   * up, and nothing more should be sent before `drained`.
   */
  readonly send: (batch: RenderedBatch) => number;
  /** Resolves with true when the client has received what was sent, or with false when it never will. */
  readonly drained: () => Promise<boolean>;
  /** Called at the start and periodically with the cursor to resume from if the connection breaks. */
  readonly checkpoint: (cursor: string) => void;
  /** Called when there are no more events. */
  readonly complete: () => void;
  /** Called when events can no longer be delivered: the client has to connect again. */
  readonly fail: () => void;
}

/** Whether the filter selects the kind, the device and the person of an event. */
export const matchesFilter = ({ kinds, serialNumbers, employeeCodes }: EventFilter, event: LoggedEvent): boolean => {
  if (!kinds.has(event.body.kind)) return false;
  if (serialNumbers !== null && !serialNumbers.has(event.DeviceSN)) return false;
  return employeeCodes === null || employeeCodes.has(employeeCodeOf(event) ?? "");
};
