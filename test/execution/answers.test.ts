import {
  buildSchema,
  type DocumentNode,
  execute as executeByReference,
  type ExecutionResult,
  type GraphQLAbstractType,
  GraphQLError,
  type GraphQLObjectType,
  type GraphQLScalarType,
  Kind,
  type OperationDefinitionNode,
  parse,
} from "graphql";
import { expect, test } from "vitest";
import { createExecute } from "../../src/execution/execute.ts";

const SDL = `
  scalar Plain
  scalar Empty
  enum Color { RED GREEN }
  interface Named { name: String }
  type Cat implements Named { name: String, lives: Int! }
  type Dog implements Named { name: String, owner: Row! }
  type Stone { name: String }
  union Thing = Cat | Stone
  input Filter { a: Int!, b: [Int!] }
  type Row { id: ID, must: String!, child: Row, owner: Row!, rows: [Row!], cells: [[String!]!], maybe: [[Int]] }
  type Query {
    text: String, id: ID, flag: Boolean, ratio: Float, count: Int, color: Color, plain: Plain, empty: Empty
    row: Row, owner: Row!, rows: [Row!]!, some: [Row], texts: [String!], grid: [[Int!]!]!, loose: [[Int!]]
    named: Named, named2: Named!, names: [Named], thing: Thing, filtered(filter: Filter, ids: [Int!]): String
  }
  type Mutation { first: Row!, second: Row }
`;

const schema = buildSchema(SDL);
(schema.getType("Empty") as GraphQLScalarType).serialize = (value: unknown) => (value === "null" ? null : undefined);
const query = schema.getQueryType() as GraphQLObjectType;
const filtered = query.getFields()["filtered"];
if (filtered !== undefined) filtered.resolve = (_source, args) => JSON.stringify(args);

type Each = Readonly<Record<string, unknown>>;
interface Request {
  readonly rootValue?: unknown;
  readonly variables?: Each;
  readonly contextValue?: unknown;
}

const documentOf = (text: string): { document: DocumentNode; operation: OperationDefinitionNode } => {
  const document = parse(text);
  const [operation] = document.definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error("The document must begin with an operation.");
  return { document, operation };
};

const run = createExecute(schema);
/** Breadth first, failures come in another order than depth first. */
const sorted = (result: unknown) => {
  const { errors, ...rest } = result as ExecutionResult;
  const byPath = errors?.toSorted((a, b) => String(a.path).localeCompare(String(b.path)));
  return { ...rest, errors: byPath };
};
const answer = async (text: string, request: Request = {}): Promise<unknown> =>
  JSON.parse(JSON.stringify(await run({ ...documentOf(text), ...request })));
const reference = async (text: string, { variables, rootValue, contextValue }: Request = {}): Promise<unknown> => {
  const { document, operation } = documentOf(text);
  const operationName = operation.name?.value;
  const request = { schema, document, operationName, rootValue, contextValue };
  return JSON.parse(JSON.stringify(await executeByReference({ ...request, variableValues: variables })));
};

/** Compares an answer with that of graphql-js, and returns it. */
const same = async (text: string, request: Request = {}): Promise<ExecutionResult> => {
  const received = await answer(text, request);
  expect(sorted(received)).toEqual(sorted(await reference(text, request)));
  return received as ExecutionResult;
};

const LEAVES: Readonly<Record<string, readonly unknown[]>> = {
  text: ["a", "", 7, 1.5, Number.NaN, true, { valueOf: () => "v" }, {}, ["a"]],
  id: ["a", 7, 1.5, true, { toString: () => "v" }, {}],
  flag: [true, false, 1, 0, Number.NaN, "true", {}],
  ratio: [0, 1.5, -1, Number.NaN, Number.POSITIVE_INFINITY, "1.5", "", "x", true, {}],
  count: [0, -7, 1.5, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), -(2 ** 31) - 1, Number.NaN, Infinity, "7", "", "x", true, {}],
  color: ["RED", "GREEN", "BLUE", "red", 0, {}],
  plain: ["a", 7, { a: 1 }, [1]],
};

test.each(Object.entries(LEAVES).flatMap(([field, values]) => values.map((value) => [field, value] as const)))(
  "%s is answered like graphql-js for %j",
  async (field, value) => {
    await same(`{ ${field} }`, { rootValue: { [field]: value } });
  },
);

test.each([
  ["null", "null"],
  ["nothing", "undefined"],
])("a serializer that returns %s makes an error", async (_, shown) => {
  expect(await answer("{ empty }", { rootValue: { empty: shown } })).toMatchObject({
    data: { empty: null },
    errors: [
      { message: `Empty serialized a value to ${shown}; a serializer must return a value or throw.`, path: ["empty"] },
    ],
  });
});

const fail = (text: string) => () => {
  throw new Error(text);
};
const late = <Value>(value: Value) => new Promise<Value>((resolve) => void setImmediate(() => resolve(value)));
const lateFail = (text: string) => async () => {
  await late(null);
  throw new Error(text);
};

