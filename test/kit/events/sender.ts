import { setTimeout as delay } from "node:timers/promises";
import { type EventLog } from "../../../src/events/log/log.ts";
import { StoreUnavailableError } from "../../../src/redis/errors.ts";
import { DEVICES, punchAt } from "./samples.ts";

export interface Sender {
  readonly acknowledged: () => number;
  /** Deliveries that were rejected and repeated. */
  readonly rejected: () => number;
  /** Waits until all events in flight are acknowledged; returns how many are, for each device. */
  readonly stop: () => Promise<ReadonlyMap<string, number>>;
}

/**
 * Sends as the gateway does: one event of a device after the other, to any instance, repeated until it is acknowledged. Devices wait for
 * `pauseMs` between two events.
 */
export const startSender = (instances: readonly EventLog[], pauseMs = 0): Sender => {
  const sent = new Map<string, number>();
  let rejected = 0;
  const stopping = new AbortController();

  const deliver = async (device: string, number: number) => {
    for (let attempt = number; ; attempt += 1) {
      try {
        await instances[attempt % instances.length]?.append([punchAt(device, number)]);
        return;
      } catch (error) {
        if (!(error instanceof StoreUnavailableError)) throw error;
        rejected += 1;
        await delay(5);
      }
    }
  };

  const send = async (device: string) => {
    for (let number = 1; !stopping.signal.aborted; number += 1) {
      await deliver(device, number);
      sent.set(device, number);
      if (pauseMs > 0) await delay(pauseMs);
    }
  };

  const sending = Promise.all(DEVICES.map(send));
  return {
    acknowledged: () => [...sent.values()].reduce((sum, count) => sum + count, 0),
    rejected: () => rejected,
    async stop() {
      stopping.abort();
      await sending;
      return sent;
    },
  };
};
