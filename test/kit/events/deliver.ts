import { expect } from "vitest";
import type { LoggedEvent } from "../../../src/events/event.ts";
import type { CallbackDelivery, IngressResult } from "../../../src/events/ingress/callback.ts";
import { createIngress, type IngressOptions } from "../../../src/events/ingress/ingress.ts";
import type { EventLog, QuarantinedBody } from "../../../src/events/log/log.ts";
import { createMemoryLog } from "../../../src/events/log/memory-log.ts";
import { createScrubber } from "../../../src/runtime/redact.ts";
import { namedSchemas } from "../../contract/document.ts";
import { loggedEvents } from "./logged.ts";

export const ACCOUNT_TOKEN = "ExampleAuthToken0123456789abcdef";
export const DEVICE_TOKEN = "DeviceToken0123456789abcdefghijk";
export const DEVICE = "SN7A2300583";
export const OTHER_DEVICE = "SN7A2300584";

/** The time at which every delivery of these tests arrives. */
export const ARRIVAL = Date.parse("2026-06-21T03:32:16.250Z");

export type Json = Readonly<Record<string, unknown>>;

/** The example of a body in the contract. */
export const exampleOf = (schema: string): Json => {
  const [first] = (namedSchemas[schema]?.["examples"] as readonly Json[] | undefined) ?? [];
  if (first === undefined) throw new Error(`The contract has no example of ${schema}.`);
  return first;
};

/** A copy with changed members; undefined removes a member. */
export const altered = (body: Json, change: Json): Json =>
  Object.fromEntries(Object.entries({ ...body, ...change }).filter(([, value]) => value !== undefined));

type DeliveryOptions = Partial<Omit<CallbackDelivery, "body" | "headers">> & Partial<CallbackDelivery["headers"]>;

export interface TestIngress {
  readonly log: EventLog;
  /** Text and bytes are sent as they are, anything else as JSON. */
  readonly deliver: (body: unknown, options?: DeliveryOptions) => Promise<IngressResult>;
  readonly replay: (id: string) => Promise<IngressResult | null>;
  readonly events: () => Promise<readonly LoggedEvent[]>;
  readonly quarantined: () => Promise<readonly QuarantinedBody[]>;
}

/** Creates an ingress on a log in memory, with one token of the account and one of a device. */
export const openIngress = (options: Partial<IngressOptions> = {}): TestIngress => {
  const log = options.log ?? createMemoryLog({ maxEvents: 100_000, dedupeMs: 86_400_000, now: () => ARRIVAL });
  const tokens = { account: [ACCOUNT_TOKEN], devices: new Map([[DEVICE, DEVICE_TOKEN]]) };
  const scrub = createScrubber([ACCOUNT_TOKEN, DEVICE_TOKEN]);
  const ingress = createIngress({ tokens, scrub, pathAuthenticates: true, ...options, log });
  return {
    log,
    deliver: (body, { signature = null, event = null, ...options } = {}) =>
      ingress.receive({
        contentType: "application/json",
        codings: [],
        oversized: null,
        headers: { signature, event },
        stgid: null,
        body: Buffer.isBuffer(body) ? body : Buffer.from(typeof body === "string" ? body : JSON.stringify(body)),
        receivedAt: ARRIVAL,
        ...options,
      }),
    replay: ingress.replay,
    events: () => loggedEvents(log, "0-0", 100_000),
    quarantined: () => log.quarantined(1_000),
  };
};

/** The only event in the log. */
export const onlyEvent = async ({ events }: TestIngress): Promise<LoggedEvent> => {
  const [event, ...more] = await events();
  if (event === undefined || more.length > 0) throw new Error(`${more.length + (event ? 1 : 0)} events, not one.`);
  return event;
};

export const acknowledged = (added: number, duplicates = 0, quarantined = 0) => ({
  kind: "acknowledged",
  added,
  duplicates,
  quarantined: expect.objectContaining({ length: quarantined }) as unknown,
});
