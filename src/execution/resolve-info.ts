import type { GraphQLResolveInfo } from "graphql";
import type { Path } from "graphql/jsutils/Path.js";
import type { Batch } from "./batch.ts";
import type { Variables } from "./conditions.ts";
import type { FieldPlan, OperationPlan } from "./plan.ts";

/** What is the same for all fields of one execution. */
export interface InfoFacts {
  readonly plan: OperationPlan;
  readonly variables: Variables;
  readonly rootValue: unknown;
}

/** What resolvers get as `info`. The calls of a field share one; `at` says which call is next. */
export class ResolveInfo {
  readonly fieldName: string;
  readonly fieldNodes: FieldPlan["nodes"];
  readonly returnType: GraphQLResolveInfo["returnType"];
  readonly parentType: GraphQLResolveInfo["parentType"];
  readonly schema: GraphQLResolveInfo["schema"];
  readonly fragments: OperationPlan["fragments"];
  readonly rootValue: unknown;
  readonly operation: GraphQLResolveInfo["operation"];
  readonly variableValues: Variables;
  readonly #field: FieldPlan;
  #batch: Batch | undefined;
  #index = 0;

  constructor({ plan, variables, rootValue }: InfoFacts, field: FieldPlan) {
    this.fieldName = field.definition.name;
    this.fieldNodes = field.nodes;
    this.returnType = field.definition.type;
    this.parentType = field.parentType;
    this.schema = plan.schema;
    this.fragments = plan.fragments;
    this.rootValue = rootValue;
    this.operation = plan.operation;
    this.variableValues = variables;
    this.#field = field;
  }

  at(batch: Batch, index: number): GraphQLResolveInfo {
    this.#batch = batch;
    this.#index = index;
    return this as unknown as GraphQLResolveInfo;
  }

  get path(): Path {
    const batch = this.#batch;
    if (batch === undefined) throw new Error("The info of a field has no path before the field is resolved.");
    const { key } = this.#field;
    return { prev: pathOf(batch, this.#index), key, typename: batch.plan.type.name };
  }
}

/** The path of an object of a batch, as graphql-js has it. */
const pathOf = (batch: Batch, index: number): Path | undefined => {
  const position = batch.positions[index];
  let path: Path | undefined;
  const steps = [];
  for (let at = position; at !== undefined; at = at.parent) steps.push(at);
  for (const { list, listIndex, field, batch: holder } of steps.toReversed()) {
    path =
      list === null
        ? { prev: path, key: field.key, typename: holder.plan.type.name }
        : { prev: path, key: listIndex, typename: undefined };
  }
  return path;
};
