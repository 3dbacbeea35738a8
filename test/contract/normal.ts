import { isSchema, membersOf, resolve, type Schema } from "./document.ts";

/** Brings schemas of the document and of the codecs to one form, so that they can be compared. */

const INT32 = { minimum: -2_147_483_648, maximum: 2_147_483_647 };
/** Keywords that do not restrict values, or are compared elsewhere: uniqueness is tested with values, defaults below. */
const IGNORED_KEYWORDS = new Set([
  "description",
  "examples",
  "format",
  "writeOnly",
  "contentEncoding",
  "uniqueItems",
  "additionalProperties",
  "$schema",
]);

const sorted = (schemas: readonly unknown[]): unknown[] =>
  schemas
    .map((each) => JSON.stringify(each))
    .sort()
    .map((each) => JSON.parse(each) as unknown);

const union = (choices: readonly Schema[]): Schema => {
  const flat = choices
    .map(normal)
    .flatMap((choice) =>
      isSchema(choice) && Array.isArray(choice["anyOf"]) ? (choice["anyOf"] as Schema[]) : [choice],
    );
  return { anyOf: sorted(flat) };
};

/** Normal form: no references, no annotations, unions flat and sorted, `null` always a choice of a union. */
export const normal = (given: Schema): Schema => {
  const schema = resolve(given);
  const { type, const: only, anyOf, oneOf, allOf, properties, items, default: initial, ...rest } = schema;
  const withDefault = initial === undefined ? {} : { default: initial };
  const choices = (oneOf ?? anyOf) as readonly Schema[] | undefined;
  if (choices !== undefined && properties === undefined && allOf === undefined)
    return { ...union(choices), ...withDefault };
  if (Array.isArray(type)) {
    return {
      ...union(
        type.map((each) =>
          each === "null" ? { type: each } : { ...schema, default: undefined, type: each as string },
        ),
      ),
      ...withDefault,
    };
  }
  const facts = Object.fromEntries(
    Object.entries(rest).filter(
      ([key, value]) =>
        value !== undefined &&
        !IGNORED_KEYWORDS.has(key) &&
        !key.startsWith("x-") &&
        !(type === "integer" && key in INT32 && INT32[key as keyof typeof INT32] === value) &&
        key !== "required",
    ),
  );
  if (typeof facts["pattern"] === "string") facts["pattern"] = new RegExp(facts["pattern"]).source;
  if (only !== undefined) return { type, enum: [only], ...withDefault };
  if (type === "object" || properties !== undefined || allOf !== undefined) {
    const members = membersOf(schema);
    return {
      type: "object",
      required: [...members.required].sort(),
      properties: Object.fromEntries(
        Object.entries(members.properties)
          .map(([name, of]) => [name, normal(of)] as const)
          .sort(([a], [b]) => (a < b ? -1 : 1)),
      ),
      ...withDefault,
    };
  }
  return { type, ...facts, ...(isSchema(items) ? { items: normal(items) } : {}), ...withDefault };
};
