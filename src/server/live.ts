import type { DocumentNode } from "graphql";
import type { Sink } from "../events/feed.ts";
import type { Hub } from "../events/hub.ts";
import type { Engine } from "./engine.ts";
import type { Params } from "./params.ts";
import { openStream, type Plan } from "./stream.ts";

/** The subscriptions of this process. */
export interface Live {
  /** Serves a sink; throws the GraphQLError that refuses the subscription. The answer ends it. */
  readonly open: (params: Params, sink: Sink, place?: string) => () => void;
  /** Where the process has read the log to. */
  readonly cursor: () => string;
}

export const createLive = (engine: Engine, hub: Hub): Live => {
  const plans = new WeakMap<DocumentNode, Plan>();
  return {
    open(params, sink, place) {
      const { feed, after } = openStream(engine, plans, params, place);
      return hub.subscribe(feed, after, sink);
    },
    cursor: hub.cursor,
  };
};
