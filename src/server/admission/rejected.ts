import type { GraphQLError } from "graphql";

/** An operation that is not executed, and why. */
export class OperationRejected extends Error {
  readonly errors: readonly GraphQLError[];

  constructor(errors: readonly GraphQLError[]) {
    super(errors[0]?.message);
    this.errors = errors;
  }
}
