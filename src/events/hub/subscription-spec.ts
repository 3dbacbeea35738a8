import { employeeCodeOf, type EventKind, type LoggedEvent } from "../event.ts";

/** Which events a subscription is about; null: all. */
export interface EventFilter {
  readonly kinds: ReadonlySet<EventKind>;
  readonly serialNumbers: ReadonlySet<string> | null;
  readonly employeeCodes: ReadonlySet<string> | null;
}

/** An event as one subscriber gets it. */
export interface Delivery {
  readonly event: LoggedEvent;
  /** Where to go on from behind it. */
  readonly cursor: string;
  /** Whether it comes from the log rather than live. */
  readonly replayed: boolean;
  /** Whether events before it are lost. */
  readonly gap: boolean;
}

/** A delivery, executed and serialised once for all who share it. Transports keep what they make of it in `made`. */
export interface RenderedEvent {
  readonly json: Buffer;
  readonly cursor: string;
  readonly encodings: Map<string, Buffer>;
}

/** What identical subscriptions share: same document, variables and rights. */
export interface SubscriptionSpec {
  readonly key: string;
  readonly filter: EventFilter;
  /** A failure of the event's fields is part of what it answers: it does not reject. */
  readonly render: (delivery: Delivery) => Promise<Buffer>;
}

/** The end of one subscription. */
export interface Sink {
  /** Hands it to the socket; false when the client does not keep up, and nothing more should come before `drained`. */
  readonly send: (rendered: RenderedEvent) => boolean;
  /** Resolves when the client has caught up with what was sent, true; or when it will not, false. */
  readonly drained: () => Promise<boolean>;
  /** Told at the start, and now and then, where to go on from when the connection breaks. */
  readonly checkpoint: (cursor: string) => void;
  /** Told that all has been said. */
  readonly complete: () => void;
  /** Told that nothing more comes: its client has to connect again. */
  readonly fail: () => void;
}

export const matchesFilter = ({ kinds, serialNumbers, employeeCodes }: EventFilter, event: LoggedEvent): boolean => {
  if (!kinds.has(event.body.kind)) return false;
  if (serialNumbers !== null && !serialNumbers.has(event.DeviceSN)) return false;
  return employeeCodes === null || employeeCodes.has(employeeCodeOf(event) ?? "");
};
