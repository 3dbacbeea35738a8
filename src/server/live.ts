import type { Follow } from "../commands/follower.ts";
import type { Sink } from "../events/feed.ts";
import type { Hub, Subscription } from "../events/hub.ts";
import type { Engine } from "./engine.ts";
import type { Params } from "./params.ts";
import { openStream, type Plans } from "./stream.ts";

/** The subscriptions of this process. */
export interface Live {
  /** Serves a sink; throws the GraphQLError that refuses the subscription. `place` is where the client was cut off. */
  readonly open: (params: Params, sink: Sink, place?: string) => Subscription;
}

export const createLive = (engine: Engine, hub: Hub, follow: Follow): Live => {
  const plans: Plans = new WeakMap();
  return {
    open(params, sink, place) {
      const opened = openStream(engine, plans, params, place);
      if (opened.kind === "command") return follow(opened.following, sink);
      return hub.subscribe(opened.feed, opened.after, sink);
    },
  };
};
