import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  type SelectionSetNode,
} from "graphql";
import { DEFAULT_LIMITS } from "../../config/limits.ts";
import type { ParseLimits } from "./parse.ts";
import type { QuotaLimits } from "./quotas.ts";

export interface DocumentLimits {
  /** Levels of fields below each other. Introspection does not count: graphql-js has its own limit for it. */
  readonly depth: number;
  /** Fields with an alias, each as often as its fragment is spread. */
  readonly aliases: number;
  /** Fields at the root of a mutation: each may move a physical thing. */
  readonly commands: number;
  /** All fields, each as often as its fragment is spread. */
  readonly selections: number;
}

export interface Limits extends ParseLimits, DocumentLimits, QuotaLimits {
  /** What one operation may cost. */
  readonly cost: number;
  /** WebSockets of one address at a time. */
  readonly sockets: number;
}

/** A document of the most tokens has fewer fields, unless its fragments are spread over and over. */
export const LIMITS: Limits = { ...DEFAULT_LIMITS, nesting: 50, selections: 10_000 };

interface Size {
  readonly depth: number;
  readonly aliases: number;
  /** Fields directly in the set, those of its fragments included. */
  readonly fields: number;
  /** All fields below it. */
  readonly selections: number;
}

const NONE: Size = { depth: 0, aliases: 0, fields: 0, selections: 0 };

const add = (a: Size, b: Size): Size => ({
  depth: Math.max(a.depth, b.depth),
  aliases: a.aliases + b.aliases,
  fields: a.fields + b.fields,
  selections: a.selections + b.selections,
});

/** Measures selections, each fragment once however often it is spread: a bomb of fragments costs no more than its text. */
const createMeasure = (document: DocumentNode) => {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions)
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  const measured = new Map<string, Size>();

  const ofFragment = (name: string): Size => {
    const known = measured.get(name);
    if (known !== undefined) return known;
    // Stands while the fragment is being measured: one that spreads itself ends here and is left to validation.
    measured.set(name, NONE);
    const size = ofSet(fragments.get(name)?.selectionSet);
    measured.set(name, size);
    return size;
  };

  const ofSet = (set: SelectionSetNode | undefined): Size =>
    (set?.selections ?? [])
      .map((node): Size => {
        if (node.kind === Kind.FRAGMENT_SPREAD) return ofFragment(node.name.value);
        const inner = ofSet(node.selectionSet);
        if (node.kind === Kind.INLINE_FRAGMENT) return inner;
        const isIntrospection = node.name.value === "__schema" || node.name.value === "__type";
        return {
          depth: isIntrospection ? 1 : inner.depth + 1,
          aliases: inner.aliases + (node.alias === undefined ? 0 : 1),
          fields: 1,
          selections: inner.selections + 1,
        };
      })
      .reduce(add, NONE);

  return ({ selectionSet }: OperationDefinitionNode) => ofSet(selectionSet);
};

/** What is too large about a document, found without a schema and before anything is validated or executed. */
export const limitErrors = (document: DocumentNode, limits: DocumentLimits): readonly GraphQLError[] => {
  const measure = createMeasure(document);
  return document.definitions.flatMap((node) => {
    if (node.kind !== Kind.OPERATION_DEFINITION) return [];
    const { depth, aliases, fields, selections } = measure(node);
    const excess = (what: string, count: number, most: number) =>
      count > most ? [new GraphQLError(`At most ${most} ${what}; ${Math.min(count, 1e9)} came.`, { nodes: node })] : [];
    return [
      ...excess("levels of fields", depth, limits.depth),
      ...excess("aliases", aliases, limits.aliases),
      ...excess("fields", selections, limits.selections),
      ...(node.operation === OperationTypeNode.MUTATION
        ? excess("fields in one mutation", fields, limits.commands)
        : []),
    ];
  });
};
