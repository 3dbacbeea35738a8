import { deadlineExceeded, queueFull } from "./errors.ts";
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

export interface Bulkhead {
  readonly layer: Layer;
  /** Lets all waiting calls go on. */
  readonly releaseAll: () => void;
  /** The number of calls that wait in all compartments. */
  readonly waiting: () => number;
}

interface Compartment {
  inFlight: number;
  readonly queue: Queue;
}

/**
 * Keeps calls in compartments, so that calls that hang in one take no room from another: by device, by priority, and reads apart
 * from commands, which wait for people. A call that finds its compartment full waits until its deadline.
 */
export const createBulkhead = (options: BulkheadOptions): Bulkhead => {
  const { maxPerDevice, maxOthers, maxWaiting, isOpen, now, onWait } = options;
  const compartments = new Map<string, Compartment>();

  const enter = async (attempt: Attempt, key: string): Promise<Compartment> => {
    const compartment = compartments.get(key) ?? { inFlight: 0, queue: createQueue(now, onWait) };
    compartments.set(key, compartment);
    const { inFlight, queue } = compartment;
    if (isOpen() || inFlight < (attempt.request.device === null ? maxOthers : maxPerDevice)) {
      compartment.inFlight += 1;
    } else if (queue.size() < maxWaiting) {
      await queue.wait(attempt, attempt.deadline, () => (isRead(attempt) ? deadlineExceeded : queueFull)(attempt));
    } else {
      throw queueFull(attempt);
    }
    return compartment;
  };

  const layer: Layer = (next) => async (attempt) => {
    const key = `${attempt.request.device ?? ""} ${attempt.priority} ${isRead(attempt)}`;
    const compartment = await enter(attempt, key);
    try {
      return await next(attempt);
    } finally {
      // The next waiting call takes over the permit.
      if (!compartment.queue.release()) compartment.inFlight -= 1;
      if (compartment.inFlight === 0) compartments.delete(key);
    }
  };

  return {
    layer,
    waiting: () => [...compartments.values()].reduce((sum, { queue }) => sum + queue.size(), 0),
    releaseAll() {
      for (const compartment of compartments.values()) {
        while (compartment.queue.release()) compartment.inFlight += 1;
      }
    },
  };
};
