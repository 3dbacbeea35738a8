import { type GraphQLSchema, isInterfaceType, isObjectType } from "graphql";
import { OPERATION_NAMES, OPERATIONS } from "../src/contract/operations.ts";
import { EventName } from "../src/contract/events.ts";
import { type UpstreamName, upstreamOf } from "../src/schema/kernel/directives.ts";

export interface Home {
  readonly method: "GET" | "POST" | "PUSH";
  readonly operation: UpstreamName;
  /** Where the operation is reached. */
  readonly home: string;
  /** Where it is used too. */
  readonly also: readonly string[];
}

interface Use {
  readonly operation: UpstreamName;
  readonly also: boolean;
  readonly place: string;
}

const usesAt = (place: string, element: { readonly extensions: object }): Use[] => {
  const { upstream, alsoUpstream } = upstreamOf(element);
  return [
    ...upstream.map((operation) => ({ operation, also: false, place })),
    ...alsoUpstream.map((operation) => ({ operation, also: true, place })),
  ];
};

const allUses = (schema: GraphQLSchema): Use[] =>
  Object.values(schema.getTypeMap()).flatMap((type) => {
    if (!isObjectType(type) && !isInterfaceType(type)) return [];
    const fields = Object.values(type.getFields());
    return [...usesAt(type.name, type), ...fields.flatMap((field) => usesAt(`${type.name}.${field.name}`, field))];
  });

/** Each operation of the gateway and its home in the graph, in the gateway's own order. */
export const homesOf = (schema: GraphQLSchema): readonly Home[] => {
  const all = allUses(schema);
  const homeOf = (operation: UpstreamName): string => {
    const [home, other] = all.filter((each) => each.operation === operation && !each.also);
    if (home === undefined) {
      throw new Error(
        `${operation} is not reached in the schema: add upstream: ["${operation}"] to the field that does.`,
      );
    }
    if (other !== undefined) {
      throw new Error(`${operation} is reached at ${home.place} and ${other.place}: use alsoUpstream at one of them.`);
    }
    return home.place;
  };
  const rowOf = (operation: UpstreamName, method: Home["method"]): Home => ({
    method,
    operation,
    home: homeOf(operation),
    also: all.filter((each) => each.operation === operation && each.also).map((each) => each.place),
  });
  const rest = OPERATION_NAMES.map((name) => rowOf(name, OPERATIONS[name].method));
  const events = EventName.values.map((name) => rowOf(name, "PUSH"));
  const last = rest.findIndex(({ operation }) => operation === "MigrationStatus");
  return [...rest.slice(0, last), ...events, ...rest.slice(last)];
};
