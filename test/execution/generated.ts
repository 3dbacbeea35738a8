import {
  GraphQLBoolean,
  GraphQLEnumType,
  type GraphQLFieldConfigMap,
  GraphQLFloat,
  GraphQLID,
  GraphQLInt,
  GraphQLInterfaceType,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  type GraphQLOutputType,
  GraphQLSchema,
  GraphQLString,
  GraphQLUnionType,
} from "graphql";

/** Numbers from 0 up to 1, the same for the same seed. */
export type Random = () => number;

export const createRandom = (seed: number): Random => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};

const hashOf = (text: string): number => {
  let hash = 2_166_136_261;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 16_777_619);
  return hash >>> 0;
};

export const oneOf = <Item>(random: Random, items: readonly [Item, ...Item[]]): Item =>
  items[Math.floor(random() * items.length)] ?? items[0];

/** An object of the generated schemas. What its fields do follows from its id alone, whoever asks and in whichever order. */
interface Source {
  readonly id: string;
  readonly typeName: string;
}

const LEAVES = [GraphQLInt, GraphQLFloat, GraphQLString, GraphQLBoolean, GraphQLID] as const;

/** How a wrapped type was made, so that a resolver knows what to return. */
type Shape =
  | { readonly kind: "named"; readonly type: GraphQLOutputType }
  | { readonly kind: "list"; readonly item: Shape };

export interface GeneratedSchema {
  readonly schema: GraphQLSchema;
  readonly typeNames: readonly string[];
  readonly abstractNames: readonly string[];
}

const OBJECTS = ["A", "B", "C"] as const;

