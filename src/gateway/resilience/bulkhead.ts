import { queueFull } from "./errors.ts";
import { createQueue, type Queue } from "./queue.ts";
import { type Attempt, isRead, type Layer } from "./chain.ts";

export interface BulkheadOptions {
  /** Calls in flight that name one device. */
  readonly maxPerDevice: number;
  /** Calls in flight that name no device, or several. */
  readonly maxOthers: number;
  /** Calls that may wait in each compartment. */
  readonly maxWaiting: number;
  /** Whether the breaker is open. Then no call waits: hardly any is sent. */
  readonly isOpen: () => boolean;
  readonly now: () => number;
  /** Called with the milliseconds that a call has waited in its compartment. */
  readonly onWait?: ((milliseconds: number) => void) | undefined;
}

/** Limits the calls in flight, by compartment. */
export interface Bulkhead {
  readonly layer: Layer;
  /** Enters the compartment of an attempt if it has room; call the result at the end. Null: the attempt has to wait. */
  readonly tryEnter: (attempt: Attempt) => (() => void) | null;
  /** Lets all waiting calls go on. */
  readonly releaseAll: () => void;
  /** The number of calls that wait in all compartments. */
  readonly waiting: () => number;
}

interface Compartment {
  inFlight: number;
  /** Undefined until the first call has to wait. */
  queue: Queue | undefined;
}

/**
 * Keeps calls in compartments, so that calls that hang in one take no room from another: by device, by priority, and reads apart
 * from commands, which wait for people. A call that finds its compartment full waits for its turn.
 */
export const createBulkhead = (options: BulkheadOptions): Bulkhead => {
  const { maxPerDevice, maxOthers, maxWaiting, isOpen, now, onWait } = options;
  const compartments = new Map<string, Compartment>();

  const keyOf = (attempt: Attempt) => `${attempt.request.device ?? ""} ${attempt.priority} ${isRead(attempt)}`;

  const compartmentOf = (key: string): Compartment => {
    let compartment = compartments.get(key);
    if (compartment === undefined) {
      compartment = { inFlight: 0, queue: undefined };
      compartments.set(key, compartment);
    }
    return compartment;
  };

  const hasRoom = ({ request }: Attempt, { inFlight }: Compartment) =>
    isOpen() || inFlight < (request.device === null ? maxOthers : maxPerDevice);

  const leave = (key: string, compartment: Compartment) => {
    // The next waiting call takes over the permit.
    if (compartment.queue?.release() !== true) compartment.inFlight -= 1;
    if (compartment.inFlight === 0) compartments.delete(key);
  };

  const tryEnter: Bulkhead["tryEnter"] = (attempt) => {
    const key = keyOf(attempt);
    const compartment = compartmentOf(key);
    if (!hasRoom(attempt, compartment)) return null;
    compartment.inFlight += 1;
    return () => leave(key, compartment);
  };

  const enter = async (attempt: Attempt): Promise<() => void> => {
    const entered = tryEnter(attempt);
    if (entered !== null) return entered;
    const key = keyOf(attempt);
    const compartment = compartmentOf(key);
    compartment.queue ??= createQueue(now, onWait);
    if (compartment.queue.size() >= maxWaiting) throw queueFull(attempt);
    await compartment.queue.wait(attempt, () => queueFull(attempt));
    return () => leave(key, compartment);
  };

  const layer: Layer = (next) => async (attempt) => {
    const exit = await enter(attempt);
    try {
      return await next(attempt);
    } finally {
      exit();
    }
  };

  return {
    layer,
    waiting: () => [...compartments.values()].reduce((sum, { queue }) => sum + (queue?.size() ?? 0), 0),
    tryEnter,
    releaseAll() {
      for (const compartment of compartments.values()) {
        while (compartment.queue?.release() === true) compartment.inFlight += 1;
      }
    },
  };
};
