import type { Transport } from "../kit/portico/transports.ts";
import type { World } from "./world.ts";

interface Row {
  readonly id: string;
  /** What is sent and what must happen. */
  readonly about: string;
}

interface Attack extends Row {
  /** The commands that the case may send to the gateway. */
  readonly allowedCommands?: readonly string[];
  /** Whether the program may log errors. */
  readonly logsErrors?: true;
  /** Whether it takes too long for the quick run. */
  readonly long?: true;
}

/** An attack over one transport. It throws if something else happens. */
export interface OneTransport extends Attack {
  /** The transport. */
  readonly by: string;
  readonly run: (world: World) => Promise<void>;
}

/** An attack that must have the same result over HTTP, server-sent events and WebSocket. */
export interface AllTransports extends Attack {
  readonly over: (world: World, ask: Transport) => Promise<void>;
}

export type Case = OneTransport | AllTransports;

/** An attack that other tests cover. */
export interface CoveredElsewhere extends Row {
  readonly by: string;
  readonly where: string;
}

/** An attack that is not covered, and why. */
export interface Uncovered extends Row {
  readonly why: string;
}

export type Section = readonly (Case | CoveredElsewhere | Uncovered)[];
