import {
  type FieldNode,
  getArgumentValues,
  type GraphQLField,
  type GraphQLResolveInfo,
  isObjectType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from "graphql";
import { servedName } from "./type-prefix.ts";

/** The fields selected below these nodes, fragments included. Fields behind @skip count: at worst a plan reads too much. */
const fieldsBelow = (nodes: readonly (FieldNode | SelectionNode)[], info: GraphQLResolveInfo): FieldNode[] =>
  nodes.flatMap((node): FieldNode[] => {
    const selections =
      node.kind === Kind.FRAGMENT_SPREAD
        ? (info.fragments[node.name.value]?.selectionSet.selections ?? [])
        : (node.selectionSet?.selections ?? []);
    return selections.flatMap((each) => (each.kind === Kind.FIELD ? [each] : fieldsBelow([each], info)));
  });

const at = (path: readonly string[], info: GraphQLResolveInfo): FieldNode[] =>
  path.reduce<FieldNode[]>(
    (nodes, name) => fieldsBelow(nodes, info).filter((field) => field.name.value === name),
    [...info.fieldNodes],
  );

/** Names selected below this field, at the end of any of these paths: `[["nodes"], ["edges", "node"]]`. */
export const selectedBelow = (
  info: GraphQLResolveInfo,
  paths: readonly (readonly string[])[] = [[]],
): ReadonlySet<string> =>
  new Set(paths.flatMap((path) => fieldsBelow(at(path, info), info).map((field) => field.name.value)));

/** Names selected below this field of several types for objects of one of them. */
export const selectedOn = (info: GraphQLResolveInfo, typeName: string): ReadonlySet<string> => {
  const { fieldNodes, fragments } = info;
  const names = new Set([undefined, servedName(typeName, info), servedName("Node", info)]);
  const namesIn = (set: SelectionSetNode | undefined): string[] =>
    (set?.selections ?? []).flatMap((node): string[] => {
      if (node.kind === Kind.FIELD) return [node.name.value];
      const fragment = node.kind === Kind.FRAGMENT_SPREAD ? fragments[node.name.value] : node;
      const condition = fragment?.typeCondition?.name.value;
      return names.has(condition) ? namesIn(fragment?.selectionSet) : [];
    });
  return new Set(fieldNodes.flatMap(({ selectionSet }) => namesIn(selectionSet)));
};

/** The rows of a connection. */
export const ROWS = [["nodes"], ["edges", "node"]] as const;

/** The arguments of a field selected below this one; undefined when it is not selected. */
export const argumentsBelow = (
  info: GraphQLResolveInfo,
  typeName: string,
  fieldName: string,
): Readonly<Record<string, unknown>> | undefined => {
  const [node] = at([fieldName], info);
  const type = info.schema.getType(servedName(typeName, info));
  const field: GraphQLField<unknown, unknown> | undefined = isObjectType(type)
    ? type.getFields()[fieldName]
    : undefined;
  return node === undefined || field === undefined ? undefined : getArgumentValues(field, node, info.variableValues);
};
