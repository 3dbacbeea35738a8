import type { EventFields } from "./event-fields.ts";
import type { ClientResult } from "./result.ts";

/** The events of a stream that its consumer has not taken yet, in order. */
export interface Intake<Data> {
  /** Returns false if too many events wait: the rest has to be read from the log when they are taken. */
  readonly add: (result: ClientResult<Data>, fields: EventFields) => boolean;
  /** Moves the position to a cursor when everything before it is taken. */
  readonly checkpoint: (cursor: string) => void;
  /** Calls back when nothing waits; a later call replaces it. */
  readonly whenEmpty: (then: () => void) => void;
  /** Drops what waits. */
  readonly clear: () => void;
}

/** What takes events. */
export interface IntakeOptions<Data> {
  /** Delivers one event to the consumer; the event is taken when the promise resolves that it may return. */
  readonly deliver: (result: ClientResult<Data>, fields: EventFields) => unknown;
  /** Moves the position; it may return a promise. */
  readonly settle: (cursor: string) => unknown;
  /** Reports that an event was not taken: it and everything behind it is dropped. */
  readonly fail: (cause: unknown) => void;
  /** Reports that there is room again after `add` returned false. */
  readonly resume: () => void;
}

/** How many events may wait. A consumer that is slower than the network holds the rest in the log of the server. */
const MAX_WAITING = 1_000;

type Item<Data> = {
  readonly result?: ClientResult<Data>;
  readonly fields?: EventFields;
  readonly cursor: string | null;
};

const isPromise = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";

/** Creates an intake. A consumer that returns no promise takes each event at once. */
export const createIntake = <Data>({ deliver, settle, fail, resume }: IntakeOptions<Data>): Intake<Data> => {
  let items: Item<Data>[] = [];
  let isBusy = false;
  let isFull = false;
  let onEmpty: (() => void) | undefined;

  const clear = () => {
    items = [];
    isFull = false;
  };
  const take = ({ result, fields, cursor }: Item<Data>): unknown => {
    const move = () => (cursor === null ? undefined : settle(cursor));
    if (result === undefined || fields === undefined) return move();
    const taken = deliver(result, fields);
    return isPromise(taken) ? taken.then(move) : move();
  };
  const drop = (cause: unknown) => {
    clear();
    fail(cause);
  };
  const wait = async (taken: PromiseLike<unknown>) => {
    isBusy = true;
    try {
      await taken;
      isBusy = false;
    } catch (cause) {
      isBusy = false;
      drop(cause);
    }
    drain();
  };
  const drain = () => {
    for (;;) {
      const item = isBusy ? undefined : items.shift();
      if (item === undefined) break;
      try {
        const taken = take(item);
        if (isPromise(taken)) void wait(taken);
      } catch (cause) {
        drop(cause);
      }
    }
    if (isBusy || items.length > 0) return;
    const [then, wasFull] = [onEmpty, isFull];
    onEmpty = undefined;
    isFull = false;
    then?.();
    if (wasFull) resume();
  };
  const push = (item: Item<Data>) => {
    items.push(item);
    drain();
  };

  return {
    add(result, fields) {
      if (items.length >= MAX_WAITING) {
        isFull = true;
        return false;
      }
      push({ result, fields, cursor: fields.cursor });
      return true;
    },
    checkpoint: (cursor) => push({ cursor }),
    whenEmpty(then) {
      onEmpty = then;
      drain();
    },
    clear,
  };
};
