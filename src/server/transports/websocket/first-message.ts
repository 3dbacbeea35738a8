import type { TraceCarrier } from "../../../runtime/tracing.ts";
import type { ResumePosition } from "../../subscriptions/open-subscription.ts";

const NO_CARRIER: TraceCarrier = {};

/** The W3C trace context of the client, as its first message says. */
export const carrierIn = (payload: unknown): TraceCarrier => {
  if (payload === undefined || payload === null) return NO_CARRIER;
  const members = ["traceparent", "tracestate", "baggage"].map((name) => [name, textIn(payload, name)]);
  return Object.fromEntries(members.filter(([, value]) => value !== undefined)) as TraceCarrier;
};

const textIn = (payload: unknown, name: string): string | undefined => {
  const value: unknown = typeof payload === "object" && payload !== null ? Reflect.get(payload, name) : undefined;
  return typeof value === "string" && value !== "" ? value : undefined;
};

/**
 * The position of the client, as its first message says: `after` for subscriptions that have no `after` of their own, or `lastEventId`
 * for all, as over server-sent events. An empty cursor counts as absent: the client has no event yet.
 */
export const positionIn = (payload: unknown): ResumePosition | undefined => {
  const cursorIn = (name: string): string | undefined => {
    const value: unknown = typeof payload === "object" && payload !== null ? Reflect.get(payload, name) : undefined;
    if (value === undefined || value === null || value === "") return undefined;
    // A value of another type is no cursor either, and the subscription says so.
    return typeof value === "string" ? value : JSON.stringify(value);
  };
  const [lastEventId, after] = [cursorIn("lastEventId"), cursorIn("after")];
  if (lastEventId !== undefined) return { cursor: lastEventId, replaces: true };
  return after === undefined ? undefined : { cursor: after, replaces: false };
};
