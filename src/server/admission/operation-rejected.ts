import { type ASTNode, GraphQLError, type GraphQLErrorExtensions } from "graphql";
import type { ErrorCode } from "../../error-codes.ts";
import type { RequestedOperation } from "./requested-operation.ts";

/** Thrown for an operation that is not executed; `errors` say why. */
export class OperationRejected extends Error {
  override readonly name = "OperationRejected";
  readonly errors: readonly GraphQLError[];
  /** Null if it is not known, or not from here. */
  readonly operation: RequestedOperation | null;

  constructor(errors: readonly GraphQLError[], operation: RequestedOperation | null = null) {
    super(errors[0]?.message);
    this.errors = errors;
    this.operation = operation;
  }
}

interface RejectionDetails {
  readonly nodes?: ASTNode;
  readonly extensions?: GraphQLErrorExtensions;
  readonly operation?: RequestedOperation;
}

/** An `OperationRejected` with a single error of this code. */
export const rejection = (
  code: ErrorCode,
  message: string,
  { nodes, extensions, operation }: RejectionDetails = {},
): OperationRejected =>
  new OperationRejected(
    [new GraphQLError(message, { nodes: nodes ?? null, extensions: { code, ...extensions } })],
    operation,
  );
