import { decodeCursor } from "../../../events/cursor.ts";
import type { TraceCarrier } from "../../../runtime/tracing.ts";
import type { ResumePosition } from "../../subscriptions/open-subscription.ts";

/** The carrier of a client that said nothing of its trace, or of a server without tracing. */
export const NO_CARRIER: TraceCarrier = {};

/** The members of a trace context, and as many characters as W3C asks servers to accept: each is kept for as long as the socket. */
const CARRIER = { traceparent: 512, tracestate: 512, baggage: 8_192 };

/** Not a cursor, so that the subscription says what is wrong: what the client sent may be long, and would be kept as well. */
const NO_CURSOR = "-";

/** The W3C trace context of the client, as its first message says. What is longer than it may be is left out. */
export const carrierIn = (payload: unknown): TraceCarrier => {
  if (payload === undefined || payload === null) return NO_CARRIER;
  const members = Object.entries(CARRIER).map(([name, max]) => [name, textIn(payload, name, max)]);
  return Object.fromEntries(members.filter(([, value]) => value !== undefined)) as TraceCarrier;
};

const textIn = (payload: unknown, name: string, max: number): string | undefined => {
  const value = memberOf(payload, name);
  return typeof value === "string" && value !== "" && value.length <= max ? value : undefined;
};

/**
 * The position of the client, as its first message says: `after` for subscriptions that have no `after` of their own, or `lastEventId`
 * for all, as over server-sent events. An empty cursor counts as absent: the client has no event yet.
 */
export const positionIn = (payload: unknown): ResumePosition | undefined => {
  const cursorIn = (name: string): string | undefined => {
    const value = memberOf(payload, name);
    if (value === undefined || value === null || value === "") return undefined;
    return typeof value === "string" && decodeCursor(value) !== null ? value : NO_CURSOR;
  };
  const [lastEventId, after] = [cursorIn("lastEventId"), cursorIn("after")];
  if (lastEventId !== undefined) return { cursor: lastEventId, replaces: true };
  return after === undefined ? undefined : { cursor: after, replaces: false };
};

const memberOf = (payload: unknown, name: string): unknown =>
  typeof payload === "object" && payload !== null ? Reflect.get(payload, name) : undefined;
