import { readdirSync, readFileSync } from "node:fs";
import { getOperationAST, Kind, parse, validate } from "graphql";
import { expect, test } from "vitest";
import { DEFAULT_LIMITS } from "../../../src/config/limits.ts";
import { buildSchema } from "../../../src/schema/index.ts";
import { compileCost } from "../../../src/server/admission/cost.ts";
import { fragmentsOf } from "../../../src/server/admission/selections.ts";
import { readyMadeQueries } from "../../../src/server/routes/ready-made-queries.ts";
import { startPortico } from "../../kit/portico/app.ts";
import { PUNCHES, serves } from "../../kit/portico/socket.ts";
import { byPost, codesIn, TRANSPORTS } from "../../kit/portico/transports.ts";

const root = new URL("../../../", import.meta.url);
const schema = buildSchema();

/** The cost of the only operation in a document. */
const costOf = (text: string, variables: Record<string, unknown> = {}): number => {
  const document = parse(text);
  expect(validate(schema, document), text).toEqual([]);
  const operation = getOperationAST(document);
  if (operation == null) throw new Error("The document must have one operation.");
  return compileCost(schema, fragmentsOf(document), operation)(variables);
};

const DAY = `from: "2026-06-20T00:00:00", to: "2026-06-21T00:00:00"`;

test("a read costs its weight, a row 1, and an object 1", () => {
  expect(costOf(`{ viewer { name } }`)).toBe(1);
  expect(costOf(`{ device(serialNumber: "SN7A2300583") { name } }`)).toBe(5);
  expect(costOf(`{ device(serialNumber: "SN7A2300583") { name health { queueDepth } } }`)).toBe(10);
  expect(costOf(`{ devices(first: 10) { totalCount } }`)).toBe(5 + 10);
  expect(costOf(`{ devices(first: 10) { nodes { name } } }`)).toBe(5 + 10 + 10);
  expect(costOf(`{ devices(first: 10) { edges { cursor node { name } } pageInfo { endCursor } } }`)).toBe(
    5 + 10 + 20 + 1,
  );
  expect(costOf(`{ devices(first: 10) { nodes { name doors { name state } } } }`)).toBe(
    5 + 10 + 10 * (1 + 5 + 4 * (1 + 5)),
  );
  expect(costOf(`mutation { openDoor(input: { serialNumber: "SN7A2300583" }) { command { id } } }`)).toBe(21);
});

test("a page costs the same whether its size is a literal, a variable or the default of a variable", () => {
  const page = (first: string) => `devices(first: ${first}) { nodes { name } }`;
  expect(costOf(`{ ${page("200")} }`)).toBe(405);
  expect(costOf(`query ($n: Int) { ${page("$n")} }`, { n: 200 })).toBe(405);
  expect(costOf(`query ($n: Int = 200) { ${page("$n")} }`)).toBe(405);
  expect(costOf(`query ($n: Int = 200) { ${page("$n")} }`, { n: 10 })).toBe(25);
  const byDefault = costOf(`{ devices { nodes { name } } }`);
  expect(byDefault).toBe(105);
  expect(costOf(`query ($n: Int) { ${page("$n")} }`)).toBe(byDefault);
  expect(costOf(`query ($n: Int) { ${page("$n")} }`, { n: null })).toBe(byDefault);
  expect(costOf(`{ ${page("null")} }`)).toBe(byDefault);
});

test("skipped selections cost nothing", () => {
  const text = `query ($more: Boolean!) { viewer { name } devices(first: 10) @include(if: $more) { totalCount } }`;
  expect(costOf(text, { more: true })).toBe(16);
  expect(costOf(text, { more: false })).toBe(1);
  expect(costOf(`{ viewer { name } ... @skip(if: true) { devices { totalCount } } }`)).toBe(1);
});

test("a list with one item per key costs as much as its keys, each by the type that it names", () => {
  expect(costOf(`{ users(employeeCodes: ["1", "2"]) { name } }`)).toBe(12);
  const users = `query ($codes: [String!]!) { users(employeeCodes: $codes) { name } }`;
  expect(costOf(users, { codes: Array.from({ length: 200 }, String) })).toBe(210);
  expect(costOf(users, { codes: "1" })).toBe(11);
  expect(costOf(`query ($id: ID!) { nodes(ids: [$id, $id]) { id } }`, { id: "x" })).toBe(12);
  const entities = `query ($r: [_Any!]!) { _entities(representations: $r) {
    ... on Device { name health { queueDepth } }
    ... on User { punches(${DAY}, first: 100) { totalCount } }
  } }`;
  const [device, user] = [{ __typename: "Device" }, { __typename: "User" }];
  expect(costOf(entities, { r: [device, device] })).toBe(10 + 2 * 6);
  expect(costOf(entities, { r: [device, user] })).toBe(10 + 6 + 111);
  expect(costOf(entities, { r: [{}] })).toBe(10 + 111);
  expect(costOf(entities, { r: Array.from({ length: 1_000 }, () => user) })).toBe(10 + 111_000);
});

test("an abstract type costs as much as its most expensive type", () => {
  expect(
    costOf(`{ node(id: "x") { id ... on Device { health { queueDepth } ping { __typename } } ... on User { name } } }`),
  ).toBe(5 + 5 + 20);
});

