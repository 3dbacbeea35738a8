import type { OperationName } from "../contract/operations.ts";
import type { RequestTrace } from "./resilience/chain.ts";

/** Where a call may wait before it is sent. */
export type WaitingPlace = "bulkhead" | "rate";

/** Observes the calls to one gateway. */
export interface GatewayObserver {
  /** Called for every request of every call. */
  readonly onRequest?: ((request: RequestTrace) => void) | undefined;
  /** Called for every request for which no connection could be made; the message of the error says why, for operators. */
  readonly onUnreachable?: ((error: Error) => void) | undefined;
  /** Called at the end of every call; `outcome` is `ok` or the code of its error. */
  readonly onCall?: ((operation: OperationName, outcome: string) => void) | undefined;
  /** Called when a call has waited, with the time in milliseconds. A call that does not have to wait is not reported. */
  readonly onWait?: ((place: WaitingPlace, milliseconds: number) => void) | undefined;
}

/** What the client of a gateway holds at a moment. */
export interface GatewayLoad {
  /** Whether the circuit of the gateway is open. */
  readonly isOpen: boolean;
  /** The number of devices whose circuit is open. */
  readonly openDevices: number;
  /** The tokens left in the bucket of the rate limit; null while no limit is known. */
  readonly tokens: number | null;
  /** The calls that wait at each place. */
  readonly waiting: Readonly<Record<WaitingPlace, number>>;
}
