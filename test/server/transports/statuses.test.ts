import { readFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { startPortico, type TestApp } from "../../kit/portico/app.ts";
import { bearer, keyFile, keyOf, openFile } from "../../kit/portico/callers.ts";
import { startTestServer } from "../../kit/server/harness.ts";

const JSON_TYPE = "application/json";
const GRAPHQL_TYPE = "application/graphql-response+json";

/** The columns of the table: what a client accepts. */
const ACCEPTS = [JSON_TYPE, GRAPHQL_TYPE, "*/*", undefined, "text/event-stream", "multipart/mixed"] as const;

const STORED = "query Stored { viewer { name } }";
const OPEN_DOOR = `mutation { openDoor(input: { serialNumber: "SN7A2300583" }) { command { id } } }`;

/** How an outcome is caused: the members of a POST body, or a request of another kind. */
interface Cause {
  readonly body?: unknown;
  readonly query?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly init?: RequestInit;
  readonly search?: string;
  /** Headers over the usual ones; an empty text removes one. */
  readonly headers?: Readonly<Record<string, string>>;
}

const hash = createHash("sha256").update("{ other }").digest("hex");

/** The rows of the table. */
const OUTCOMES: Readonly<Record<string, Cause>> = {
  "a result, also one with errors beside the data": { query: '{ viewer { name } user(employeeCode: "0") { name } }' },
  "`GRAPHQL_PARSE_FAILED`": { query: "{" },
  "`GRAPHQL_VALIDATION_FAILED`": { query: "{ nothing }" },
  "`BAD_USER_INPUT`, a variable": { query: "query ($n: Int!) { devices(first: $n) { totalCount } }" },
  "`OPERATION_RESOLUTION_FAILURE`": { body: { query: "query A { viewer { name } }", operationName: "B" } },
  "`QUERY_TOO_EXPENSIVE`": { query: "{ devices(first: 1000000) { totalCount } }" },
  "`INTROSPECTION_NOT_ALLOWED`": { query: "{ __schema { queryType { name } } }" },
  "`PERSISTED_OPERATION_REQUIRED`": { query: "{ __typename }", env: { PERSISTED_OPERATIONS: "only" } },
  "`PERSISTED_QUERY_NOT_FOUND`": { body: { documentId: hash } },
  "`PERSISTED_QUERY_NOT_SUPPORTED`": { body: { documentId: hash }, env: { PERSISTED_OPERATIONS_FILE: "" } },
  "`RATE_LIMITED` and `TOO_MANY_REQUESTS`": { query: OPEN_DOOR },
  "`UNAUTHENTICATED`": { query: "{ viewer { name } }", headers: { authorization: "" } },
  "`ORIGIN_NOT_ALLOWED`": { query: "{ viewer { name } }", headers: { origin: "https://other.example" } },
  "`BAD_REQUEST`, malformed JSON or members": { init: { body: "{" } },
  "`BAD_REQUEST`, a mutation by GET": {
    init: { method: "GET", body: null },
    search: `?query=${encodeURIComponent(OPEN_DOOR)}`,
  },
  "`BAD_REQUEST`, another method": { init: { method: "PUT" }, query: "{ viewer { name } }" },
  "`BAD_REQUEST`, another content type": { query: "{ viewer { name } }", headers: { "content-type": "text/plain" } },
  "`BAD_REQUEST`, a body above the limit": { init: { body: " ".repeat(4 * 1024 * 1024 + 1) } },
};

const request = async ({ url }: TestApp, cause: Cause, accept: string | undefined): Promise<Response> => {
  const sent = { "content-type": JSON_TYPE, ...bearer(keyOf("ada")), ...cause.headers };
  const headers = new Headers(Object.entries(sent).filter(([, value]) => value !== ""));
  const body = JSON.stringify(cause.body ?? { query: cause.query });
  // The client of this test adds an Accept header of its own, and an empty one counts as missing.
  headers.set("accept", accept ?? "");
  const response = await fetch(`${url}/graphql${cause.search ?? ""}`, { method: "POST", body, ...cause.init, headers });
  return response;
};

const start = async (env: Readonly<Record<string, string>> = {}): Promise<TestApp> => {
  const keys = await openFile(keyFile({ ada: { scopes: ["devices:read", "doors:control", "users:read"] } }));
  const stored = await openFile(JSON.stringify({ [createHash("sha256").update(STORED).digest("hex")]: STORED }));
  const portico = await startPortico(
    {},
    {
      ACCESS_API_KEYS_FILE: keys.path,
      PERSISTED_OPERATIONS_FILE: stored.path,
      INTROSPECTION: "off",
      LIMIT_DOORS: "1",
      ...env,
    },
  );
  if (env["PERSISTED_OPERATIONS"] !== "only") await request(portico, { query: OPEN_DOOR }, JSON_TYPE);
  return portico;
};

/** One row of the table for each outcome: the status for each Accept header, then the status if it is constant. */
const measure = async (): Promise<readonly string[]> => {
  const apps = new Map<string, Promise<TestApp>>();
  const appOf = (env: Readonly<Record<string, string>>): Promise<TestApp> => {
    const key = JSON.stringify(env);
    const app = apps.get(key) ?? start(env);
    apps.set(key, app);
    return app;
  };
  const rows: string[] = [];
  for (const [name, cause] of Object.entries(OUTCOMES)) {
    const statuses: number[] = [];
    const take = async (portico: TestApp, accept: string | undefined) => {
      const response = await request(portico, cause, accept);
      const text = await response.text();
      statuses.push(response.status);
      const code = /`([A-Z_]+)`/.exec(name)?.[1];
      if (code !== undefined && response.status !== 406) expect(text, `${name}, ${accept}`).toContain(`"${code}"`);
    };
    const usual = await appOf({ ...cause.env });
    for (const accept of ACCEPTS) await take(usual, accept);
    await take(await appOf({ ...cause.env, SUBGRAPH_STATUS: "200" }), undefined);
    const [json, graphql, any, missing, ...others] = statuses;
    expect(any, name).toBe(missing);
    rows.push(`| ${[name, json, graphql, any, ...others].join(" | ")} |`);
  }
  return rows;
};

test("docs/errors.md has the statuses of every outcome for every Accept header, as the server sends them", async () => {
  const docs = readFileSync(new URL("../../../docs/errors.md", import.meta.url), "utf8");
  const [, table = ""] = docs.split(/<!-- \/?statuses -->\n/);
  const [head, _rule, ...rows] = table.trimEnd().split("\n");
  expect(head).toBe(
    "| outcome | `application/json` | `application/graphql-response+json` | `*/*` or no header | " +
      "`text/event-stream` | `multipart/mixed` | `SUBGRAPH_STATUS=200` |",
  );
  expect(rows.join("\n")).toBe((await measure()).join("\n"));
});

const NEGOTIATED: readonly (readonly [accept: string, onError: readonly [number, string], onResult: string])[] = [
  ["", [400, GRAPHQL_TYPE], JSON_TYPE],
  ["*/*", [400, GRAPHQL_TYPE], JSON_TYPE],
  ["application/*", [400, GRAPHQL_TYPE], JSON_TYPE],
  ["*/*;q=0.1", [400, GRAPHQL_TYPE], JSON_TYPE],
  ["text/html, */*", [400, GRAPHQL_TYPE], JSON_TYPE],
  [JSON_TYPE, [200, JSON_TYPE], JSON_TYPE],
  ["Application/JSON", [200, JSON_TYPE], JSON_TYPE],
  [`${JSON_TYPE}; charset=utf-8`, [200, JSON_TYPE], JSON_TYPE],
  [`${JSON_TYPE}; charset="UTF-8"`, [200, JSON_TYPE], JSON_TYPE],
  [`${JSON_TYPE}, text/plain, */*`, [200, JSON_TYPE], JSON_TYPE],
  ["multipart/mixed;deferSpec=20220824, application/json", [200, JSON_TYPE], JSON_TYPE],
  [GRAPHQL_TYPE, [400, GRAPHQL_TYPE], GRAPHQL_TYPE],
  [`${GRAPHQL_TYPE},${JSON_TYPE};q=0.9`, [400, GRAPHQL_TYPE], GRAPHQL_TYPE],
  [`${JSON_TYPE};q=0.9, ${GRAPHQL_TYPE}`, [400, GRAPHQL_TYPE], GRAPHQL_TYPE],
  [`${GRAPHQL_TYPE};q=0.4, ${JSON_TYPE};q=0.5`, [200, JSON_TYPE], JSON_TYPE],
  [`${JSON_TYPE}, ${GRAPHQL_TYPE}`, [200, JSON_TYPE], JSON_TYPE],
  [`${GRAPHQL_TYPE}, ${JSON_TYPE}`, [400, GRAPHQL_TYPE], GRAPHQL_TYPE],
  [`${GRAPHQL_TYPE};q=0, */*`, [200, JSON_TYPE], JSON_TYPE],
  [`*/*, ${JSON_TYPE};q=0`, [400, GRAPHQL_TYPE], GRAPHQL_TYPE],
  [`${JSON_TYPE};q=0, ${GRAPHQL_TYPE};q=0.001`, [400, GRAPHQL_TYPE], GRAPHQL_TYPE],
  [`${JSON_TYPE}; Q=0.2, application/*;q=0.1`, [200, JSON_TYPE], JSON_TYPE],
  [`${JSON_TYPE}; charset=iso-8859-1`, [200, JSON_TYPE], JSON_TYPE],
  [`${JSON_TYPE};charset=utf-16, ${GRAPHQL_TYPE}`, [200, JSON_TYPE], JSON_TYPE],
];

test.each(NEGOTIATED)("the client's preference decides: Accept is %j", async (accept, onError, onResult) => {
  const { post } = await startTestServer();
  const rejected = await post({ query: "{ nothing }" }, { accept });
  expect([rejected.status, rejected.headers.get("content-type")]).toEqual([onError[0], `${onError[1]}; charset=utf-8`]);
  const executed = await post({ query: "{ hello }" }, { accept });
  expect([executed.status, executed.headers.get("content-type")]).toEqual([200, `${onResult}; charset=utf-8`]);
  const malformed = await post("{", { accept });
  expect([malformed.status, malformed.headers.get("content-type")]).toEqual([400, `${onError[1]}; charset=utf-8`]);
});

test.each([
  "multipart/mixed",
  'multipart/mixed;boundary="graphql";subscriptionSpec=1.0',
  "image/png",
  "text/html",
  `${JSON_TYPE};q=0`,
  "*/*;q=0",
  "application/*;q=0, */*",
])("a client that accepts %j gets 406 with the types that are offered, and nothing is executed", async (accept) => {
  const { post, contexts } = await startTestServer();
  const response = await post({ query: "mutation { open }" }, { accept });
  expect([response.status, await response.json()]).toEqual([
    406,
    {
      errors: [
        {
          message:
            "The Accept header must allow application/graphql-response+json or application/json, or text/event-stream for a " +
            "subscription; received none of them.",
          extensions: { code: "BAD_REQUEST" },
        },
      ],
    },
  ]);
  expect(contexts).toHaveLength(0);
});

test("a subscription over plain HTTP is an error of its operation, and an excluded event stream is not opened", async () => {
  const portico = await start();
  const subscription = { query: "subscription { deviceStatusChanged { cursor } }" };
  const statuses = [];
  for (const accept of [JSON_TYPE, `${JSON_TYPE}, text/event-stream;q=0`, GRAPHQL_TYPE, "*/*, text/event-stream;q=0"]) {
    const response = await request(portico, subscription, accept);
    statuses.push(response.status);
    expect(await response.text()).toContain("text/event-stream");
  }
  expect(statuses).toEqual([200, 200, 406, 406]);
  const constant = await start({ SUBGRAPH_STATUS: "200" });
  expect((await request(constant, subscription, GRAPHQL_TYPE)).status).toBe(200);
});

test("with SUBGRAPH_STATUS=200 a rejected subscription over server-sent events is a stream with its error", async () => {
  const portico = await start({ SUBGRAPH_STATUS: "200" });
  const response = await request(portico, { query: "subscription { nothing }" }, "text/event-stream");
  expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/event-stream; charset=utf-8"]);
  expect(await response.text()).toMatch(
    /^event: next\ndata: .*"GRAPHQL_VALIDATION_FAILED".*\n\nevent: complete\ndata:\n\n$/,
  );
});
