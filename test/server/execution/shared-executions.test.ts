import { expect, test } from "vitest";
import { askAs, bearer, keyFile, keyOf, openFile } from "../../kit/portico/callers.ts";
import { startPortico } from "../../kit/portico/app.ts";
import { startTestServer, type TestServer } from "../../kit/server/harness.ts";
import { until } from "../../kit/until.ts";

/** Starts a query that ends only when its signal is aborted; returns what its client does to leave. */
const begin = (server: TestServer, body: object) => {
  const controller = new AbortController();
  const response = fetch(`${server.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    signal: controller.signal,
  });
  response.catch(() => {});
  return { leave: () => controller.abort(), response };
};

const requests = (server: TestServer) => server.logs.filter(({ message }) => message === "request").length;

test("equal queries in flight are executed once, until all of their clients have gone", async () => {
  let asked = 0;
  const generationOf = () => {
    asked += 1;
    return 0;
  };
  const server = await startTestServer({ generationOf });
  const clients = [1, 2, 3].map(() => begin(server, { query: "{ never }" }));
  await until(() => asked === 3, { what: "all three have asked" });
  expect(server.contexts).toHaveLength(1);
  const [only] = server.contexts;
  clients[0]?.leave();
  clients[1]?.leave();
  await until(() => requests(server) === 2, { what: "two clients have gone" });
  expect(only?.signal.aborted).toBe(false);
  clients[2]?.leave();
  await until(() => only?.signal.aborted === true, { what: "the execution is aborted" });
});

test.each([
  ["another document", { query: "{ never hello }" }],
  ["other variables", { query: "query ($is: String) { never hello(name: $is) }", variables: { is: "b" } }],
  ["another operation of the document", { query: "query A { never } query B { never }", operationName: "B" }],
])("%s has an execution of its own", async (_name, body) => {
  let asked = 0;
  const generationOf = () => {
    asked += 1;
    return 0;
  };
  const server = await startTestServer({ generationOf });
  const isNamed = body.query.startsWith("query A");
  const same = { query: "query ($is: String) { never hello(name: $is) }", variables: { is: "a" } };
  const alike = isNamed ? { ...body, operationName: "A" } : same;
  const clients = [alike, alike, body].map((each) => begin(server, each));
  await until(() => asked === 3, { what: "all three have asked" });
  expect(server.contexts).toHaveLength(2);
  for (const { leave } of clients) leave();
});

test("a query that starts after the data may have changed joins none that started before", async () => {
  let generation = 1;
  const server = await startTestServer({ generationOf: () => generation });
  const before = begin(server, { query: "{ never }" });
  await server.began;
  generation = 2;
  const after = begin(server, { query: "{ never }" });
  await until(() => server.contexts.length === 2, { what: "the second is executed" });
  before.leave();
  after.leave();
});

test("mutations, traced queries and executors without a generation share nothing", async () => {
  const server = await startTestServer({ generationOf: () => 0 });
  const slow = { query: "mutation { slow }" };
  await Promise.all([server.post(slow), server.post(slow)]);
  expect(server.contexts).toHaveLength(2);
  const traced = { "x-portico-trace": "upstream" };
  await Promise.all([server.post({ query: "{ hello }" }, traced), server.post({ query: "{ hello }" }, traced)]);
  expect(server.contexts).toHaveLength(4);
  const plain = await startTestServer();
  const clients = [1, 2].map(() => begin(plain, { query: "{ never }" }));
  await until(() => plain.contexts.length === 2, { what: "both are executed" });
  for (const { leave } of clients) leave();
});

test("each client gets errors with its own request id", async () => {
  const server = await startTestServer({ generationOf: () => 0 });
  const ids = ["request-one", "request-two"];
  const answers = await Promise.all(
    ids.map(async (id) => (await server.post({ query: "{ broken }" }, { "x-request-id": id })).json()),
  );
  expect(answers.map((answer) => (answer as { errors: { extensions: object }[] }).errors[0]?.extensions)).toEqual(
    ids.map((requestId) => ({ code: "INTERNAL_SERVER_ERROR", requestId })),
  );
});

test("callers with other rights, and callers with the same rights and another name, get their own answers", async () => {
  const entries = {
    ada: { scopes: ["devices:read", "users:read"] },
    bob: { scopes: ["devices:read", "users:read"] },
    eve: { scopes: [] },
  };
  const { path } = await openFile(keyFile(entries));
  const portico = await startPortico({}, { ACCESS_API_KEYS_FILE: path });
  const query = `{ viewer { name scopes } devices(first: 1) { nodes { serialNumber model } } }`;
  const ask = async (name: string) => (await askAs(portico.url, bearer(keyOf(name)), query)).json();
  const names = Object.keys(entries);
  const alone = [];
  for (const name of names) alone.push(await ask(name));
  portico.sandbox.faults.add({ kind: "delay", ms: 100, times: null, operation: "ListDevices" });
  const together = await Promise.all([...names, ...names].map(ask));
  expect(together).toEqual([...alone, ...alone]);
  expect(new Set(alone.map((answer) => JSON.stringify(answer))).size).toBe(3);
});
