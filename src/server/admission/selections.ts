import {
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  valueFromASTUntyped,
} from "graphql";

/** The fragments of a document by name. */
export type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;

/** Indexes the fragments of a document by name. */
export const fragmentsOf = ({ definitions }: DocumentNode): Fragments => {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of definitions) if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  return fragments;
};

/** How a selection set becomes one result. `scope` is what the result depends on besides the selections, such as a type. */
export interface SelectionReducer<Result, Scope> {
  /** The result of one field, with everything below it. */
  readonly field: (node: FieldNode, scope: Scope) => Result;
  readonly combine: (results: readonly Result[]) => Result;
  /** The result of a fragment that is unknown, does not apply, or spreads itself. */
  readonly empty: Result;
  /** Whether a fragment with this type condition applies; every fragment does by default. */
  readonly applies?: (typeCondition: string | undefined, scope: Scope) => boolean;
  /** Applies the directives of a selection to its result; they are ignored by default. */
  readonly withDirectives?: (result: Result, directives: readonly DirectiveNode[]) => Result;
  /** Distinguishes the scopes in which a fragment has different results; all are equal by default. */
  readonly scopeKey?: (scope: Scope) => string;
  /** Prepares the result of a fragment for being used several times. */
  readonly share?: (result: Result) => Result;
}

/** Reduces a selection set to one result. */
export type ReduceSelections<Result, Scope> = (set: SelectionSetNode | undefined, scope: Scope) => Result;

/**
 * Walks selection sets through their fragments. Each fragment is reduced once per scope, no matter how often it is spread: a
 * fragment bomb takes no more time than its text.
 */
export const createSelectionReducer = <Result, Scope = undefined>(
  fragments: Fragments,
  reducer: SelectionReducer<Result, Scope>,
): ReduceSelections<Result, Scope> => {
  const { field, combine, empty, applies, withDirectives, scopeKey, share } = reducer;
  const reduced = new Map<string, Result>();

  const reduceFragment = (name: string, scope: Scope): Result => {
    const key = scopeKey === undefined ? name : `${name} ${scopeKey(scope)}`;
    const known = reduced.get(key);
    if (known !== undefined) return known;
    // Stands in while the fragment is being reduced: a fragment that spreads itself ends here and is left to validation.
    reduced.set(key, empty);
    const fragment = fragments.get(name);
    const isApplied = fragment !== undefined && (applies?.(fragment.typeCondition.name.value, scope) ?? true);
    const result = isApplied ? reduce(fragment.selectionSet, scope) : empty;
    const shared = share?.(result) ?? result;
    reduced.set(key, shared);
    return shared;
  };

  const reduceNode = (node: SelectionNode, scope: Scope): Result => {
    if (node.kind === Kind.FIELD) return field(node, scope);
    if (node.kind === Kind.FRAGMENT_SPREAD) return reduceFragment(node.name.value, scope);
    const isApplied = applies?.(node.typeCondition?.name.value, scope) ?? true;
    return isApplied ? reduce(node.selectionSet, scope) : empty;
  };

  const reduceSelection = (node: SelectionNode, scope: Scope): Result => {
    const result = reduceNode(node, scope);
    const { directives = [] } = node;
    return withDirectives === undefined || directives.length === 0 ? result : withDirectives(result, directives);
  };

  const reduce: ReduceSelections<Result, Scope> = (set, scope) =>
    combine((set?.selections ?? []).map((node) => reduceSelection(node, scope)));

  return reduce;
};

/** The fields at the root of a selection set, each as often as it is selected. The number is limited on admission. */
export const rootFields = (set: SelectionSetNode, fragments: Fragments): readonly FieldNode[] =>
  createSelectionReducer<readonly FieldNode[]>(fragments, {
    field: (node) => [node],
    combine: (results) => results.flat(),
    empty: [],
  })(set, undefined);

/** The default values of variables, for those that have one. */
export const defaultsOf = ({ variableDefinitions = [] }: OperationDefinitionNode): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    variableDefinitions.flatMap(({ variable, defaultValue }) =>
      defaultValue === undefined ? [] : [[variable.name.value, valueFromASTUntyped(defaultValue)] as const],
    ),
  );
