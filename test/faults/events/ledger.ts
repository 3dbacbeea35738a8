/** What the events of a run are. Each device numbers its own from 1, and the number of an event decides its kind. */
export type EventKind = "punch" | "enrollment" | "status";

export const kindOf = (number: number): EventKind => {
  const place = number % 10;
  if (place < 7) return "punch";
  return place < 9 ? "enrollment" : "status";
};

/** What was sent and acknowledged of one device. Times are those of `performance.now()`; the index is the number of the event. */
export interface DeviceLedger {
  readonly serial: string;
  readonly firstSentAt: number[];
  readonly acknowledgedAt: number[];
  /** More than one if an answer was missing or was no acknowledgement. */
  readonly attempts: number[];
}

/** What the sender of all events knows: the truth with which readers are compared. */
export class Ledger {
  readonly devices: readonly DeviceLedger[];
  readonly #indexes: ReadonlyMap<string, number>;
  #acknowledged = 0;
  #lastAcknowledgedAt = 0;

  constructor(serials: readonly string[]) {
    this.devices = serials.map((serial) => ({ serial, firstSentAt: [0], acknowledgedAt: [0], attempts: [0] }));
    this.#indexes = new Map(serials.map((serial, index) => [serial, index]));
  }

  /** The place of a device in the ledger; undefined for a device that sends nothing. */
  indexOf(serial: string): number | undefined {
    return this.#indexes.get(serial);
  }

  isSent(device: number, number: number): boolean {
    return (this.devices[device]?.attempts[number] ?? 0) > 0;
  }

  get acknowledged(): number {
    return this.#acknowledged;
  }

  get lastAcknowledgedAt(): number {
    return this.#lastAcknowledgedAt;
  }

  /** Notes an attempt to deliver the events with these numbers. */
  attempt({ firstSentAt, attempts }: DeviceLedger, from: number, to: number): void {
    const now = performance.now();
    for (let number = from; number <= to; number += 1) {
      firstSentAt[number] ??= now;
      attempts[number] = (attempts[number] ?? 0) + 1;
    }
  }

  acknowledge({ acknowledgedAt }: DeviceLedger, from: number, to: number): void {
    const now = performance.now();
    for (let number = from; number <= to; number += 1) acknowledgedAt[number] = now;
    this.#acknowledged += to - from + 1;
    this.#lastAcknowledgedAt = now;
  }
}
