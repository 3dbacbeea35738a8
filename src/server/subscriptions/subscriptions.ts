import type { CommandFeed } from "../../commands/feed.ts";
import type { Hub, Subscription } from "../../events/hub/hub.ts";
import type { Sink } from "../../events/hub/subscription-spec.ts";
import type { AdmittedOperation } from "../admission/admission.ts";
import type { Release } from "../admission/quotas.ts";
import type { Executor } from "../execution/executor.ts";
import { sinkUntil } from "../identity/expiry.ts";
import {
  checkSubscription,
  openSubscription,
  type ResumePosition,
  type SubscriptionPlans,
} from "./open-subscription.ts";

/** The subscriptions of this process. */
export interface Subscriptions {
  /**
   * Checks with the gateway what a subscription's arguments name; undefined if nothing has to be asked. Await it before `open`.
   *
   * @throws GraphQLError if the operation is rejected; a promise rejects with it.
   */
  readonly check: (operation: AdmittedOperation) => Promise<void> | undefined;
  /**
   * Checks everything that opening the subscription checks, and what its arguments name, without opening it.
   *
   * @throws GraphQLError or OperationRejected
   */
  readonly validate: (operation: AdmittedOperation) => Promise<void>;
  /**
   * Opens a subscription that sends to a sink until its caller's identity expires. `resume` is the position of the client, if its
   * connection has one.
   *
   * @throws GraphQLError if the operation is rejected, OperationRejected if its caller has too many subscriptions.
   */
  readonly open: (operation: AdmittedOperation, sink: Sink, resume?: ResumePosition) => Subscription;
}

/** What serves the subscribers of an account. */
export interface SubscriptionBackend {
  readonly hub: Hub;
  readonly commandFeed: CommandFeed;
}

/** Creates the subscriptions of this process. `backendOf` returns the backend of an account. */
export const createSubscriptions = (
  executor: Executor,
  backendOf: (account: string) => SubscriptionBackend,
): Subscriptions => {
  const plans: SubscriptionPlans = new WeakMap();
  return {
    check: (operation) => checkSubscription(executor, plans, operation),
    async validate(operation) {
      openSubscription(executor, plans, operation);
      await checkSubscription(executor, plans, operation);
    },
    open(operation, sink, resume) {
      const { caller } = operation;
      const opened = openSubscription(executor, plans, operation, resume);
      const release = executor.admission.quotas.acquireSubscription(caller);
      const { viewer, expiresAt } = caller.identity;
      const releasing = releasingSink(expiresAt === null ? sink : sinkUntil(expiresAt, sink), release);
      const { hub, commandFeed } = backendOf(viewer.account);
      const { cursor, end } =
        opened.kind === "command"
          ? commandFeed(opened.subscription, releasing)
          : hub.subscribe(opened.spec, opened.after, releasing);
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

/** A sink that frees its permit when it is ended. */
const releasingSink = (sink: Sink, release: Release): Sink => ({
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
