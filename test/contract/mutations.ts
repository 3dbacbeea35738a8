import { isSchema, membersOf, resolve, type Described, type Schema } from "./document.ts";

export interface Mutation {
  readonly what: string;
  readonly request: Readonly<Record<string, unknown>>;
}

/** Values just inside and just outside what a schema allows, and values of other types. */
const candidates = (given: Schema, example: unknown): readonly unknown[] => {
  const schema = resolve(given);
  const choices = (schema["anyOf"] ?? schema["oneOf"]) as readonly Schema[] | undefined;
  const inner = choices?.flatMap((choice) => candidates(choice, example)) ?? [];
  const values: unknown[] = [
    null,
    "",
    "?",
    "x".repeat(3000),
    "A1",
    0,
    1,
    -1,
    1.5,
    1_000_000_000_000,
    true,
    false,
    {},
    [],
    [""],
    ...inner,
  ];
  for (const limit of ["minimum", "maximum"]) {
    const bound = schema[limit];
    if (typeof bound === "number") values.push(bound, bound - 1, bound + 1);
  }
  for (const limit of ["minLength", "maxLength"]) {
    const bound = schema[limit];
    if (typeof bound === "number")
      values.push("a".repeat(bound), "a".repeat(Math.max(0, bound - 1)), "a".repeat(bound + 1));
  }
  const enumeration = schema["enum"] as readonly unknown[] | undefined;
  if (enumeration !== undefined) values.push(...enumeration, String(enumeration[0]).toUpperCase());
  const items = schema["items"];
  if (isSchema(items)) {
    const item = Array.isArray(example) ? (example as unknown[])[0] : undefined;
    const distinct = (count: number) => Array.from({ length: count }, (_, index) => `SN-${1000 + index}`);
    values.push([item], [item, item], distinct(20), distinct(21), distinct(100), distinct(101));
    for (const value of candidates(items, item)) values.push([value]);
  }
  if (resolve(schema)["type"] === "object" && isSchema(example)) {
    values.push(...objectMutations(schema, example).map(({ request }) => request));
  }
  return values;
};

const objectMutations = (schema: Schema, base: Readonly<Record<string, unknown>>): readonly Mutation[] => {
  const mutations: Mutation[] = [];
  for (const [name, of] of Object.entries(membersOf(schema).properties)) {
    const { [name]: _, ...without } = base;
    mutations.push({ what: `without ${name}`, request: without });
    for (const value of candidates(of, base[name])) {
      const text = JSON.stringify(value);
      mutations.push({
        what: `${name} ${text.length > 40 ? `${text.slice(0, 40)}…` : text}`,
        request: { ...base, [name]: value },
      });
    }
  }
  return mutations;
};

/** Variants of a valid request: one member at a time is left out or set to another value. */
export const mutationsOf = (described: Described, sample: Readonly<Record<string, unknown>>): readonly Mutation[] => {
  const examples = Object.entries(described.examples).filter(([, value]) => value !== undefined);
  const added = examples.map(([name, value]) => ({ what: `with ${name}`, request: { ...sample, [name]: value } }));
  const mutated = [sample, ...added.map(({ request }) => request)].flatMap((base) =>
    objectMutations(described.input, base),
  );
  return [...added, ...mutated];
};
