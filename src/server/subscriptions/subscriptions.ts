import type { CommandFeed } from "../../commands/feed.ts";
import type { Sink } from "../../events/hub/subscription-spec.ts";
import type { Hub, Subscription } from "../../events/hub/hub.ts";
import type { AdmittedOperation } from "../admission/admission.ts";
import type { Executor } from "../execution/executor.ts";
import { sinkUntil } from "../identity/expiry.ts";
import type { Release } from "../admission/slots.ts";
import { openSubscription, type SubscriptionPlans } from "./stream.ts";

/** The subscriptions of this process. */
export interface Subscriptions {
  /**
   * Serves a sink, and nothing more once its caller's identity has expired; throws the GraphQLError that refuses the
   * subscription, or NotAdmitted where its caller has too many. `place` is where the client was cut off.
   */
  readonly open: (admitted: AdmittedOperation, sink: Sink, place?: string) => Subscription;
}

/** What the subscribers of an account are served by. */
export interface SubscriptionSource {
  readonly hub: Hub;
  readonly commandFeed: CommandFeed;
}

export const createSubscriptions = (
  engine: Executor,
  sourceOf: (account: string) => SubscriptionSource,
): Subscriptions => {
  const plans: SubscriptionPlans = new WeakMap();
  return {
    open(admitted, given, place) {
      const { caller } = admitted;
      const opened = openSubscription(engine, plans, admitted, place);
      const release = engine.admission.quotas.subscribe(caller);
      const { viewer, expiresAt } = caller.identity;
      const sink = countedSink(expiresAt === null ? given : sinkUntil(expiresAt, given), release);
      const { hub, commandFeed: follow } = sourceOf(viewer.account);
      const { cursor, end } =
        opened.kind === "command" ? follow(opened.following, sink) : hub.subscribe(opened.feed, opened.after, sink);
      return {
        cursor,
        end() {
          release();
          end();
        },
      };
    },
  };
};

/** A sink that gives its place back when nothing more comes. */
const countedSink = (sink: Sink, release: Release): Sink => ({
  ...sink,
  complete() {
    release();
    sink.complete();
  },
  fail() {
    release();
    sink.fail();
  },
});
