import {
  getIntrospectionQuery,
  graphqlSync,
  type GraphQLNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isNonNullType,
  isObjectType,
  isScalarType,
  isSpecifiedDirective,
  isSpecifiedScalarType,
  buildSchema as parseSdl,
} from "graphql";
import { expect, test } from "vitest";
import { OPERATION_NAMES } from "../../src/contract/operations.ts";
import { EventName } from "../../src/contract/events.ts";
import { clientSdl, subgraphSdl } from "../../src/schema/federation/sdl.ts";
import { buildSchema } from "../../src/schema/index.ts";
import { directivesOf } from "../../src/schema/kernel/directives.ts";

const schema = buildSchema();
const served = parseSdl(subgraphSdl(schema), { assumeValidSDL: true });

const MIN_WORDS = 5;
const NEXT_STEP =
  `Give each of these elements a full sentence of at least ${MIN_WORDS} words for a frontend developer ` +
  "(what it means, unit or format, when it is null, what to do next), then run `npm run generate`.";

interface Element {
  /** The coordinate of the element, such as `Query.device(serialNumber:)`. */
  readonly path: string;
  readonly name: string;
  readonly description: string;
}

interface Described {
  readonly name: string;
  readonly description?: string | null | undefined;
}

const element = (path: string, { name, description }: Described): Element => ({
  path,
  name,
  description: description ?? "",
});

const elementsOf = (type: GraphQLNamedType): readonly Element[] => {
  const own = element(type.name, type);
  if (isEnumType(type)) return [own, ...type.getValues().map((value) => element(`${type.name}.${value.name}`, value))];
  if (isInputObjectType(type)) {
    return [own, ...Object.values(type.getFields()).map((field) => element(`${type.name}.${field.name}`, field))];
  }
  if (!isObjectType(type) && !isInterfaceType(type)) return [own];
  const fields = Object.values(type.getFields()).flatMap((field) => {
    const path = `${type.name}.${field.name}`;
    return [element(path, field), ...field.args.map((arg) => element(`${path}(${arg.name}:)`, arg))];
  });
  return [own, ...fields];
};

const ownTypes = Object.values(schema.getTypeMap()).filter(
  (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
);
const directives = served.getDirectives().filter((directive) => !isSpecifiedDirective(directive));
const elements: readonly Element[] = [
  element("schema", { name: "schema", description: schema.description }),
  ...ownTypes.flatMap(elementsOf),
  ...directives.flatMap((directive) => [
    element(`@${directive.name}`, directive),
    ...directive.args.map((arg) => element(`@${directive.name}(${arg.name}:)`, arg)),
  ]),
];

/** The elements whose description breaks a rule, with the description. */
const listWhere = (isWrong: (each: Element) => boolean): readonly string[] =>
  elements.filter(isWrong).map(({ path, description }) => `${path}: ${description || "(no description)"}`);

const wordsOf = (text: string): readonly string[] => text.split(/\s+/).filter((word) => /[A-Za-z]/.test(word));
const lettersOf = (text: string): string => text.toLowerCase().replaceAll(/[^a-z]/g, "");

test("the walk reaches the elements of every kind", () => {
  expect(elements.length).toBeGreaterThan(800);
  expect(elements.map(({ path }) => path)).toEqual(
    expect.arrayContaining([
      "schema",
      "Query",
      "Query.device",
      "Query.device(serialNumber:)",
      "AddUserInput.employeeCode",
      "DeviceStatus.ONLINE",
      "Node.id",
      "DateTime",
      "_Entity",
      "@semanticNonNull(levels:)",
    ]),
  );
});

test(`every description has at least ${MIN_WORDS} words`, () => {
  expect(
    listWhere(({ description }) => wordsOf(description).length < MIN_WORDS),
    NEXT_STEP,
  ).toEqual([]);
});

test("every description is a sentence: it starts with a capital letter, a digit or code, and ends with a full stop", () => {
  expect(
    listWhere(({ description }) => !/^[A-Z0-9`"][^]*\.$/.test(description)),
    NEXT_STEP,
  ).toEqual([]);
});

test("no description repeats the name of its element and nothing else", () => {
  expect(
    listWhere(({ name, description }) => lettersOf(description) === lettersOf(name)),
    NEXT_STEP,
  ).toEqual([]);
});

test("no description names an operation or event of the gateway", () => {
  const names = [...OPERATION_NAMES, ...EventName.values].map((name) => name.replace(".", String.raw`\.`));
  const gatewayName = new RegExp(String.raw`\b(?:${names.join("|")})\b`);
  expect(
    listWhere(({ description }) => gatewayName.test(description)),
    "Describe what the element means in the schema's own terms, and name the operation in the option `upstream` of the field.",
  ).toEqual([]);
});

test("a field that can be null without an error says when it is null", () => {
  const silent = ownTypes.filter(isObjectType).flatMap((type) =>
    Object.values(type.getFields())
      .filter((field) => !isNonNullType(field.type) && directivesOf(field)["semanticNonNull"] === undefined)
      .filter(({ description }) => !/\bnull\b/i.test(description ?? ""))
      .map((field) => `${type.name}.${field.name}: ${field.description ?? ""}`),
  );
  expect(
    silent,
    "Say in the description when the field is null, or set `semanticNonNull` if it is null only together with an error.",
  ).toEqual([]);
});

test("every custom scalar names its specification, in introspection and in both printed schemas", () => {
  const scalars = ownTypes.filter(isScalarType);
  expect(scalars.length).toBeGreaterThan(8);
  const missing = scalars.filter(({ specifiedByURL }) => !URL.canParse(specifiedByURL ?? ""));
  expect(
    missing.map(({ name }) => name),
    "Set `specifiedByURL` where the scalar is built.",
  ).toEqual([]);
  for (const sdl of [subgraphSdl(schema), clientSdl(schema)]) {
    const printed = scalars
      .filter(({ name }) => name !== "_Any")
      .map(({ name, specifiedByURL }) => `scalar ${name} @specifiedBy(url: "${specifiedByURL ?? ""}")`);
    expect(sdl.split("\n")).toEqual(expect.arrayContaining(printed));
  }
});

test("the schema's description is in introspection and in the schema for clients, with a prefix too", () => {
  for (const options of [{}, { typePrefix: "Biometric" }, { scopes: true }]) {
    const built = buildSchema(options);
    const source = getIntrospectionQuery({ schemaDescription: true });
    expect(graphqlSync({ schema: built, source }).data).toMatchObject({
      __schema: { description: schema.description },
    });
    expect(parseSdl(clientSdl(built), { assumeValidSDL: true }).description).toBe(schema.description);
    // Grafbase's composer does not parse it.
    expect(parseSdl(subgraphSdl(built, options), { assumeValidSDL: true }).description).toBeUndefined();
  }
});