/** A schema whose resolvers misbehave: they throw, reject, return errors, null and values of the wrong type, early and late. */
export const generateSchema = (seed: number): GeneratedSchema => {
  const random = createRandom(seed);
  const faultRate = oneOf(random, [0, 0.05, 0.15, 0.3]);
  const hasResolveType = random() < 0.6;
  const color = new GraphQLEnumType({ name: "Color", values: { RED: { value: 0 }, GREEN: {}, BLUE: { value: "b" } } });

  const resolveType = (value: unknown) => {
    const { id, typeName } = value as Source;
    const chance = createRandom(hashOf(`${seed} type ${id}`));
    const fault = chance() < faultRate;
    const name = fault ? oneOf(chance, ["Missing", "Color", "Other", undefined]) : typeName;
    if (fault && chance() < 0.3) throw new Error(`type of ${id}`);
    return chance() < 0.3 ? Promise.resolve(name) : name;
  };
  const isTypeOf = (name: string) => (value: unknown) => {
    const { id, typeName } = value as Source;
    const chance = createRandom(hashOf(`${seed} is ${name} ${id}`));
    const isIt = chance() < faultRate / 2 ? typeName !== name : typeName === name;
    return chance() < 0.3 ? Promise.resolve(isIt) : isIt;
  };
  const usesIsTypeOf = !hasResolveType || random() < 0.2;
  const abstract = hasResolveType ? { resolveType } : {};
  const named = new GraphQLInterfaceType({
    name: "Named",
    fields: () => ({ name: { type: GraphQLString }, next: { type: named } }),
    ...abstract,
  } as ConstructorParameters<typeof GraphQLInterfaceType>[0]);
  const objects = new Map<string, GraphQLObjectType>();
  const either = new GraphQLUnionType({
    name: "Either",
    types: () => OBJECTS.slice(0, 2).map((name) => objects.get(name) as GraphQLObjectType),
    ...abstract,
  } as ConstructorParameters<typeof GraphQLUnionType>[0]);

  const wrap = (base: GraphQLOutputType, depth: number): { type: GraphQLOutputType; shape: Shape } => {
    let type = base;
    let shape: Shape = { kind: "named", type: base };
    if (random() < 0.35) type = new GraphQLNonNull(type);
    for (let level = 0; level < depth; level += 1) {
      type = new GraphQLList(type);
      shape = { kind: "list", item: shape };
      if (random() < 0.35) type = new GraphQLNonNull(type);
    }
    return { type, shape };
  };

  const fieldsOf = (): GraphQLFieldConfigMap<unknown, unknown> => {
    const fields: GraphQLFieldConfigMap<unknown, unknown> = {};
    const add = (name: string, type: GraphQLOutputType, shape: Shape) => {
      fields[name] = {
        type,
        args: {
          size: { type: GraphQLInt, defaultValue: 2 },
          flag: { type: new GraphQLNonNull(GraphQLBoolean), defaultValue: true },
        },
        resolve: (source, args: { readonly size?: number | null }) =>
          valueOf(`${(source as Source | undefined)?.id ?? ""}.${name}`, shape, args.size ?? 2),
      };
    };
    for (const [index, leaf] of [...LEAVES, color].entries()) {
      const { type, shape } = wrap(leaf, oneOf(random, [0, 0, 0, 1, 2]));
      add(`leaf${index}`, type, shape);
    }
    for (const [index, base] of [...objects.values(), named, either].entries()) {
      const { type, shape } = wrap(base, oneOf(random, [0, 0, 1, 1, 2]));
      add(`object${index}`, type, shape);
    }
    return fields;
  };

  const leafValue = (type: GraphQLOutputType, chance: Random): unknown => {
    if (chance() < faultRate)
      return oneOf<unknown>(chance, [{}, "no number", Number.NaN, 2 ** 40, Symbol("s"), [], () => 1]);
    if (type === GraphQLInt) return oneOf<unknown>(chance, [0, -7, 2_147_483_647, "12", true]);
    if (type === GraphQLFloat) return oneOf<unknown>(chance, [0.5, -1e9, "2.5"]);
    if (type === GraphQLBoolean) return oneOf<unknown>(chance, [true, false, 1]);
    if (type === color) return oneOf<unknown>(chance, [0, "GREEN", "b"]);
    return oneOf<unknown>(chance, ["text", "", 12, { toString: () => "x" }.toString()]);
  };

  const possible = (type: GraphQLOutputType): readonly [string, ...string[]] => {
    if (type === named) return [...OBJECTS] as unknown as readonly [string, ...string[]];
    if (type === either) return ["A", "B"];
    return [String(type)];
  };

  /** What a field at a place answers. */
  const valueOf = (id: string, shape: Shape, size: number): unknown => {
    const chance = createRandom(hashOf(`${seed} ${id}`));
    const late = <Value>(value: Value): Value | Promise<Value> => {
      const when = chance();
      if (when < 0.7) return value;
      if (when < 0.9) return Promise.resolve(value);
      return new Promise((resolve) => void setImmediate(() => resolve(value)));
    };
    if (chance() < faultRate) {
      switch (oneOf(chance, [0, 1, 2, 3, 4, 5, 6])) {
        case 0:
          throw new Error(`thrown at ${id}`);
        case 1:
          // oxlint-disable-next-line no-throw-literal -- resolvers may throw anything
          throw `text thrown at ${id}`;
        case 2:
          return Promise.reject(new Error(`rejected at ${id}`));
        case 3:
          return late(new Error(`returned at ${id}`));
        case 4:
          return late(null);
        case 5:
          return late(undefined);
        default:
          return late(shape.kind === "list" ? "no list" : null);
      }
    }
    if (shape.kind === "list") {
      const count = Math.max(0, Math.min(4, size)) - (chance() < 0.3 ? 1 : 0);
      const items = Array.from({ length: Math.max(0, count) }, (_each, index) => {
        try {
          return valueOf(`${id}.${index}`, shape.item, size);
        } catch (error) {
          return error instanceof Error ? error : null;
        }
      });
      for (const item of items) if (item instanceof Promise) item.catch(() => {});
      return late(chance() < 0.1 ? new Set(items) : items);
    }
    const { type } = shape;
    if (type instanceof GraphQLObjectType || type === named || type === either) {
      return late({ id, typeName: oneOf(chance, possible(type)) } satisfies Source);
    }
    return late(leafValue(type, chance));
  };

  for (const name of OBJECTS) {
    objects.set(
      name,
      new GraphQLObjectType({
        name,
        interfaces: [named],
        ...(usesIsTypeOf ? { isTypeOf: isTypeOf(name) } : {}),
        fields: () => ({
          ...fieldsOf(),
          name: {
            type: GraphQLString,
            resolve: (source) => valueOf(`${(source as Source).id}.name`, { kind: "named", type: GraphQLString }, 1),
          },
          next: {
            type: named,
            resolve: (source) => valueOf(`${(source as Source).id}.next`, { kind: "named", type: named }, 1),
          },
          id: { type: new GraphQLNonNull(GraphQLID) },
        }),
      }),
    );
  }
  const rootOf = (name: string) => new GraphQLObjectType({ name, fields: () => fieldsOf() });
  const other = new GraphQLObjectType({ name: "Other", fields: { id: { type: GraphQLID } } });
  const schema = new GraphQLSchema({
    query: rootOf("Query"),
    mutation: rootOf("Mutation"),
    subscription: rootOf("Subscription"),
    types: [...objects.values(), other],
  });
  return { schema, typeNames: OBJECTS, abstractNames: ["Named", "Either"] };
};