const MISSING: readonly (readonly [string, string, Each])[] = [
  ["a nullable field", "{ row { id } }", { row: null }],
  ["a field that is undefined", "{ row { id } text }", {}],
  ["a field of the root that must have a value", "{ text owner { id } }", { text: "a" }],
  [
    "a field that must have a value, two levels down",
    "{ row { child { must } } text }",
    { row: { child: {} }, text: "a" },
  ],
  [
    "a chain of objects that must be there",
    "{ row { owner { owner { must } } } text }",
    { row: { owner: { owner: {} } } },
  ],
  ["an item that must be there", "{ rows { id } }", { rows: [{ id: 1 }, null] }],
  ["an item of a list that may be null", "{ row { rows { id } } }", { row: { rows: [{}, null] } }],
  ["an item that may be null", "{ some { must } text }", { some: [{ must: "a" }, {}, null, { must: "b" }] }],
  ["an inner list that must be there", "{ grid }", { grid: [[1], null] }],
  ["an inner list that may be null", "{ loose }", { loose: [[1], [null], [2]] }],
  ["a cell that must be there", "{ row { cells } text }", { row: { cells: [["a"], ["b", null]] }, text: "a" }],
  ["a cell that may be null", "{ row { maybe } }", { row: { maybe: [[1, null], null] } }],
  ["an error among values", "{ texts }", { texts: ["a", new Error("bad")] }],
  ["an error as a value", "{ row { id } }", { row: new Error("bad") }],
  ["an error as a leaf", "{ text count }", { text: new GraphQLError("bad"), count: 1 }],
  ["a list that is a text", "{ texts }", { texts: "abc" }],
  ["a list that is an object", "{ rows { id } }", { rows: {} }],
  ["a list that is a set", "{ texts }", { texts: new Set(["a", "b"]) }],
  ["an empty list", "{ texts grid }", { texts: [], grid: [[]] }],
  ["a failure of a field", "{ text row { id } }", { text: fail("a"), row: fail("b") }],
  ["a failure of a field that must have a value", "{ row { must id } }", { row: { must: fail("a"), id: 1 } }],
  ["a late failure", "{ text row { must } }", { text: lateFail("a"), row: { must: lateFail("b") } }],
  ["a late failure of an item", "{ rows { id } }", { rows: () => [{ id: 1 }, late(null).then(fail("b"))] }],
  ["late items", "{ rows { id must } }", { rows: () => [late({ id: 1, must: "a" }), { id: 2, must: late("b") }] }],
  ["late lists", "{ grid loose }", { grid: () => late([late([1, late(2)])]), loose: () => late([late(null)]) }],
  [
    "many items, some failing",
    "{ some { id must } }",
    { some: () => [1, 2, 3, 4].map((id) => (id % 2 === 0 ? { id } : { id, must: "a" })) },
  ],
  ["aliases of one failure", "{ a: text b: text }", { text: fail("a") }],
];

test.each(MISSING)("%s: the answer is that of graphql-js", async (_, text, rootValue) => {
  await same(text, { rootValue });
});

test("of failures below one null the first is told, also where others are late, and other places are answered", async () => {
  const rootValue = {
    rows: [{ id: "1", must: fail("early"), owner: lateFail("late"), rows: [{ must: lateFail("below") }] }],
    text: "a",
  };
  expect(await answer("{ rows { id must owner { id } rows { must } } text }", { rootValue })).toMatchObject({
    data: null,
    errors: [{ message: "early", path: ["rows", 0, "must"] }],
  });
  const some = [{ must: fail("one") }, { must: "two", rows: [{ must: "a" }, { must: lateFail("three") }] }];
  expect(await answer("{ some { must rows { must } } }", { rootValue: { some } })).toMatchObject({
    data: { some: [null, { must: "two", rows: null }] },
    errors: [
      { message: "one", path: ["some", 0, "must"] },
      { message: "three", path: ["some", 1, "rows", 1, "must"] },
    ],
  });
});

test("an operation for many roots has the answer of each, with its own errors", async () => {
  const roots = [
    { rows: [{ id: "1", must: "a" }] },
    { rows: [{ id: "2", rows: [{ must: "x" }, { id: "3" }], must: "b" }] },
    { rows: [{ id: "4" }] },
    { rows: () => late([{ id: "5", must: lateFail("late") }]) },
  ];
  const text = "query ($on: Boolean!) { rows { id must rows @include(if: $on) { must } } }";
  const { document, operation } = documentOf(text);
  for (const variables of [{ on: true }, { on: false }, { on: null }, {}]) {
    const received = await run.each({ document, operation, variables })(roots, {});
    const each = await Promise.all(roots.map((rootValue) => reference(text, { rootValue, variables })));
    expect(JSON.parse(JSON.stringify(received))).toEqual(each);
  }
  expect(run.each({ ...documentOf("{ text }"), variables: undefined })([{ text: "a" }, {}], {})).toEqual([
    { data: { text: "a" } },
    { data: { text: null } },
  ]);
});

test("resolvers of many roots get the context", async () => {
  const seen: unknown[] = [];
  const text = (_args: unknown, context: unknown) => {
    seen.push(context);
    return "a";
  };
  await run.each(documentOf("{ text }"))([{ text }, { text }], "context");
  await run.each({ ...documentOf("query ($on: Boolean) { text @skip(if: $on) }"), variables: { on: null } })(
    [{ text }],
    "x",
  );
  expect(seen).toEqual(["context", "context"]);
});

