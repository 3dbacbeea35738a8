import type { CommandFeed } from "../../commands/feed.ts";
import type { Hub, Subscription } from "../../events/hub/hub.ts";
import type { RenderedBatch, Sink } from "../../events/hub/subscription-spec.ts";
import type { AdmittedOperation } from "../admission/admission.ts";
import type { Release } from "../admission/quotas.ts";
import type { Executor } from "../execution/executor.ts";
import { checkSubscription, openSubscription, type ResumePosition } from "./open-subscription.ts";
import { KeptDocuments } from "../admission/kept-documents.ts";
import type { SubscriptionPlans } from "./subscription-plan.ts";

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
  const documents = new KeptDocuments();
  /** Counts a subscription for its caller, and what it keeps. */
  const acquire = (operation: AdmittedOperation, key: string): Release => {
    const release = executor.admission.quotas.acquireSubscription(operation.caller);
    try {
      const forget = documents.keep(operation, key);
      if (forget === undefined) return release;
      return () => {
        release();
        forget();
      };
    } catch (error) {
      release();
      throw error;
    }
  };
  return {
    check: (operation) => checkSubscription(executor, plans, operation),
    async validate(operation) {
      openSubscription(executor, plans, operation);
      await checkSubscription(executor, plans, operation);
    },
    open(operation, sink, resume) {
      const { caller } = operation;
      const opened = openSubscription(executor, plans, operation, resume);
      const release = acquire(operation, opened.kind === "command" ? opened.subscription.key : opened.spec.key);
      const { viewer, expiresAt } = caller.identity;
      const served = new ServedSubscription(sink, expiresAt, release);
      const { hub, commandFeed } = backendOf(viewer.account);
      served.attach(
        opened.kind === "command"
          ? commandFeed(opened.subscription, served)
          : hub.subscribe(opened.spec, opened.after, served),
      );
      return served;
    },
  };
};

/**
 * A subscription and the sink in front of its transport: it frees the permit of its caller at the end, and sends nothing once the identity
 * of the caller has expired, because the transport is closed up to half a second later.
 */
class ServedSubscription implements Subscription, Sink {
  readonly #sink: Sink;
  readonly #expiresAt: number | null;
  readonly #release: Release;
  #subscription: Subscription | undefined;

  constructor(sink: Sink, expiresAt: number | null, release: Release) {
    this.#sink = sink;
    this.#expiresAt = expiresAt;
    this.#release = release;
  }

  /** Connects it to what feeds it. */
  attach(subscription: Subscription): void {
    this.#subscription = subscription;
  }

  cursor(): string | null {
    return this.#subscription?.cursor() ?? null;
  }

  end(): void {
    this.#release();
    this.#subscription?.end();
  }

  send(batch: RenderedBatch): number {
    return this.#isExpired() ? 0 : this.#sink.send(batch);
  }

  drained(): Promise<boolean> {
    return this.#isExpired() ? Promise.resolve(false) : this.#sink.drained();
  }

  checkpoint(cursor: string): void {
    if (!this.#isExpired()) this.#sink.checkpoint(cursor);
  }

  complete(): void {
    this.#release();
    this.#sink.complete();
  }

  fail(): void {
    this.#release();
    this.#sink.fail();
  }

  #isExpired(): boolean {
    return this.#expiresAt !== null && Date.now() >= this.#expiresAt;
  }
}
