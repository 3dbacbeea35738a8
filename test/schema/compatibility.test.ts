import { type DirectiveNode, type DocumentNode, Kind, parse, valueFromASTUntyped, visit } from "graphql";
import { expect, test } from "vitest";
import { startPortico, type TestApp } from "../kit/portico/app.ts";

/** The checks of Apollo's subgraph compatibility suite, applied to Portico's own schema. */

const documentOf = async (portico: TestApp): Promise<DocumentNode> => {
  const { data } = await portico.ask<{ _service: { sdl: string } }, object>("query { _service { sdl } }");
  return parse(data._service.sdl);
};

const argumentsOf = ({ arguments: args = [] }: DirectiveNode): Readonly<Record<string, unknown>> =>
  Object.fromEntries(args.map(({ name, value }) => [name.value, valueFromASTUntyped(value)]));

/** Returns the arguments of every use of a directive, by the type or field that has it. */
const usesOf = (document: DocumentNode, directive: string): Readonly<Record<string, readonly object[]>> => {
  const uses: Record<string, object[]> = {};
  const path: string[] = [];
  visit(document, {
    enter(node) {
      if (node.kind === Kind.SCHEMA_EXTENSION) path.push("schema");
      if (node.kind === Kind.OBJECT_TYPE_DEFINITION || node.kind === Kind.FIELD_DEFINITION) path.push(node.name.value);
      if (node.kind === Kind.DIRECTIVE && node.name.value === directive)
        (uses[path.join(".")] ??= []).push(argumentsOf(node));
    },
    leave(node) {
      if (([Kind.SCHEMA_EXTENSION, Kind.OBJECT_TYPE_DEFINITION, Kind.FIELD_DEFINITION] as string[]).includes(node.kind))
        path.pop();
    },
  });
  return uses;
};

const ENTITIES = `query Router__portico__1($representations: [_Any!]!) {
  _entities(representations: $representations) {
    __typename
    ... on Device { id name }
    ... on User { id name }
    ... on Door { id number device { serialNumber } }
  }
}`;

const resolved = async (portico: TestApp, ...representations: readonly object[]): Promise<readonly unknown[]> => {
  const { data, errors } = await portico.ask<{ _entities: unknown[] }, object>(ENTITIES, { representations });
  expect(errors).toBeUndefined();
  return data._entities;
};

test("_service returns the schema; @link imports what the schema uses of Federation 2.9 and repeats none of its definitions", async () => {
  const document = await documentOf(await startPortico());
  const [federation, nullability] = usesOf(document, "link")["schema"] ?? [];
  expect(federation).toEqual({
    url: "https://specs.apollo.dev/federation/v2.9",
    import: ["@composeDirective", "@cost", "@inaccessible", "@key", "@listSize", "@shareable", "@tag"],
  });
  expect(nullability).toMatchObject({ import: ["@semanticNonNull"] });
  const defined = document.definitions.filter(({ kind }) => kind === Kind.DIRECTIVE_DEFINITION);
  expect(defined.map((node) => node.kind === Kind.DIRECTIVE_DEFINITION && node.name.value)).toEqual([
    "semanticNonNull",
    "oneOf",
  ]);
});

test("@key: the entities and their keys", async () => {
  const document = await documentOf(await startPortico());
  expect(usesOf(document, "key")).toEqual({
    Command: [{ fields: "id" }],
    Device: [{ fields: "serialNumber" }],
    Door: [{ fields: "device { serialNumber } number" }],
    Punch: [{ fields: "id" }],
    User: [{ fields: "employeeCode" }],
  });
});

test("@shareable, @tag and @composeDirective are on the intended elements", async () => {
  const document = await documentOf(await startPortico());
  expect(Object.keys(usesOf(document, "shareable"))).toEqual(["PageInfo"]);
  expect(usesOf(document, "composeDirective")).toEqual({ schema: [{ name: "@semanticNonNull" }] });
  const tagged = usesOf(document, "tag");
  expect(Object.keys(tagged)).toEqual(expect.arrayContaining(["Query.gateway", "Mutation.rebootDevice"]));
  expect(
    new Set(
      Object.values(tagged)
        .flat()
        .map((use) => JSON.stringify(use)),
    ),
  ).toEqual(new Set([`{"name":"operations"}`]));
});

test("directives about types of other subgraphs are not used: Portico owns all of its types", async () => {
  const document = await documentOf(await startPortico());
  for (const name of ["requires", "provides", "external", "override", "extends", "interfaceObject"]) {
    expect(usesOf(document, name), name).toEqual({});
  }
});

test("_entities: a single key", async () => {
  const portico = await startPortico();
  expect(await resolved(portico, { __typename: "Device", serialNumber: "SN7A2300583" })).toMatchObject([
    { __typename: "Device", name: "Main Gate" },
  ]);
});

test("_entities: a key of several fields, one of them composite", async () => {
  const portico = await startPortico();
  const door = { number: 1, device: { serialNumber: "SN7A2300583" } };
  expect(await resolved(portico, { __typename: "Door", ...door })).toMatchObject([{ __typename: "Door", ...door }]);
});

test("_entities: several types at once, in the order and number of the references", async () => {
  const portico = await startPortico();
  const user = { __typename: "User", employeeCode: "1042" };
  const device = { __typename: "Device", serialNumber: "SN7A2300584" };
  expect(await resolved(portico, user, device, user)).toMatchObject([
    { __typename: "User", name: "Asha N" },
    { __typename: "Device", name: "Side Gate" },
    { __typename: "User", name: "Asha N" },
  ]);
});

test("_entities: fields besides the key are ignored", async () => {
  const portico = await startPortico();
  const extra = {
    name: "Somebody else",
    employee: { number: "H1" },
    device: { __typename: "Device", serialNumber: "X" },
  };
  expect(await resolved(portico, { __typename: "User", employeeCode: "1042", ...extra })).toMatchObject([
    { __typename: "User", name: "Asha N" },
  ]);
});

test("_entities: a reference returns the same as a query of the object", async () => {
  const portico = await startPortico();
  const { data } = await portico.ask<{ user: object }, object>(`{ user(employeeCode: "1042") { id name } }`);
  expect(await resolved(portico, { __typename: "User", employeeCode: "1042" })).toEqual([
    { __typename: "User", ...data.user },
  ]);
});

test.each([
  ["Apollo Router", "multipart/mixed;subscriptionSpec=1.0,application/json"],
  ["Hive Gateway", "application/graphql-response+json, application/json, multipart/mixed"],
  ["Cosmo Router", "application/json"],
])("%s gets JSON for its Accept header", async (_router, accept) => {
  const portico = await startPortico();
  const response = await fetch(`${portico.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", accept },
    body: JSON.stringify({ query: "{ __typename }", operationName: null, variables: {}, extensions: {} }),
  });
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ data: { __typename: "Query" } });
});
