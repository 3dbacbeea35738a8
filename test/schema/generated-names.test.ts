import { readFileSync } from "node:fs";
import {
  buildSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isSpecifiedScalarType,
} from "graphql";
import { expect, test } from "vitest";

const schema = buildSchema(readFileSync(new URL("../../schema.graphql", import.meta.url), "utf8"));
const types = Object.values(schema.getTypeMap()).filter(
  (type) => !type.name.startsWith("__") && !isSpecifiedScalarType(type),
);
const enums = types.filter(isEnumType);

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** Types of Swift, Foundation and Kotlin that a file with generated code sees without an import, or with its usual one. */
const TYPES = words(`
  Any AnyObject Array Bool Calendar Character Class Codable Comparable Data Date DateInterval Decimal Dictionary Double
  Duration Equatable Error Event Float Hashable Identifiable Int Locale Measurement Never Notification Nothing Number Optional
  Pair Process Progress Protocol Range Result Self Set
  Sequence String Task TimeInterval TimeZone Timer Triple Type UInt URL URLRequest UUID Unit Void
`);
/** Names that Apollo iOS rejects in a schema, and members that its generated structs have. */
const SWIFT_FIELDS = words(
  "__data __fulfilled _ fragments hash hashValue init self Self Type Protocol description debugDescription",
);
/** Names that members of a Kotlin enum or data class have. */
const KOTLIN_MEMBERS = words(`
  companion component1 copy entries equals hashcode name ordinal safevalueof tostring type valueof values knownvalues
`);
/** Swift prints enum values in lower camel case: `none` and `some` are those of Optional. */
const SWIFT_CASES = words("none some self init type protocol default case nil true false in is as");

/** Returns a value of an enum as Apollo iOS writes it. */
const camelCase = (value: string): string =>
  value.toLowerCase().replaceAll(/_([a-z0-9])/g, (_all, letter: string) => letter.toUpperCase());

const fieldNames = types.flatMap((type) =>
  isObjectType(type) || isInterfaceType(type) || isInputObjectType(type)
    ? Object.values(type.getFields()).map((field) => ({ path: `${type.name}.${field.name}`, name: field.name }))
    : [],
);

test("no type has the name of a type of Swift, Foundation or Kotlin", () => {
  expect(types.filter(({ name }) => TYPES.has(name)).map(({ name }) => name)).toEqual([]);
});

test("no two types differ by case only: Kotlin writes a file for each, and some file systems know no case", () => {
  const folded = types.map(({ name }) => name.toLowerCase());
  expect(folded.filter((name, index) => folded.indexOf(name) !== index)).toEqual([]);
});

test("no field has a name that Apollo iOS rejects or its structs have", () => {
  expect(fieldNames.filter(({ name }) => SWIFT_FIELDS.has(name)).map(({ path }) => path)).toEqual([]);
});

test("no enum value is a case or keyword of Swift, or a member of a Kotlin enum", () => {
  const clashes = enums.flatMap((type) =>
    type
      .getValues()
      .filter(({ name }) => SWIFT_CASES.has(camelCase(name)) || KOTLIN_MEMBERS.has(name.toLowerCase()))
      .map(({ name }) => `${type.name}.${name}`),
  );
  expect(clashes).toEqual([]);
});

test("no two values of an enum become one case in Swift", () => {
  for (const type of enums) {
    const cases = type.getValues().map(({ name }) => camelCase(name));
    expect(new Set(cases).size, type.name).toBe(cases.length);
  }
});

test("OTHER is a thing without a name here, UNKNOWN is a state that is not known: an enum of states has UNKNOWN, no other has it", () => {
  const isOfStates = (name: string) => /(?:Status|State|Mode)$/.test(name);
  const values = (name: string) => enums.filter((type) => type.getValues().some((value) => value.name === name));
  expect(values("UNKNOWN").map(({ name }) => name)).toEqual(
    values("UNKNOWN")
      .map(({ name }) => name)
      .filter(isOfStates),
  );
  expect(
    values("OTHER")
      .map(({ name }) => name)
      .filter(isOfStates),
  ).toEqual([]);
  expect(values("OTHER").length).toBeGreaterThan(4);
});
