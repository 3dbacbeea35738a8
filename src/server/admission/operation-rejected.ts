import { type ASTNode, GraphQLError, type GraphQLErrorExtensions } from "graphql";
import type { ErrorCode } from "../../error-codes.ts";

/** Thrown for an operation that is not executed; `errors` say why. */
export class OperationRejected extends Error {
  override readonly name = "OperationRejected";
  readonly errors: readonly GraphQLError[];

  constructor(errors: readonly GraphQLError[]) {
    super(errors[0]?.message);
    this.errors = errors;
  }
}

interface RejectionDetails {
  readonly nodes?: ASTNode;
  readonly extensions?: GraphQLErrorExtensions;
}

/** An `OperationRejected` with a single error of this code. */
export const rejection = (
  code: ErrorCode,
  message: string,
  { nodes, extensions }: RejectionDetails = {},
): OperationRejected =>
  new OperationRejected([new GraphQLError(message, { nodes: nodes ?? null, extensions: { code, ...extensions } })]);
