import { getIntrospectionQuery } from "graphql";
import { serverAudits } from "graphql-http";
import { expect, test } from "vitest";
import { bearer, keyFile, keyOf, openFile } from "../../kit/portico/callers.ts";
import { startPortico } from "../../kit/portico/app.ts";
import { serves } from "../../kit/portico/socket.ts";
import { byGet, codesIn, TRANSPORTS } from "../../kit/portico/transports.ts";

const ALL_TRANSPORTS = [["HTTP GET", byGet] as const, ...TRANSPORTS];

const INTROSPECTING = [
  getIntrospectionQuery(),
  "{ __schema { queryType { name } } }",
  "{ viewer { name } a: __schema { __typename } }",
  `{ __type(name: "Query") { fields { name } } }`,
  `{ ...F } fragment F on Query { ... { __type(name: "Query") { name kind } } }`,
  `query A { viewer { name } } query B { __schema { types { name } } }`,
];

const ALLOWED = [
  "{ __typename viewer { __typename name } }",
  `query ($name: String!) { __type(name: $name) { name __typename } }`,
];

test.each(ALL_TRANSPORTS)("if introspection is off, no caller gets the schema over %s", async (_, ask) => {
  const portico = await startPortico({}, { INTROSPECTION: "off" });
  for (const query of INTROSPECTING) {
    const payload = query.startsWith("query A") ? { query, operationName: "A" } : { query };
    const reply = await ask(portico, payload);
    expect(codesIn(reply), query).toEqual(["INTROSPECTION_NOT_ALLOWED"]);
    expect(reply).not.toHaveProperty("data");
    expect([400, null]).toContain(reply.status);
  }
  for (const query of ALLOWED) {
    expect(await ask(portico, { query, variables: { name: "sometype" } }), query).not.toHaveProperty("errors");
  }
  await serves(portico);
});

test.each(ALL_TRANSPORTS)("in development every caller gets the schema over %s", async (_, ask) => {
  const portico = await startPortico();
  for (const query of [...INTROSPECTING.slice(0, -1), ...ALLOWED]) {
    expect(await ask(portico, { query, variables: { name: "Query" } }), query).not.toHaveProperty("errors");
  }
});

test("in production only authenticated callers get the schema, unless introspection is on", async () => {
  const production = { NODE_ENV: "production" };
  const closed = await startPortico({}, production);
  const [query] = INTROSPECTING;
  for (const [name, ask] of ALL_TRANSPORTS) {
    expect(codesIn(await ask(closed, { query })), name).toEqual(["INTROSPECTION_NOT_ALLOWED"]);
  }
  const open = await startPortico({}, { ...production, INTROSPECTION: "on" });
  for (const [name, ask] of ALL_TRANSPORTS) expect(await ask(open, { query }), name).not.toHaveProperty("errors");
});

test.each(ALL_TRANSPORTS)("in production a caller with an API key gets the schema over %s", async (_, ask) => {
  const { path } = await openFile(keyFile({ dashboard: {} }));
  const { url } = await startPortico({}, { NODE_ENV: "production", ACCESS_API_KEYS_FILE: path });
  const headers = bearer(keyOf("dashboard"));
  expect(await ask({ url, headers }, { query: getIntrospectionQuery() })).not.toHaveProperty("errors");
});

test.each([
  ["anonymous, in production", { NODE_ENV: "production" }],
  ["allowed to introspect", { NODE_ENV: "production", INTROSPECTION: "on" }],
])("all audits of GraphQL over HTTP pass for a caller that is %s", async (_, env) => {
  const { url } = await startPortico({}, env);
  const audits = serverAudits({ url: `${url}/graphql` });
  const results = [];
  for (const audit of audits) results.push(await audit.fn());
  expect(results.filter(({ status }) => status !== "ok")).toEqual([]);
  expect(results).toHaveLength(61);
});

test.each(TRANSPORTS)("one operation may read the schema only a few times over %s", async (_, ask) => {
  const portico = await startPortico({}, { LIMIT_COST: "10000" });
  const schemas = (count: number) =>
    `{ ${Array.from({ length: count }, (__, index) => `s${index}: __schema { queryType { name } }`).join(" ")} }`;
  expect(await ask(portico, { query: schemas(10) })).not.toHaveProperty("errors");
  expect(codesIn(await ask(portico, { query: schemas(11) }))).toEqual(["QUERY_TOO_EXPENSIVE"]);
});
