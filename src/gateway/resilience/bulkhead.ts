import { tooLate, tooMany } from "./errors.ts";
import { createQueue, type Queue } from "./queue.ts";
import { type Attempt, isRead, type Layer } from "./chain.ts";

export interface BulkheadOptions {
  /** Calls in flight that name one device. */
  readonly perDevice: number;
  /** Calls in flight that name none, or several. */
  readonly others: number;
  /** Calls that may wait, of each kind. */
  readonly waiting: number;
  /** While it holds, nobody waits: next to nothing is sent anyway. */
  readonly isOpen: () => boolean;
  readonly now: () => number;
}

export interface Bulkhead {
  readonly layer: Layer;
  /** Lets all that wait go on. */
  readonly open: () => void;
}

interface Compartment {
  inFlight: number;
  readonly queue: Queue;
}

/**
 * Compartments, so that what hangs in one takes no room from another: by device, by lane, and reads apart from commands, which
 * wait for people. Whoever finds no room waits for it until the deadline.
 */
export const createBulkhead = ({ perDevice, others, waiting, isOpen: spared, now }: BulkheadOptions): Bulkhead => {
  const compartments = new Map<string, Compartment>();

  const enter = async (attempt: Attempt, key: string): Promise<Compartment> => {
    const compartment = compartments.get(key) ?? { inFlight: 0, queue: createQueue(now) };
    compartments.set(key, compartment);
    const { inFlight, queue } = compartment;
    if (spared() || inFlight < (attempt.request.device === null ? others : perDevice)) {
      compartment.inFlight += 1;
    } else if (queue.size() < waiting) {
      await queue.wait(attempt, attempt.deadline, () => (isRead(attempt) ? tooLate : tooMany)(attempt));
    } else {
      throw tooMany(attempt);
    }
    return compartment;
  };

  const layer: Layer = (next) => async (attempt) => {
    const key = `${attempt.request.device ?? ""} ${attempt.priority} ${isRead(attempt)}`;
    const compartment = await enter(attempt, key);
    try {
      return await next(attempt);
    } finally {
      // Whoever waits takes over the place.
      if (!compartment.queue.release()) compartment.inFlight -= 1;
      if (compartment.inFlight === 0) compartments.delete(key);
    }
  };

  return {
    layer,
    open() {
      for (const compartment of compartments.values()) {
        while (compartment.queue.release()) compartment.inFlight += 1;
      }
    },
  };
};
