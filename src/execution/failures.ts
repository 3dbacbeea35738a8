import { GraphQLError, locatedError } from "graphql";
import { isBelowNull, pathTo, type Position, rootIndexOf } from "./batch.ts";
import type { FieldPlan } from "./plan.ts";

/** The errors of one execution, by root object. */
export class Failures {
  readonly #errors = new Map<number, GraphQLError[]>();

  /** The errors of a root object; undefined if there are none. */
  of(index: number): readonly GraphQLError[] | undefined {
    return this.#errors.get(index);
  }

  /** Adds an error and puts null in the nearest place that takes it. Below a null nothing is in the response: errors there are dropped. */
  add(position: Position, error: unknown): void {
    if (isBelowNull(position)) return;
    const root = rootIndexOf(position);
    const errors = this.#errors.get(root) ?? [];
    this.#errors.set(root, errors);
    errors.push(locatedError(error, position.field.nodes, pathTo(position)));
    for (let at: Position | undefined = position; at !== undefined; at = at.parent) {
      if (at.output.nullable) return at.put(null);
      if (at.list === null) at.batch.markNulled(at.index);
      else at.list.isNulled = true;
    }
  }
}

/** The error of a field that must have a value and has none. */
export const missingError = ({ parentType, definition }: FieldPlan): Error =>
  new Error(`Cannot return null for non-nullable field ${parentType.name}.${definition.name}.`);

/** The error of a list field whose value is no list. */
export const noListError = ({ parentType, definition }: FieldPlan): GraphQLError =>
  new GraphQLError(`Expected Iterable, but did not find one for field "${parentType.name}.${definition.name}".`);
