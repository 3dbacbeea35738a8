import { isEnumType, isInterfaceType, isObjectType, type GraphQLSchema } from "graphql";
import { OPERATION_NAMES, OPERATIONS } from "../src/contract/operations.ts";
import { EventName } from "../src/contract/vocabulary.ts";

export interface Home {
  readonly method: "GET" | "POST" | "PUSH";
  readonly operation: string;
  /** Where the operation is reached. */
  readonly home: string;
  readonly also: readonly string[];
}

interface Mention {
  readonly operation: string;
  readonly also: boolean;
  readonly place: string;
}

/** "Upstream: A, also B." in a description says which operations a field is made of; without "also", it is their one home. */
const mentions = (place: string, description: string | null | undefined): Mention[] => {
  const [, list = ""] = /Upstream: ([^\n]+?)\.?$/m.exec(description ?? "") ?? [];
  return list
    .split(", ")
    .filter((each) => each !== "")
    .map((each) => ({ operation: each.replace(/^also /, ""), also: each.startsWith("also "), place }));
};

const allMentions = (schema: GraphQLSchema): Mention[] =>
  Object.values(schema.getTypeMap()).flatMap((type) => {
    if (isEnumType(type))
      return type.getValues().flatMap((value) => mentions(`${type.name}.${value.name}`, value.description));
    if (!isObjectType(type) && !isInterfaceType(type)) return [];
    const fields = Object.values(type.getFields());
    return [
      ...mentions(type.name, type.description),
      ...fields.flatMap((field) => mentions(`${type.name}.${field.name}`, field.description)),
    ];
  });

/** Each operation of the gateway and its home in the graph, in the gateway's own order. */
export const homesOf = (schema: GraphQLSchema): readonly Home[] => {
  const all = allMentions(schema);
  const homeIn = (operation: string): string => {
    const [home, ...more] = all.filter((each) => each.operation === operation && !each.also);
    if (home === undefined) throw new Error(`${operation} has no home in the graph.`);
    const others = more.filter(({ place }) => place !== home.place);
    if (others.length > 0) throw new Error(`${operation} has two homes: ${home.place}, ${others[0]?.place}.`);
    return home.place;
  };
  const home = (operation: string, method: Home["method"]): Home => ({
    method,
    operation,
    home: homeIn(operation),
    also: all.filter((each) => each.operation === operation && each.also).map((each) => each.place),
  });
  const rest = OPERATION_NAMES.map((name) => home(name, OPERATIONS[name].method));
  const events = EventName.values.map((name) => home(name, "PUSH"));
  const last = rest.findIndex(({ operation }) => operation === "MigrationStatus");
  return [...rest.slice(0, last), ...events, ...rest.slice(last)];
};
