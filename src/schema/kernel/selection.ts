import {
  type FieldNode,
  getArgumentValues,
  getDirectiveValues,
  type GraphQLField,
  GraphQLIncludeDirective,
  type GraphQLResolveInfo,
  GraphQLSkipDirective,
  isObjectType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from "graphql";
import { servedName } from "./type-prefix.ts";

/** Whether `@skip` and `@include` leave a selection in the operation. */
const isIncluded = (node: SelectionNode, { variableValues }: GraphQLResolveInfo): boolean =>
  node.directives === undefined ||
  node.directives.length === 0 ||
  (getDirectiveValues(GraphQLSkipDirective, node, variableValues)?.["if"] !== true &&
    getDirectiveValues(GraphQLIncludeDirective, node, variableValues)?.["if"] !== false);

/** Returns the fields selected below these nodes, including those in fragments. */
const fieldsBelow = (nodes: readonly (FieldNode | SelectionNode)[], info: GraphQLResolveInfo): FieldNode[] =>
  nodes.flatMap((node): FieldNode[] => {
    const selections =
      node.kind === Kind.FRAGMENT_SPREAD
        ? (info.fragments[node.name.value]?.selectionSet.selections ?? [])
        : (node.selectionSet?.selections ?? []);
    return selections
      .filter((selection) => isIncluded(selection, info))
      .flatMap((selection) => (selection.kind === Kind.FIELD ? [selection] : fieldsBelow([selection], info)));
  });

/** Returns the field nodes at the end of a path below this field. */
const fieldsAt = (path: readonly string[], info: GraphQLResolveInfo): FieldNode[] =>
  path.reduce<FieldNode[]>(
    (nodes, name) => fieldsBelow(nodes, info).filter((field) => field.name.value === name),
    [...info.fieldNodes],
  );

/**
 * Returns the names selected below a field, at the end of any of these paths. The nodes of a field are the same list in all executions
 * of an operation for which the same conditions hold: they are searched once.
 */
const namesBelow = (paths: readonly (readonly string[])[]) => {
  const known = new WeakMap<GraphQLResolveInfo["fieldNodes"], ReadonlySet<string>>();
  return (info: GraphQLResolveInfo): ReadonlySet<string> => {
    const names =
      known.get(info.fieldNodes) ??
      new Set(paths.flatMap((path) => fieldsBelow(fieldsAt(path, info), info).map((field) => field.name.value)));
    known.set(info.fieldNodes, names);
    return names;
  };
};

/** Returns the names selected below this field. */
export const selectedBelow = namesBelow([[]]);

/** Returns the names selected for the rows of this connection. */
export const selectedInRows = namesBelow([["nodes"], ["edges", "node"]]);

/** Returns the names selected for objects of one type below a field of an interface or union. */
export const selectedOn = (info: GraphQLResolveInfo, typeName: string): ReadonlySet<string> => {
  const { fieldNodes, fragments } = info;
  const names = new Set([undefined, servedName(typeName, info), servedName("Node", info)]);
  const namesIn = (set: SelectionSetNode | undefined): string[] =>
    (set?.selections ?? []).flatMap((node): string[] => {
      if (!isIncluded(node, info)) return [];
      if (node.kind === Kind.FIELD) return [node.name.value];
      const fragment = node.kind === Kind.FRAGMENT_SPREAD ? fragments[node.name.value] : node;
      const condition = fragment?.typeCondition?.name.value;
      return names.has(condition) ? namesIn(fragment?.selectionSet) : [];
    });
  return new Set(fieldNodes.flatMap(({ selectionSet }) => namesIn(selectionSet)));
};

/** Whether the query passes one of these arguments to this field, even if with the default value. */
export const isPassed = ({ fieldNodes, variableValues }: GraphQLResolveInfo, names: readonly string[]): boolean =>
  fieldNodes.some(({ arguments: passed = [] }) =>
    passed.some(
      ({ name, value }) =>
        names.includes(name.value) && (value.kind !== Kind.VARIABLE || value.name.value in variableValues),
    ),
  );

/** Returns the arguments of a field selected below this one, or undefined if it is not selected. */
export const argumentsBelow = (
  info: GraphQLResolveInfo,
  typeName: string,
  fieldName: string,
): Readonly<Record<string, unknown>> | undefined => {
  const [node] = fieldsAt([fieldName], info);
  const type = info.schema.getType(servedName(typeName, info));
  const field: GraphQLField<unknown, unknown> | undefined = isObjectType(type)
    ? type.getFields()[fieldName]
    : undefined;
  return node === undefined || field === undefined ? undefined : getArgumentValues(field, node, info.variableValues);
};
