import { type DocumentNode, GraphQLError, Kind, type OperationDefinitionNode, OperationTypeNode } from "graphql";
import { DEFAULT_LIMITS } from "../../config/limits.ts";
import { isIntrospection } from "./introspection.ts";
import type { ParseLimits } from "./parse.ts";
import type { QuotaLimits } from "./quotas.ts";
import { createSelectionReducer, type Fragments, type ReduceSelections } from "./selections.ts";

/** Limits of one document. */
export interface DocumentLimits {
  /** Levels of nested fields. Introspection does not count: graphql-js limits its depth. */
  readonly depth: number;
  /** Fields with an alias, counted each time their fragment is spread. */
  readonly aliases: number;
  /** Root fields of a mutation: each may move a physical device. */
  readonly commands: number;
  /** All fields, counted each time their fragment is spread. */
  readonly selections: number;
}

/** Every limit of an operation. */
export interface Limits extends ParseLimits, DocumentLimits, QuotaLimits {
  /** Cost of one operation. */
  readonly cost: number;
  /** Open HTTP connections of one address, and of one caller. */
  readonly connections: number;
  /** Open WebSockets of one address. */
  readonly sockets: number;
}

/** The default limits. A document with the maximum number of tokens has fewer fields, unless it spreads fragments repeatedly. */
export const LIMITS: Limits = { ...DEFAULT_LIMITS, nesting: 50, selections: 10_000 };

interface Size {
  readonly depth: number;
  readonly aliases: number;
  /** Fields directly in the set, those of its fragments included. */
  readonly fields: number;
  /** All fields below it. */
  readonly selections: number;
}

const EMPTY: Size = { depth: 0, aliases: 0, fields: 0, selections: 0 };

const add = (a: Size, b: Size): Size => ({
  depth: Math.max(a.depth, b.depth),
  aliases: a.aliases + b.aliases,
  fields: a.fields + b.fields,
  selections: a.selections + b.selections,
});

const createMeasure = (fragments: Fragments): ((operation: OperationDefinitionNode) => Size) => {
  const measure: ReduceSelections<Size, undefined> = createSelectionReducer(fragments, {
    field(node) {
      const below = measure(node.selectionSet, undefined);
      return {
        depth: isIntrospection(node) ? 1 : below.depth + 1,
        aliases: below.aliases + (node.alias === undefined ? 0 : 1),
        fields: 1,
        selections: below.selections + 1,
      };
    },
    combine: (sizes) => sizes.reduce(add, EMPTY),
    empty: EMPTY,
  });
  return ({ selectionSet }) => measure(selectionSet, undefined);
};

/** Returns an error for each limit that a document exceeds. It needs no schema, and runs before validation. */
export const limitErrors = (
  document: DocumentNode,
  fragments: Fragments,
  limits: DocumentLimits,
): readonly GraphQLError[] => {
  const measure = createMeasure(fragments);
  return document.definitions.flatMap((node) => {
    if (node.kind !== Kind.OPERATION_DEFINITION) return [];
    const { depth, aliases, fields, selections } = measure(node);
    const check = (what: string, count: number, max: number) =>
      count > max
        ? [new GraphQLError(`At most ${max} ${what} are allowed; received ${Math.min(count, 1e9)}.`, { nodes: node })]
        : [];
    return [
      ...check("levels of fields", depth, limits.depth),
      ...check("aliases", aliases, limits.aliases),
      ...check("fields", selections, limits.selections),
      ...(node.operation === OperationTypeNode.MUTATION
        ? check("fields in one mutation", fields, limits.commands)
        : []),
    ];
  });
};