const setType = (name: string, members: Readonly<Record<string, unknown>>) =>
  void Object.assign(schema.getType(name) as GraphQLAbstractType | GraphQLObjectType, members);

const NAMES: readonly (readonly [string, () => unknown])[] = [
  ["null", () => null],
  ["undefined", () => undefined],
  ["an unknown name", () => "Bird"],
  ["the name of a scalar", () => "String"],
  ["the name of the interface itself", () => "Named"],
  ["the name of a type that does not implement it", () => "Stone"],
  ["a possible name", () => "Cat"],
  ["a late name", () => late("Cat")],
  ["a late name that is unknown", () => late("Bird")],
  ["a late failure", lateFail("no type")],
];

test.each(NAMES)("an interface whose type is %s is answered as graphql-js answers", async (_, resolveType) => {
  setType("Named", { resolveType });
  for (const text of ["{ named { name } text }", "{ named2 { name ... on Cat { lives } } }"])
    await same(text, { rootValue: { named: { name: "Tom" }, named2: { name: "Tom", lives: 9 }, text: "a" } });
});

test("a type that is no text is an error that names its kind", async () => {
  setType("Named", { resolveType: () => 7 });
  const message =
    'Abstract type "Named" must resolve to the name of an Object type at runtime for field "Query.named"; received number.';
  expect(await answer("{ named { name } }", { rootValue: { named: {} } })).toMatchObject({
    data: { named: null },
    errors: [{ message, path: ["named"], locations: [{ line: 1, column: 3 }] }],
  });
});

test("objects of several types in one list keep their places, and a type may refuse a value", async () => {
  setType("Named", { resolveType: ({ kind }: { kind: string }) => kind });
  const names = ["Cat", "Dog", "Cat", "Stone", "Dog"].map((kind, index) => ({
    kind,
    name: `${kind} ${index}`,
    lives: index === 2 ? null : 9,
    owner: { id: "o" },
  }));
  await same("{ names { __typename name ... on Cat { lives } ... on Dog { owner { id } } } }", {
    rootValue: { names },
  });
  const wrong = 'Expected value of type "Stone" but got another one.';
  for (const [isTypeOf, message] of [
    [() => true],
    [() => false, wrong],
    [async () => true],
    [async () => false, wrong],
    [fail("bad"), "bad"],
    [lateFail("bad"), "bad"],
  ] as const) {
    setType("Stone", { isTypeOf });
    setType("Thing", { resolveType: () => "Stone" });
    const received = (await answer("{ thing { ... on Stone { name } } }", {
      rootValue: { thing: { name: "a" } },
    })) as ExecutionResult;
    expect(received.data).toEqual({ thing: message === undefined ? { name: "a" } : null });
    expect(received.errors?.map((error) => [error.message, error.path, error.locations])).toEqual(
      message && [[message, ["thing"], [{ line: 1, column: 3 }]]],
    );
  }
  setType("Stone", { isTypeOf: undefined });
});

test("faults in variables are told as graphql-js tells them, fifty at most", async () => {
  const text = "query Q($ids: [Int!], $filter: Filter) { filtered(filter: $filter, ids: $ids) }";
  for (const variables of [
    { ids: [1, 2], filter: { a: 1 } },
    { filter: { a: null, b: ["x", null], c: 1 } },
    { ids: Array.from({ length: 60 }, () => "x") },
    {},
  ])
    await same(text, { variables });
  const received = await answer(text, { variables: { ids: Array.from({ length: 60 }, () => "x") } });
  expect((received as ExecutionResult).errors).toHaveLength(51);
});

test("conditions that are null, and operations that the schema has not, are answered as graphql-js answers", async () => {
  const text = `query A($on: Boolean = true) { text @include(if: $on) count } query B { id }`;
  for (const on of [true, false, null]) await same(text, { variables: { on }, rootValue: { text: "a", count: 1 } });
  await same("subscription { text }", { rootValue: {} });
  await same("mutation { first { id } second { id } }", { rootValue: { first: lateFail("a"), second: { id: 1 } } });
});

test("an execution that ends before it is aborted has its answer", async () => {
  const controller = new AbortController();
  const rootValue = { text: () => late("a") };
  const result = await run({ ...documentOf("{ text }"), rootValue, signal: controller.signal });
  controller.abort(new Error("gone"));
  expect(result).toEqual({ data: { text: "a" } });
});

test("a mutation ends where its root is null, and what is slow is waited for", async () => {
  const calls: string[] = [];
  const field = (name: string, value: unknown) => async () => {
    calls.push(name);
    return late(value);
  };
  const text = "mutation { second { id } first { id } again: second { id } }";
  const rootValue = { first: field("first", null), second: field("second", { id: late("2") }) };
  expect(await answer(text, { rootValue })).toMatchObject({ data: null, errors: [{ path: ["first"] }] });
  expect(calls).toEqual(["second", "first"]);
});
