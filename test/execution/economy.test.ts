import {
  buildSchema,
  execute as executeByReference,
  GraphQLBoolean,
  type GraphQLEnumType,
  GraphQLFloat,
  GraphQLID,
  GraphQLInt,
  type GraphQLInterfaceType,
  type GraphQLResolveInfo,
  GraphQLString,
  Kind,
  parse,
} from "graphql";
import { expect, onTestFinished, test, vi } from "vitest";
import { createExecute } from "../../src/execution/execute.ts";

/** What the execution spares, and what it never does for nothing. */
const schema = buildSchema(`
  enum Color { RED GREEN }
  interface Named { name: String }
  type Row implements Named { id: ID, name: String, must: String!, owner: Row!, rows: [Row!], echo(ids: [Int!]): String }
  type Query {
    text: String, id: ID, flag: Boolean, ratio: Float, count: Int, color: Color
    row: Row, rows: [Row!], texts: [String!], named: Named
  }
  type Mutation { first: Row, second: Row }
`);
const run = createExecute(schema);

const requestOf = (text: string) => {
  const document = parse(text);
  const [operation] = document.definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error("The document must begin with an operation.");
  return { document, operation };
};
const plain = (result: unknown): unknown => JSON.parse(JSON.stringify(result));
const answer = async (text: string, rootValue?: unknown, variables?: Readonly<Record<string, unknown>>) =>
  plain(await run({ ...requestOf(text), rootValue, variables }));
const reference = async (text: string, rootValue?: unknown, variableValues?: Readonly<Record<string, unknown>>) =>
  plain(await executeByReference({ schema, document: parse(text), rootValue, variableValues }));

const late = <Value>(value: Value) => new Promise<Value>((resolve) => void setImmediate(() => resolve(value)));
const fail = (text: string) => () => {
  throw new Error(text);
};
const lateFail = (text: string) => () => late(null).then(fail(text));
const rejected = (reason: unknown) => () => new Promise((_resolve, reject) => void setImmediate(() => reject(reason)));

test.each([
  [GraphQLString, "text", "a", 7],
  [GraphQLID, "id", "a", 7],
  [GraphQLBoolean, "flag", false, 1],
  [GraphQLFloat, "ratio", 1.5, "1.5"],
  [GraphQLFloat, "ratio", -2, true],
  [GraphQLInt, "count", -7, "7"],
  [GraphQLInt, "count", 2 ** 31 - 1, true],
  [schema.getType("Color") as GraphQLEnumType, "color", "RED", "BLUE"],
] as const)("a value of %s that fits is not converted, and any other one is", async (type, field, fits, other) => {
  const serialize = vi.spyOn(type, "serialize");
  onTestFinished(() => serialize.mockRestore());
  const own = createExecute(schema);
  expect(await own({ ...requestOf(`{ ${field} }`), rootValue: { [field]: fits } })).toEqual({
    data: { [field]: fits },
  });
  expect(serialize).not.toHaveBeenCalled();
  await own({ ...requestOf(`{ ${field} }`), rootValue: { [field]: other } });
  expect(serialize).toHaveBeenCalledTimes(1);
});

test("an operation is prepared once, however often it is executed", async () => {
  const query = schema.getQueryType();
  if (query == null) throw new Error("The schema has queries.");
  const getFields = vi.spyOn(query, "getFields");
  onTestFinished(() => getFields.mockRestore());
  const request = requestOf("{ text id }");
  await run({ ...request, rootValue: { text: "a" } });
  const { length } = getFields.mock.calls;
  expect(length).toBeGreaterThan(0);
  expect(await run({ ...request, rootValue: { text: "b" } })).toEqual({ data: { text: "b", id: null } });
  await run.each(request)([{}, {}], undefined);
  expect(getFields).toHaveBeenCalledTimes(length);
});

test("an answer without errors has no member for them", async () => {
  expect(Object.keys(await run({ ...requestOf("{ text }"), rootValue: {} }))).toEqual(["data"]);
});

test("the calls of a field share one `info`, unless each is to have its own", async () => {
  const infos: unknown[] = [];
  const name = (_args: unknown, _context: unknown, info: GraphQLResolveInfo) => {
    infos.push(info);
    return info.fieldName;
  };
  const rootValue = { rows: [{ name }, { name }] };
  const request = { ...requestOf("{ rows { name } }"), rootValue };
  const expected = { data: { rows: [{ name: "name" }, { name: "name" }] } };
  for (const result of [await run(request), ...(await run.each(request)([rootValue], undefined))])
    expect(result).toEqual(expected);
  expect(new Set(infos.splice(0)).size).toBe(2);
  await run({ ...request, ownInfo: true });
  expect(new Set(infos).size).toBe(2);
  infos.splice(0);
  await run({ ...request, ownInfo: false });
  expect(new Set(infos).size).toBe(1);
});

test("a type is resolved with the place of its value", async () => {
  const named = schema.getType("Named") as GraphQLInterfaceType;
  const seen: unknown[] = [];
  named.resolveType = (value, context, { fieldName, path }) => {
    seen.push([value, context, fieldName, path.key]);
    return "Row";
  };
  onTestFinished(() => void (named.resolveType = undefined));
  const value = { name: "a" };
  await run({ ...requestOf("{ it: named { name } }"), rootValue: { named: value }, contextValue: "context" });
  expect(seen).toEqual([[value, "context", "named", "it"]]);
});

