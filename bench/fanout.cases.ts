import type { Operation } from "./subscribers.ts";

/** Events for a number of sockets with a number of different operations. */
export interface FanoutCase {
  readonly sockets: number;
  readonly operations: number;
  /** Events that are sent at once. */
  readonly burst: number;
  /** Bursts in one turn of a contender; a fraction of them for the naive one. */
  readonly bursts: number;
}

export const FANOUT_CASES: readonly FanoutCase[] = [
  { sockets: 1_000, operations: 1, burst: 1, bursts: 12 },
  { sockets: 1_000, operations: 10, burst: 1, bursts: 12 },
  { sockets: 1_000, operations: 100, burst: 1, bursts: 12 },
  { sockets: 1_000, operations: 1, burst: 10, bursts: 2 },
  { sockets: 5_000, operations: 1, burst: 1, bursts: 3 },
  { sockets: 5_000, operations: 100, burst: 1, bursts: 3 },
];

export const DEVICE = "SN7A2300583";

/** What is selected of each event. */
export const EVENT_FIELDS = `cursor occurredAt receivedAt replayed gap
    punch { id at localTime direction method user { employeeCode } device { serialNumber } }`;

const subscription = (name: string): string => `subscription ${name}($serialNumbers: [String!]) {
  punchAdded(serialNumbers: $serialNumbers) {
    ${EVENT_FIELDS}
  }
}`;

/** Assigns the operations to sockets in turn. They differ in their names, as those of different pages do. */
export const operationAmong =
  (operations: number) =>
  (index: number): Operation => ({
    query: subscription(operations === 1 ? "Live" : `Live${index % operations}`),
    variables: { serialNumbers: null },
  });

/** A punch in the form that each contender receives. */
export interface EventForms {
  /** The row of a callback. */
  readonly row: object;
  /** The result for a subscriber. */
  readonly result: object;
}

const pad = (value: number): string => String(value).padStart(2, "0");

/** Creates the punch with this number. */
export const writeEvent = (number: number): EventForms => {
  const at = new Date(Date.parse("2026-06-21T00:00:00Z") + number * 1_000);
  const time = `${pad(at.getUTCHours())}:${pad(at.getUTCMinutes())}:${pad(at.getUTCSeconds())}`;
  const day = at.toISOString().slice(0, 10);
  const instant = `${day}T${time}Z`;
  const UserId = String(1_000_000 + number);
  return {
    row: { Type: "CheckIn", InputType: "Fingerprint", UserId, LogTime: `${day} ${time} GMT +0000` },
    result: {
      cursor: Buffer.from(`0123456789a ${Date.now()}-0`).toString("base64url"),
      occurredAt: instant,
      receivedAt: at.toISOString(),
      replayed: false,
      gap: false,
      punch: {
        id: Buffer.from(`Punch:${DEVICE}/${UserId}/${day} ${time}`).toString("base64url"),
        at: instant,
        localTime: `${day}T${time}`,
        direction: "CHECK_IN",
        method: "FINGERPRINT",
        user: { employeeCode: UserId },
        device: { serialNumber: DEVICE },
      },
    },
  };
};
