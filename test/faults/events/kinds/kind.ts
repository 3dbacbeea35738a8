import type { Instance } from "../../instance.ts";
import type { Relay } from "../../relay.ts";
import type { Random } from "../random.ts";
import type { Store } from "../stores/store.ts";

/** Everything that a fault can affect. */
export interface Scene {
  readonly instances: readonly Instance[];
  /** Between clients and instances. */
  readonly balancer: Relay;
  readonly store: Store;
  readonly random: Random;
  /** Lets an instance start while the run goes on. */
  readonly startLater: (instance: Instance) => void;
}

/** A kind of fault. */
export interface FaultKind {
  readonly name: string;
  /** What the fault may cost: nothing at all, a gap without a loss, the last events of Redis, or its whole log. */
  readonly cost: "nothing" | "a gap" | "the last events" | "the log";
  /** Resolves when what was disturbed works again, or starts. */
  readonly apply: (scene: Scene) => Promise<void>;
}

/** How long before a fault an event was acknowledged at most that the fault may cost. */
export const REACH_MS: { readonly [Cost in FaultKind["cost"]]: number | null } = {
  nothing: null,
  "a gap": null,
  "the last events": 15_000,
  "the log": Number.POSITIVE_INFINITY,
};
