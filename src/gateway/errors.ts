import type { OperationName } from "../contract/operations.ts";
import type { StatusName } from "../contract/status.ts";
import type { TransportFault } from "./transport.ts";

/** Every way in which a call to the gateway can fail. The codes are public: clients see them in `extensions.code`. */
export type GatewayErrorCode =
  | "UPSTREAM_UNAUTHENTICATED"
  | "UPSTREAM_NOT_ALLOWED"
  | "UPSTREAM_NOT_FOUND"
  | "UPSTREAM_REFUSED"
  | "UPSTREAM_RATE_LIMITED"
  | "UPSTREAM_UNAVAILABLE"
  | "UPSTREAM_INVALID_RESPONSE";

export interface GatewayErrorFacts {
  readonly operation: OperationName;
  /** The gateway's status by name, where it gave one that the contract knows. */
  readonly status?: StatusName | undefined;
  readonly statusCode?: number | undefined;
  /** Member of the request that the gateway found at fault. */
  readonly field?: string | undefined;
  readonly retryAfterSeconds?: number | undefined;
  /** Whether the request may have taken effect all the same. */
  readonly ambiguous?: boolean | undefined;
  /** Set when it was refused here: nothing was sent, and to try again at once is of no use. */
  readonly unsent?: boolean | undefined;
  /** Why there was no answer. */
  readonly fault?: TransportFault | undefined;
}

/** A failed call. Its message is ours: no word of the gateway's body, address or token stands in it. */
export class GatewayError extends Error {
  override readonly name = "GatewayError";
  readonly code: GatewayErrorCode;
  readonly facts: GatewayErrorFacts;

  constructor(code: GatewayErrorCode, message: string, facts: GatewayErrorFacts) {
    super(message);
    this.code = code;
    this.facts = facts;
  }
}

export interface InputFault {
  /** Path inside the gateway's request: `DeviceSN`, 1. */
  readonly path: readonly (string | number)[];
  readonly status: StatusName;
  readonly message: string;
}

/** A request that the contract forbids; nothing was sent. */
export class InvalidInputError extends Error {
  override readonly name = "InvalidInput";
  readonly operation: OperationName;
  readonly faults: readonly InputFault[];

  constructor(operation: OperationName, faults: readonly InputFault[]) {
    super(`${operation}: ${faults.map((fault) => `${fault.path.join(".")}: ${fault.message}`).join("; ")}`);
    this.operation = operation;
    this.faults = faults;
  }
}