test("the fields of a query begin together, those of a mutation one after the other, also where nothing is late", async () => {
  const begun: string[] = [];
  const field = (name: string) => () => {
    begun.push(name);
    return late("a");
  };
  const result = run({ ...requestOf("{ text id }"), rootValue: { text: field("text"), id: field("id") } });
  expect(begun).toEqual(["text", "id"]);
  await result;
  expect(await answer("mutation { second { id } first { id } }", { first: { id: 1 }, second: { id: 2 } })).toEqual({
    data: { second: { id: "2" }, first: { id: "1" } },
  });
});

test("a fault in the arguments of a field is that of each of its objects", async () => {
  const text = "query ($one: Int = 1) { rows { echo(ids: [$one]) id } row { echo(ids: [$one]) } }";
  const echo = ({ ids }: { ids: readonly number[] }) => String(ids);
  const rootValue = { rows: [1, 2, 3].map((id) => ({ id, echo })), row: { echo } };
  for (const variables of [{}, { one: 7 }, { one: null }])
    expect(await answer(text, rootValue, variables)).toEqual(await reference(text, rootValue, variables));
});

test("what is rejected with something else than an error is a failure too", async () => {
  for (const reason of ["bad", 7, { a: 1 }, null])
    expect(await answer("{ text count }", { text: rejected(reason), count: 1 })).toEqual(
      await reference("{ text count }", { text: rejected(reason), count: 1 }),
    );
});

test("an operation that the schema has not fails for each root", async () => {
  const received = await run.each(requestOf("subscription { text }"))([{}, {}], undefined);
  const expected = await reference("subscription { text }", {});
  expect(plain(received)).toEqual([expected, expected]);
});

test("below a null nothing is resolved any more, and late failures there are not told", async () => {
  const calls: string[] = [];
  const note = (name: string) => () => {
    calls.push(name);
    return late("a");
  };
  const early = { owner: () => late({ id: note("below") }), must: fail("early"), name: note("after") };
  expect(await answer("{ row { owner { id } must name } text }", { row: early, text: "a" })).toEqual({
    data: { row: null, text: "a" },
    errors: [{ message: "early", path: ["row", "must"], locations: [{ line: 1, column: 22 }] }],
  });
  expect(calls).toEqual([]);
  const failing = { owner: lateFail("late"), must: fail("early") };
  for (const [text, rootValue, path] of [
    ["{ row { owner { id } must } }", { row: failing }, ["row", "must"]],
    [
      "{ row { rows { owner { id } must } } }",
      { row: { rows: [{ must: "a", owner: {} }, failing] } },
      ["row", "rows", 1, "must"],
    ],
  ] as const) {
    const { errors } = (await answer(text, rootValue)) as { errors: readonly object[] };
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ message: "early", path });
  }
});

test("of a list that is null its late items are not told, nor what failed below its items", async () => {
  const rows = [{ must: lateFail("below an item") }, null];
  expect(await answer("{ rows { must } }", { rows })).toMatchObject({
    data: { rows: null },
    errors: [{ path: ["rows", 1] }],
  });
  const received = (await answer("{ rows { must } text }", { rows, text: lateFail("other") })) as {
    errors: readonly { readonly message: string }[];
  };
  expect(received.errors.map(({ message }) => message)).toEqual([
    "Cannot return null for non-nullable field Query.rows.",
    "other",
  ]);
  const texts = () => [lateFail("an item")(), null];
  expect(((await answer("{ texts }", { texts })) as { errors: readonly object[] }).errors).toHaveLength(1);
});

test.each([
  "{ row { name } }",
  "{ named { name } }",
  "{ text }",
  "mutation { first { name } second { name } }",
  "mutation { first { name } }",
])(
  "an execution that a resolver aborts rejects with its reason, and resolves nothing below and after it: %s",
  async (text) => {
    for (const isLate of [false, true]) {
      const calls: string[] = [];
      const controller = new AbortController();
      const abort = () => {
        controller.abort(new Error("gone"));
        const value = text.includes("name") ? { __typename: "Row", name: () => calls.push("below") } : "text";
        return isLate ? late(value) : value;
      };
      const rootValue = { row: abort, named: abort, text: abort, first: abort, second: () => calls.push("after") };
      const result = run({ ...requestOf(text), rootValue, signal: controller.signal });
      expect(await Promise.resolve(result).catch((reason: unknown) => reason)).toEqual(new Error("gone"));
      await late(null);
      expect(calls).toEqual([]);
    }
  },
);

test("an execution that is aborted rejects with its reason, and resolves nothing more", async () => {
  const calls: string[] = [];
  const below = { name: () => calls.push("below") };
  for (const [text, rootValue] of [
    ["{ rows { name } }", { rows: () => [late(below)] }],
    ["{ row { name } }", { row: () => late(below) }],
  ] as const) {
    const controller = new AbortController();
    const result = run({ ...requestOf(text), rootValue, signal: controller.signal });
    controller.abort(new Error("gone"));
    const error: unknown = await Promise.resolve(result).catch((reason: unknown) => reason);
    expect(error).toEqual(new Error("gone"));
    await late(null);
    await late(null);
  }
  const before = run({ ...requestOf("{ text }"), rootValue: {}, signal: AbortSignal.abort("gone") });
  expect(await Promise.resolve(before).catch((reason: unknown) => reason)).toEqual(
    new Error("The execution was aborted."),
  );
  expect(calls).toEqual([]);
});
