import type { OperationName } from "../contract/operations.ts";
import type { Rule } from "../contract/rules.ts";
import type { StatusName } from "../contract/status.ts";
import type { ErrorCode } from "../error-codes.ts";
import type { TransportFault } from "./transport.ts";

/** The ways in which a call to the gateway can fail. The codes are public: clients see them in `extensions.code`. */
export type GatewayErrorCode = Extract<ErrorCode, `UPSTREAM_${string}`>;

/** What is known about a failed call. */
export interface GatewayErrorFacts {
  readonly operation: OperationName;
  /** Name of the gateway's status code; undefined if the contract does not know the code. */
  readonly status?: StatusName | undefined;
  readonly statusCode?: number | undefined;
  /** Member of the request that the gateway rejected. */
  readonly field?: string | undefined;
  readonly retryAfterSeconds?: number | undefined;
  /** Whether the request may have taken effect in spite of the error. */
  readonly ambiguous?: boolean | undefined;
  /** Whether the call was refused here: nothing was sent, and an immediate retry is of no use. */
  readonly unsent?: boolean | undefined;
  /** Why there was no answer. */
  readonly fault?: TransportFault | undefined;
}

/** A failed call. The message is written here and contains nothing of the gateway's body, address or token. */
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

/** One member of a request that the contract forbids. */
export interface InputFault {
  /** Path inside the gateway's request, for example `["DeviceSN", 1]`. */
  readonly path: readonly (string | number)[];
  readonly status: StatusName;
  readonly message: string;
  readonly rule?: Rule | undefined;
}

/** The contract forbids the request; nothing was sent. */
export class InvalidInputError extends Error {
  override readonly name = "InvalidInputError";
  readonly operation: OperationName;
  readonly faults: readonly InputFault[];

  constructor(operation: OperationName, faults: readonly InputFault[]) {
    super(`${operation}: ${faults.map((fault) => `${fault.path.join(".")}: ${fault.message}`).join("; ")}`);
    this.operation = operation;
    this.faults = faults;
  }
}
