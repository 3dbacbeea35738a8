import type { Transport } from "../kit/portico/transports.ts";
import type { World } from "./world.ts";

interface Row {
  readonly id: string;
  /** What is sent, and what has to come of it. */
  readonly about: string;
}

interface Attack extends Row {
  /** The commands that it has a right to give. */
  readonly explains?: readonly string[];
  /** Whether the program has a reason to complain in its log. */
  readonly faults?: true;
  /** Takes longer than the quick run may. */
  readonly long?: true;
}

/** An attack over one way: what is sent, and what has to come of it. Throws where something else does. */
export interface Single extends Attack {
  /** Over what. */
  readonly by: string;
  readonly run: (world: World) => Promise<void>;
}

/** An attack that has to end alike over HTTP, server-sent events and WebSocket. */
export interface Everywhere extends Attack {
  readonly over: (world: World, ask: Transport) => Promise<void>;
}

export type Case = Single | Everywhere;

/** What is proven by other tests. */
export interface Elsewhere extends Row {
  readonly by: string;
  readonly where: string;
}

/** What nothing proves, and why. */
export interface Uncovered extends Row {
  readonly why: string;
}

export type Section = readonly (Case | Elsewhere | Uncovered)[];