/** A document of one operation: aliases, merged fields, fragments on objects, interfaces and unions, conditions, arguments. */
export const generateDocument = ({ schema }: GeneratedSchema, seed: number) => {
  const random = createRandom(seed);
  const fragments: string[] = [];
  const variables: Record<string, unknown> = {
    yes: random() < 0.5,
    no: random() < 0.5,
    size: oneOf<unknown>(random, [0, 1, 3, null]),
  };
  const condition = (): string => {
    const chance = random();
    if (chance > 0.2) return "";
    return oneOf(random, [
      " @skip(if: $yes)",
      " @include(if: $no)",
      " @include(if: true)",
      " @skip(if: false)",
      " @skip(if: $yes) @include(if: $no)",
    ]);
  };
  const argument = (): string =>
    oneOf(random, ["", "", "", "(size: 1)", "(size: $size)", "(flag: $yes)", "(size: 3, flag: false)"]);
  const alias = (): string => oneOf(random, ["", "", "a_", "constructor_"]);
  let isRoot = true;

  const selectionOn = (typeName: string, depth: number): string => {
    const type = schema.getType(typeName);
    if (type === undefined) throw new Error(`The schema has no type ${typeName}.`);
    const isUnion = type instanceof GraphQLUnionType;
    const fields = isUnion || !("getFields" in type) ? [] : Object.values(type.getFields());
    const parts: string[] = random() < 0.3 || isUnion ? ["__typename"] : [];
    const count = 1 + Math.floor(random() * (isRoot ? 5 : 3));
    isRoot = false;
    for (let index = 0; index < count; index += 1) {
      const field = fields[Math.floor(random() * fields.length)];
      if (field === undefined) break;
      if (!("type" in field) || !("args" in field)) continue;
      const named = String(field.type).replaceAll(/[[\]!]/g, "");
      const isLeaf = !OBJECTS.includes(named as never) && named !== "Named" && named !== "Either";
      if (!isLeaf && depth <= 0) continue;
      // Merged fields must agree in type and arguments: an alias names the field and its arguments.
      const args = field.args.length === 0 ? "" : argument();
      const isShared = field.name === "name" || field.name === "next" || field.name === "id";
      // Fields under one key merge: they must be one field with one set of arguments. Aliases cover the rest.
      const key = isShared ? "" : `${alias()}${field.name}_${hashOf(`${typeName}${args}`) % 9_973}: `;
      parts.push(`${key}${field.name}${args}${condition()}${isLeaf ? "" : ` { ${selectionOn(named, depth - 1)} }`}`);
    }
    if (depth > 0 && random() < 0.5) {
      const candidates = isUnion
        ? ["A", "B", "Named"]
        : typeName === "Named"
          ? ["A", "B", "C", "Either"]
          : [typeName, "Named"];
      if (typeName !== "Query" && typeName !== "Mutation" && typeName !== "Subscription") {
        const on = oneOf(random, candidates as [string, ...string[]]);
        const body = selectionOn(on, depth - 1);
        if (random() < 0.5) parts.push(`... on ${on}${condition()} { ${body} }`);
        else {
          const name = `F${fragments.length}`;
          fragments.push(`fragment ${name} on ${on} { ${body} }`);
          parts.push(`...${name}${condition()}`);
          if (random() < 0.3) parts.push(`...${name}`);
        }
      }
    }
    if (parts.length === 0) parts.push("__typename");
    return parts.join(" ");
  };

  const kind = oneOf(random, ["query", "query", "query", "mutation", "subscription"]);
  const root = { query: "Query", mutation: "Mutation", subscription: "Subscription" }[kind] ?? "Query";
  const extra = kind === "query" && random() < 0.1 ? ' __type(name: "A") { name fields { name type { kind } } }' : "";
  const proto = random() < 0.2 ? " __proto__: __typename constructor: __typename" : "";
  const body = selectionOn(root, 4);
  const declared = "($yes: Boolean!, $no: Boolean = true, $size: Int)";
  return { text: `${kind} Generated${declared} { ${body}${extra}${proto} }\n${fragments.join("\n")}`, variables };
};
