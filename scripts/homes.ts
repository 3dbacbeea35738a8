import { type GraphQLSchema, isInterfaceType, isObjectType } from "graphql";
import { OPERATION_NAMES, OPERATIONS } from "../src/contract/operations.ts";
import { EventName } from "../src/contract/events.ts";
import { type UpstreamName, upstreamOf } from "../src/schema/kernel/directives.ts";

export interface OperationHome {
  readonly method: "GET" | "POST" | "PUSH";
  readonly operation: UpstreamName;
  /** The type or field that calls the operation. */
  readonly home: string;
  /** Other types or fields that call it. */
  readonly also: readonly string[];
}

interface Use {
  readonly operation: UpstreamName;
  readonly also: boolean;
  readonly path: string;
}

const usesAt = (path: string, element: { readonly extensions: object }): Use[] => {
  const { upstream, alsoUpstream } = upstreamOf(element);
  return [
    ...upstream.map((operation) => ({ operation, also: false, path })),
    ...alsoUpstream.map((operation) => ({ operation, also: true, path })),
  ];
};

const allUses = (schema: GraphQLSchema): Use[] =>
  Object.values(schema.getTypeMap()).flatMap((type) => {
    if (!isObjectType(type) && !isInterfaceType(type)) return [];
    const fields = Object.values(type.getFields());
    return [...usesAt(type.name, type), ...fields.flatMap((field) => usesAt(`${type.name}.${field.name}`, field))];
  });

/**
 * Returns each operation of the gateway with its home in the graph, in the gateway's own order.
 * @throws Error if an operation has no home or more than one.
 */
export const homesOf = (schema: GraphQLSchema): readonly OperationHome[] => {
  const all = allUses(schema);
  const homeOf = (operation: UpstreamName): string => {
    const [home, other] = all.filter((each) => each.operation === operation && !each.also);
    if (home === undefined) {
      throw new Error(
        `${operation} is not reached in the schema: add upstream: ["${operation}"] to the field that does.`,
      );
    }
    if (other !== undefined) {
      throw new Error(`${operation} is reached at ${home.path} and ${other.path}: use alsoUpstream at one of them.`);
    }
    return home.path;
  };
  const rowOf = (operation: UpstreamName, method: OperationHome["method"]): OperationHome => ({
    method,
    operation,
    home: homeOf(operation),
    also: all.filter((each) => each.operation === operation && each.also).map((each) => each.path),
  });
  const rest = OPERATION_NAMES.map((name) => rowOf(name, OPERATIONS[name].method));
  const events = EventName.values.map((name) => rowOf(name, "PUSH"));
  const last = rest.findIndex(({ operation }) => operation === "MigrationStatus");
  return [...rest.slice(0, last), ...events, ...rest.slice(last)];
};