test("a fragment costs each time it is spread, and a fragment bomb is measured quickly", () => {
  const spread = `{ a: devices(first: 10) { ...F } b: devices(first: 20) { ...F } } fragment F on DeviceConnection { nodes { name } }`;
  expect(costOf(spread)).toBe(5 + 20 + 5 + 40);
  const bomb = Array.from(
    { length: 40 },
    (_, level) => `fragment F${level} on Query { devices(first: $n) { totalCount } ...F${level + 1} ...F${level + 1} }`,
  );
  const text = `query ($n: Int) { ...F0 } ${bomb.join(" ")} fragment F40 on Query { viewer { name } }`;
  const document = parse(text);
  const operation = document.definitions.find((node) => node.kind === Kind.OPERATION_DEFINITION);
  if (operation === undefined) throw new Error("The document must have an operation.");
  const start = performance.now();
  expect(compileCost(schema, fragmentsOf(document), operation)({ n: 500 })).toBe(1e12);
  expect(performance.now() - start).toBeLessThan(500);
});

const examples = readdirSync(new URL("examples/", root)).filter((file) => file.endsWith(".graphql"));
const readme = [...readFileSync(new URL("README.md", root), "utf8").matchAll(/```graphql\n([\s\S]*?)```/g)];
const typical = [
  ...examples.map((file) => readFileSync(new URL(`examples/${file}`, root), "utf8")),
  ...readyMadeQueries(Date.now()),
  ...readme.map(([, text = ""]) => text),
  `{ punches(${DAY}, first: 500) { nodes { localTime user { name } device { name status } } } }`,
  `{ punches(${DAY}, first: 20) { nodes { user { devices { edges { node { doors { state } } } } } } } }`,
  `{ devices(first: 500) { nodes { name status info { __typename } health { queueDepth } doors { state } } } }`,
];

test("typical operations cost far less than the limit", () => {
  expect(typical.length).toBeGreaterThan(40);
  for (const text of typical) expect(costOf(text), text).toBeLessThan(DEFAULT_LIMITS.cost / 2);
});

const LARGE = [
  ["as a literal", `{ devices(first: 1000000) { totalCount } }`, {}],
  ["as a variable", `query ($n: Int) { devices(first: $n) { nodes { name } } }`, { n: 1_000_000 }],
  ["as the default of a variable", `query ($n: Int = 1000000) { devices(first: $n) { edges { cursor } } }`, {}],
  ["in a fragment", `{ ...F } fragment F on Query { devices(first: 1000000) { totalCount } }`, {}],
] as const;

test.each(TRANSPORTS)("a million rows are too expensive over %s, no matter how they are requested", async (_, ask) => {
  const portico = await startPortico();
  portico.upstream();
  for (const [source, query, variables] of LARGE) {
    const reply = await ask(portico, { query, variables });
    expect(codesIn(reply), source).toEqual(["QUERY_TOO_EXPENSIVE"]);
    expect(reply.errors?.[0]?.extensions["cost"], source).toEqual({
      requested: expect.any(Number),
      maximum: DEFAULT_LIMITS.cost,
    });
    expect(reply).not.toHaveProperty("data");
    expect([400, null], source).toContain(reply.status);
  }
  expect(portico.upstream()).toEqual([]);
  await serves(portico);
});

test.each(TRANSPORTS)("an operation at the limit is executed over %s, and one above it is rejected", async (_, ask) => {
  const portico = await startPortico({}, { LIMIT_COST: "25" });
  const query = `query ($n: Int!) { devices(first: $n) { nodes { name } } }`;
  expect(await ask(portico, { query, variables: { n: 10 } })).not.toHaveProperty("errors");
  expect(codesIn(await ask(portico, { query, variables: { n: 11 } }))).toEqual(["QUERY_TOO_EXPENSIVE"]);
});

test.each(TRANSPORTS.slice(1))("a subscription's cost is counted when it is opened over %s", async (_, ask) => {
  const portico = await startPortico({}, { LIMIT_COST: "20" });
  const query = `subscription { punchAdded { punch { device { health { queueDepth } ping { __typename } } } } }`;
  expect(codesIn(await ask(portico, { query }))).toEqual(["QUERY_TOO_EXPENSIVE"]);
  await serves(portico);
  expect(costOf(PUNCHES)).toBe(3);
});

test("a traced response has the cost of its operation", async () => {
  const portico = await startPortico();
  const { extensions } = await portico.ask(`{ devices(first: 10) { nodes { name } } }`);
  expect(extensions).toMatchObject({ cost: { requested: 25, maximum: DEFAULT_LIMITS.cost } });
  expect(await byPost(portico, { query: "{ viewer { name } }" })).not.toHaveProperty("extensions");
});

test("variables of the wrong type are rejected as invalid input, not as too expensive", async () => {
  const portico = await startPortico();
  const query = `query ($n: Int!) { devices(first: $n) { nodes { name } } }`;
  expect(codesIn(await byPost(portico, { query, variables: { n: "many" } }))).toEqual(["BAD_USER_INPUT"]);
  expect(codesIn(await byPost(portico, { query }))).toEqual(["BAD_USER_INPUT"]);
});
