import { buildSchema, type GraphQLObjectType, type GraphQLResolveInfo, Kind, parse } from "graphql";
import { expect, test } from "vitest";
import { createExecute } from "../../src/execution/execute.ts";

const SDL = `
  type Query { rows: [Row!]!, row(id: ID): Row, slow: String, wait: Row }
  type Mutation { first: Row, second: Row }
  type Row { id: ID!, name: String, child: Row, grid: [[Row]] }
`;

type Resolve = (source: unknown, args: Record<string, unknown>, context: unknown, info: GraphQLResolveInfo) => unknown;

const prepare = (resolvers: Readonly<Record<string, Readonly<Record<string, Resolve>>>>) => {
  const schema = buildSchema(SDL);
  for (const [type, fields] of Object.entries(resolvers)) {
    for (const [name, resolve] of Object.entries(fields)) {
      const field = (schema.getType(type) as GraphQLObjectType).getFields()[name];
      if (field === undefined) throw new Error(`The schema has no field ${type}.${name}.`);
      field.resolve = resolve;
    }
  }
  const execute = createExecute(schema);
  return (text: string, options: Partial<Parameters<typeof execute>[0]> = {}) => {
    const document = parse(text);
    const [operation] = document.definitions;
    if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error("The document must begin with an operation.");
    return execute({ document, operation, ...options });
  };
};

const rows = Array.from({ length: 3 }, (_each, index) => ({ id: String(index), name: `row ${index}` }));

test("a field is resolved for all of its parents before the fields below it", async () => {
  const calls: string[] = [];
  const run = prepare({
    Query: { rows: () => rows },
    Row: {
      child: (source) => {
        calls.push(`child ${(source as { id: string }).id}`);
        return { id: `${(source as { id: string }).id}.c` };
      },
      name: (source) => {
        calls.push(`name ${(source as { id: string }).id}`);
        return "n";
      },
    },
  });
  await run("{ rows { child { name } } }");
  expect(calls).toEqual(["child 0", "child 1", "child 2", "name 0.c", "name 1.c", "name 2.c"]);
});

test("values that settle in one turn make one batch below, and one that is late holds up no other", async () => {
  const batches: string[][] = [];
  let current: string[] = [];
  let release = () => {};
  const late = new Promise<void>((resolve) => {
    release = resolve;
  });
  const run = prepare({
    Query: { rows: () => rows },
    Row: {
      child: async (source) => {
        const { id } = source as { id: string };
        if (id === "1") await late;
        return { id: `${id}.c` };
      },
      name: (source) => {
        if (current.length === 0) {
          batches.push(current);
          setImmediate(() => {
            current = [];
            release();
          });
        }
        current.push((source as { id: string }).id);
        return "n";
      },
    },
  });
  await run("{ rows { child { name } } }");
  expect(batches).toEqual([["0.c", "2.c"], ["1.c"]]);
});

test("the root fields of a mutation run one after the other", async () => {
  const calls: string[] = [];
  const field = (name: string) => async () => {
    calls.push(`${name} begins`);
    await new Promise((resolve) => void setImmediate(resolve));
    calls.push(`${name} ends`);
    return { id: name };
  };
  const run = prepare({ Mutation: { first: field("first"), second: field("second") } });
  expect(await run("mutation { a: first { id } second { id } b: first { id } }")).toEqual({
    data: { a: { id: "first" }, second: { id: "second" }, b: { id: "first" } },
  });
  expect(calls).toEqual(["first begins", "first ends", "second begins", "second ends", "first begins", "first ends"]);
});

test("an aborted signal rejects with its reason, and nothing below is resolved any more", async () => {
  const controller = new AbortController();
  const calls: string[] = [];
  const run = prepare({
    Query: { wait: () => new Promise((resolve) => void setImmediate(() => resolve({ id: "1" }))) },
    Row: {
      name: () => {
        calls.push("name");
        return "n";
      },
    },
  });
  const result = run("{ wait { name } }", { signal: controller.signal });
  controller.abort(new Error("the client has gone"));
  await expect(result).rejects.toThrow("the client has gone");
  await new Promise((resolve) => void setImmediate(() => setImmediate(resolve)));
  expect(calls).toEqual([]);
  await expect(run("{ wait { name } }", { signal: controller.signal })).rejects.toThrow("the client has gone");
});

test("a resolver finds its path while it runs, and afterwards as well where each call has an info of its own", async () => {
  const paths: string[] = [];
  const flat = (path: GraphQLResolveInfo["path"] | undefined): string =>
    path === undefined ? "" : `${flat(path.prev)}/${path.key}`;
  const resolvers = (isLate: boolean) => ({
    Query: { rows: () => rows },
    Row: {
      grid: () => [[{ id: "a" }, { id: "b" }]],
      name: async (_source: unknown, _args: unknown, _context: unknown, info: GraphQLResolveInfo) => {
        if (isLate) await Promise.resolve();
        paths.push(flat(info.path));
        return "n";
      },
    },
  });
  const expected = [0, 1, 2].flatMap((row) => [0, 1].map((item) => `/rows/${row}/grid/0/${item}/name`));
  await prepare(resolvers(false))("{ rows { grid { name } } }");
  expect(paths.splice(0)).toEqual(expected);
  await prepare(resolvers(true))("{ rows { grid { name } } }", { ownInfo: true });
  expect(paths).toEqual(expected);
});

test("an event is a query with a root value, and aliases may be called what objects inherit", async () => {
  const run = prepare({});
  const result = await run("{ __proto__: row { id } constructor: row { toString: id } }", {
    rootValue: { row: { id: "7" } },
  });
  expect(JSON.stringify(result)).toBe('{"data":{"__proto__":{"id":"7"},"constructor":{"toString":"7"}}}');
});

test("faults in variables are answered without data, as graphql-js answers them", async () => {
  const run = prepare({});
  const result = await run("query ($id: ID!) { row(id: $id) { id } }", { variables: {} });
  expect(result.data).toBeUndefined();
  expect(result.errors?.map(({ message }) => message)).toEqual([
    'Variable "$id" of required type "ID!" was not provided.',
  ]);
});

test("conditions that are null are left to graphql-js", async () => {
  const run = prepare({});
  const result = await run("query ($on: Boolean = true) { row @include(if: $on) { id } }", { variables: { on: null } });
  expect(result.data).toBeNull();
  expect(result.errors).toHaveLength(1);
});
