import {
  astFromValue,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isInterfaceType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
  print,
} from "graphql";
import { between, createRandom } from "../../../src/sandbox/random.ts";
import { valueOf } from "./values.ts";

export interface Operation {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

export type Root = "query" | "mutation" | "subscription";

const MAX_FIELDS = 40;
/** The maximum depth below the root. */
const LEVELS = 4;

/** The probability of optional arguments; a cursor is valid in few places only. */
const RARE: Readonly<Record<string, number>> = { after: 0.02, id: 0.05 };

/** Excluded because the gateway would send callbacks to the URL. */
const EXCLUDED: ReadonlySet<string> = new Set(["registerCallback"]);

const rootOf = (schema: GraphQLSchema, root: Root): GraphQLObjectType => {
  const types = {
    query: schema.getQueryType(),
    mutation: schema.getMutationType(),
    subscription: schema.getSubscriptionType(),
  };
  const type = types[root];
  if (type == null) throw new Error(`The schema has no ${root}.`);
  return type;
};

/** One valid operation; the same for the same seed. */
export const operationOf = (schema: GraphQLSchema, root: Root, ...seed: readonly (string | number)[]): Operation => {
  const random = createRandom(root, ...seed);
  const chance = (part: number) => random() < part;
  const declared: string[] = [];
  const variables: Record<string, unknown> = {};
  let fields = 0;
  let names = 0;

  const argument = ({ name, type }: GraphQLArgument): string => {
    const value = valueOf(random, type, name);
    const isPlain = getNamedType(type).name !== "_Any" && !chance(0.4);
    const literal = isPlain ? astFromValue(value, type) : null;
    if (literal != null) return `${name}: ${print(literal)}`;
    const variable = `v${declared.length}`;
    declared.push(`$${variable}: ${String(type)}`);
    variables[variable] = value;
    return `${name}: $${variable}`;
  };

  const field = (each: GraphQLField<unknown, unknown>, level: number, renamed: boolean): string => {
    fields += 1;
    const args = each.args.filter((one) => isRequiredArgument(one) || chance(RARE[one.name] ?? 0.3)).map(argument);
    const alias = renamed || args.length > 0 || chance(0.05) ? `f${names++}: ` : "";
    const skipped = chance(0.03) ? (chance(0.5) ? " @skip(if: true)" : " @include(if: true)") : "";
    const named = getNamedType(each.type);
    const list = args.length === 0 ? "" : `(${args.join(", ")})`;
    return `${alias}${each.name}${list}${skipped}${isLeafType(named) ? "" : ` ${selection(named, level + 1, false)}`}`;
  };

  const fieldsOf = (type: GraphQLNamedType, level: number, renamed: boolean): readonly string[] => {
    if (!isObjectType(type) && !isInterfaceType(type)) return [];
    const able = Object.values(type.getFields()).filter(
      (each) => !EXCLUDED.has(each.name) && (isLeafType(getNamedType(each.type)) || level < LEVELS),
    );
    const part = Math.min(1, 4 / Math.max(1, able.length));
    return able.filter(() => chance(part) && fields < MAX_FIELDS).map((each) => field(each, level, renamed));
  };

  const selection = (type: GraphQLNamedType, level: number, renamed: boolean): string => {
    const own = fieldsOf(type, level, renamed);
    const narrowed = isAbstractType(type)
      ? schema
          .getPossibleTypes(type)
          .filter(() => chance(0.4))
          .map((each) => `... on ${each.name} { __typename ${fieldsOf(each, level, true).join(" ")} }`)
      : [];
    return `{ ${["__typename", ...own, ...narrowed].join(" ")} }`;
  };

  const type = rootOf(schema, root);
  const able = Object.values(type.getFields()).filter(({ name }) => !EXCLUDED.has(name));
  const fieldCount = root === "subscription" ? 1 : between(random, 1, 3);
  const chosen = Array.from({ length: fieldCount }, () => able[Math.floor(random() * able.length)]).filter(
    (each) => each !== undefined,
  );
  const body = chosen
    .map((each) => field(each, 0, true))
    .join(" ")
    .replace(/ @(skip|include)\(if: true\)/, "");
  const head = declared.length === 0 ? "" : ` (${declared.join(", ")})`;
  return { query: `${root} Generated${head} { ${body} }`, variables };
};
