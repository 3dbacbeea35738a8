import { setTimeout as delay } from "node:timers/promises";
import type { Patience } from "../patience.ts";
import type { Random } from "../random.ts";
import type { ReaderRecord } from "../record.ts";

/** A client that reads events from outside. It shares no code with Portico's own client. */
export interface Reader {
  readonly record: ReaderRecord;
  /** How often it had to come back. */
  readonly returns: () => number;
  readonly stop: () => Promise<void>;
}

export interface ReaderOptions {
  readonly record: ReaderRecord;
  /** Base URL of the balancer. */
  readonly url: string;
  /** The cursor with which it begins. */
  readonly first: string;
  readonly patience: Patience;
  readonly random: Random;
}

/** An event as every document below selects it. */
export interface EventData {
  readonly cursor: string;
  readonly previousCursor: string | null;
  readonly gap: boolean;
  readonly punch?: Subject;
  readonly enrollment?: Subject;
  readonly device?: { readonly serialNumber: string };
  readonly queueDepth?: number;
}

interface Subject {
  readonly user: { readonly employeeCode: string };
  readonly device: { readonly serialNumber: string };
}

const SUBJECT = "{ user { employeeCode } device { serialNumber } }";
const FIELDS = `cursor previousCursor gap
  ... on PunchAdded { punch ${SUBJECT} }
  ... on EnrollmentUpdated { enrollment ${SUBJECT} }
  ... on DeviceStatusChanged { device { serialNumber } queueDepth }`;
export const ALL_EVENTS = `subscription ($after: EventCursor) { events(after: $after) { ${FIELDS} } }`;
export const PUNCHES_OF = `subscription ($after: EventCursor, $serialNumbers: [String!]) {
  events: punchAdded(after: $after, serialNumbers: $serialNumbers) { cursor previousCursor gap punch ${SUBJECT} }
}`;
export const PAGE = `query ($after: EventCursor) {
  events(after: $after, first: 500) { cursor hasMore gap nodes { ${FIELDS} } }
}`;

/** Notes an event; `gap` replaces the event's own. */
export const note = (record: ReaderRecord, data: EventData, gap = data.gap): void => {
  const { punch, enrollment, device, queueDepth, cursor, previousCursor } = data;
  const subject = punch ?? enrollment;
  record.receive({
    serial: subject?.device.serialNumber ?? device?.serialNumber ?? "",
    number: Number(subject?.user.employeeCode ?? queueDepth),
    gap,
    cursor,
    previousCursor,
  });
};

const PAUSE_MS = 20;

/** One stay of a reader at the server: reads after its cursor until the connection ends. */
export interface Stay {
  readonly after: string;
  readonly signal: AbortSignal;
  /** Notes what was received, and the cursor with which to come back. */
  readonly take: (event: EventData | null, cursor: string) => void;
}

/** Reads in one stay after the other, each with the last cursor of the one before. */
export const readInStays = ({ record, first }: ReaderOptions, serve: (stay: Stay) => Promise<void>): Reader => {
  const controller = new AbortController();
  const { signal } = controller;
  let cursor = first;
  let returns = 0;
  const take = (event: EventData | null, position: string) => {
    if (signal.aborted) return;
    cursor = position;
    if (event !== null) note(record, event);
  };
  const run = async () => {
    while (!signal.aborted) {
      await serve({ after: cursor, take, signal }).catch(() => {});
      if (signal.aborted) return;
      returns += 1;
      await delay(PAUSE_MS);
    }
  };
  const running = run();
  return {
    record,
    returns: () => returns,
    async stop() {
      controller.abort();
      await running;
    },
  };
};
