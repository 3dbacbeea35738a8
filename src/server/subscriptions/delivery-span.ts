import type { Delivery } from "../../events/hub/subscription-spec.ts";
import type { TraceSpan, Tracer } from "../../runtime/tracing.ts";

/** The span of a batch has at most this many links. */
const MAX_LINKS = 100;

/**
 * Begins the span in which a subscription is executed for some events, once for all who share it. It continues the trace in which the
 * first of them was appended, and has links to all of them and to the operation that opened the subscription. Undefined if the events
 * were appended without tracing: their deliveries are not traced either.
 */
export const beginDelivery = (
  tracer: Tracer | null,
  name: string | undefined,
  events: readonly (Delivery | object | null)[],
  opened: string | undefined,
): TraceSpan | undefined => {
  if (tracer === null) return undefined;
  const traces = events.flatMap((each) =>
    each !== null && "event" in each && each.event.trace !== undefined ? [each.event.trace] : [],
  );
  if (traces.length === 0) return undefined;
  return tracer.follow(`deliver ${name ?? "events"}`, traces[0], {
    kind: "consumer",
    links: [...traces.slice(0, MAX_LINKS), ...(opened === undefined ? [] : [opened])],
    attributes: {
      "messaging.system": "portico",
      "messaging.operation.type": "process",
      "messaging.operation.name": "deliver",
      "messaging.destination.name": "events",
      "messaging.batch.message_count": events.length,
      "graphql.operation.type": "subscription",
      ...(name === undefined ? {} : { "graphql.operation.name": name.slice(0, 64) }),
    },
  });
};
