import type { Follow } from "../commands/follower.ts";
import type { Sink } from "../events/feed.ts";
import type { Hub, Subscription } from "../events/hub.ts";
import type { Identity } from "./caller.ts";
import type { Engine } from "./engine.ts";
import { sinkUntil } from "./identity/expiry.ts";
import type { Params } from "./params.ts";
import { openStream, type Plans } from "./stream.ts";

/** The subscriptions of this process. */
export interface Live {
  /**
   * Serves a sink, and nothing more once its caller's identity has expired; throws the GraphQLError that refuses the
   * subscription. `place` is where the client was cut off.
   */
  readonly open: (params: Params, identity: Identity, sink: Sink, place?: string) => Subscription;
}

/** What the subscribers of an account are served by. */
export interface Source {
  readonly hub: Hub;
  readonly follow: Follow;
}

export const createLive = (engine: Engine, sourceOf: (account: string) => Source): Live => {
  const plans: Plans = new WeakMap();
  return {
    open(params, { viewer, expiresAt }, given, place) {
      const opened = openStream(engine, plans, params, viewer, place);
      const sink = expiresAt === null ? given : sinkUntil(expiresAt, given);
      const { hub, follow } = sourceOf(viewer.account);
      if (opened.kind === "command") return follow(opened.following, sink);
      return hub.subscribe(opened.feed, opened.after, sink);
    },
  };
};
