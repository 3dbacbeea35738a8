import { connect } from "node:net";
import { expect, test } from "vitest";
import { CANARY, startTestServer } from "../../kit/server/harness.ts";
import { until } from "../../kit/until.ts";

interface Body {
  readonly data?: Record<string, unknown>;
  readonly errors?: readonly { message: string; path?: string[]; extensions: Record<string, unknown> }[];
  readonly extensions?: { readonly upstream?: readonly Record<string, unknown>[] };
}

const read = async (response: Response): Promise<Body> => (await response.json()) as Body;

test("a query is answered by POST and by GET", async () => {
  const { url, post } = await startTestServer();
  const posted = await post({
    query: "query Q($n: String) { hello(name: $n) }",
    variables: { n: "you" },
    operationName: "Q",
  });
  expect([posted.status, await posted.json()]).toEqual([200, { data: { hello: "hello you" } }]);
  expect(posted.headers.get("cache-control")).toBe("no-store");
  const search = new URLSearchParams({ query: "query Q($n: String) { hello(name: $n) }", variables: '{"n":"you"}' });
  expect(await read(await fetch(`${url}/graphql?${search.toString()}`))).toEqual({ data: { hello: "hello you" } });
});

test("a mutation by GET is rejected and not executed", async () => {
  const { url, contexts } = await startTestServer();
  const response = await fetch(`${url}/graphql?query=${encodeURIComponent("mutation { open }")}`);
  expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"]);
  expect((await read(response)).errors).toHaveLength(1);
  expect(contexts).toHaveLength(0);
});

test.each([
  ["none", undefined],
  ["text/plain", "text/plain"],
  ["a form", "application/x-www-form-urlencoded"],
  ["a multipart form", "multipart/form-data; boundary=x"],
  ["a bare document", "application/graphql"],
  ["a list of types", "application/json, text/plain"],
  ["a type that begins like JSON", "application/jsonp"],
  ["another charset", "application/json; charset=utf-16"],
])("a body with the content type %s is rejected and not executed", async (_, type) => {
  const { url, contexts } = await startTestServer();
  const body = Buffer.from(JSON.stringify({ query: "mutation { open }" }));
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    body,
    headers: type === undefined ? {} : { "content-type": type },
  });
  expect([response.status, (await read(response)).errors?.[0]?.extensions["code"]]).toEqual([415, "BAD_REQUEST"]);
  expect(contexts).toHaveLength(0);
});

test.each([
  ["a lone byte of Latin-1", [0xe9]],
  ["a byte that never occurs", [0xff]],
  ["half a character", [0xe2, 0x82]],
  ["an overlong slash", [0xc0, 0xaf]],
  ["half of a pair", [0xed, 0xa0, 0x80]],
])("%s is not UTF-8: it is refused in a body, a query string and a variable, and does nothing", async (_, bytes) => {
  const { url, contexts } = await startTestServer();
  const wrong = Buffer.from(bytes);
  const query = ["query ($n: String) { hello(name: $n) }", `{ hello(name: "`, `") }`] as const;
  const bodies = [
    [`{"query":"${query[0]}","variables":{"n":"a`, `b"}}`],
    [`{"query":"{ hello(name: \\"a`, `b\\") }"}`],
    [`{"query":"{ hello }", "operationName": "`, `"}`],
    [`{"query":"{ hello } #`, `"}`],
    [`{"query":"{ hello }"}`, ""],
  ].map(([before = "", after = ""]) => Buffer.concat([Buffer.from(before), wrong, Buffer.from(after)]));
  for (const body of bodies) {
    const response = await fetch(`${url}/graphql`, {
      method: "POST",
      body,
      headers: { "content-type": "application/json" },
    });
    expect([response.status, (await read(response)).errors?.[0]?.extensions["code"]]).toEqual([400, "BAD_REQUEST"]);
  }
  const encoded = [...wrong].map((byte) => `%${byte.toString(16)}`).join("");
  const search = `query=${encodeURIComponent(query[1])}${encoded}${encodeURIComponent(query[2])}`;
  expect((await fetch(`${url}/graphql?${search}`)).status).toBe(400);
  const variables = `query=${encodeURIComponent(query[0])}&variables=${encodeURIComponent('{"n":"')}${encoded}%22%7D`;
  expect((await fetch(`${url}/graphql?${variables}`)).status).toBe(400);
  expect(contexts).toHaveLength(0);
});

test("any character of UTF-8 is taken as it is, the one that stands for wrong bytes too", async () => {
  const { url, post } = await startTestServer();
  const n = "é \u20ac \u{1f511} \ufffd \u0000";
  const query = "query ($n: String) { hello(name: $n) }";
  expect(await read(await post({ query, variables: { n } }))).toEqual({ data: { hello: `hello ${n}` } });
  const search = new URLSearchParams({ query, variables: JSON.stringify({ n }) });
  expect(await read(await fetch(`${url}/graphql?${search.toString()}`))).toEqual({ data: { hello: `hello ${n}` } });
});

test.each([
  { id: "A" },
  { id: null },
  { context: {} },
  { hash: CANARY, cacheKey: 1 },
  { __typename: "x" },
  { Query: 7 },
])("members that a client adds for itself are ignored: %j", async (added) => {
  const { post } = await startTestServer();
  const response = await post({ query: "query A { hello }", variables: {}, ...added });
  expect([response.status, await read(response)]).toEqual([200, { data: { hello: "hello world" } }]);
});

test("a compressed body is rejected", async () => {
  const { post } = await startTestServer();
  expect((await post("x", { "content-encoding": "gzip" })).status).toBe(415);
});

test.each([
  ["truncated JSON", `{"query":"{ hello ${CANARY}`],
  ["no JSON", CANARY],
  ["null", "null"],
  ["a list", "[]"],
  ["a batch", JSON.stringify(Array.from({ length: 11 }, () => ({ query: "{ hello }" })))],
  ["a number", "7"],
  ["nothing", ""],
  ["an empty object", "{}"],
  ["no document", `{"query":null}`],
  ["a document that is a number", `{"query":7}`],
  ["variables that are a list", `{"query":"{ hello }","variables":["${CANARY}"]}`],
  ["variables that are text", `{"query":"{ hello }","variables":"${CANARY}"}`],
  ["a name that is a number", `{"query":"{ hello }","operationName":7}`],
  ["extensions that are text", `{"query":"{ hello }","extensions":"${CANARY}"}`],
  ["JSON a hundred thousand levels deep", `{"query":"{ hello }","variables":${"[".repeat(100_000)}`],
])("%s: 400 with one error that does not repeat the body", async (_, body) => {
  const { post } = await startTestServer({ development: true });
  for (const accept of ["*/*", "application/json", "application/graphql-response+json"]) {
    const response = await post(body, { accept });
    const text = await response.text();
    const { errors } = JSON.parse(text) as Body;
    expect([response.status, errors?.length, errors?.[0]?.extensions]).toEqual([400, 1, { code: "BAD_REQUEST" }]);
    expect(text).not.toContain("C4n4ry");
  }
});

test("a body above the limit gets 413 in every encoding, and one at the limit is executed", async () => {
  const { url, post } = await startTestServer({ maxBodyBytes: 1_000 });
  const sized = (bytes: number) =>
    JSON.stringify({ query: "{ hello }", variables: {} }).replace("{ hello }", `{ hello }${" ".repeat(bytes - 36)}`);
  expect(Buffer.byteLength(sized(1_000))).toBe(1_000);
  expect((await post(sized(1_000))).status).toBe(200);
  expect((await post(sized(1_001))).status).toBe(413);
  const chunked = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: new Blob([sized(5_000_000)]).stream(),
    duplex: "half",
  } as RequestInit);
  expect([chunked.status, (await read(chunked)).errors?.[0]?.message]).toEqual([
    413,
    "The body must have at most 1000 bytes; received more.",
  ]);
});

test("a client that accepts neither content type gets 406", async () => {
  const { post } = await startTestServer();
  expect((await post({ query: "{ hello }" }, { accept: "image/png" })).status).toBe(406);
});

test("errors of a document are 400, or 200 for a client that prefers application/json", async () => {
  const { post } = await startTestServer();
  for (const query of ["{", "{ nothing }"]) {
    const statuses = [];
    for (const accept of ["*/*", "application/graphql-response+json", "application/json"]) {
      const response = await post({ query }, { accept });
      statuses.push([response.status, response.headers.get("content-type")]);
    }
    expect(statuses).toEqual([
      [400, "application/graphql-response+json; charset=utf-8"],
      [400, "application/graphql-response+json; charset=utf-8"],
      [200, "application/json; charset=utf-8"],
    ]);
  }
});

test("a client that requests a trace gets the upstream calls", async () => {
  const { post } = await startTestServer();
  const asked = await read(await post({ query: "{ traced }" }, { "x-portico-trace": "upstream" }));
  expect(asked.extensions?.upstream).toEqual([
    { operation: "FindUser", status: 200, startedMs: expect.any(Number), durationMs: 1.2 },
  ]);
  expect(asked.extensions?.upstream?.[0]?.["startedMs"]).toBeLessThan(1_000);
  expect(await read(await post({ query: "{ traced }" }))).toEqual({ data: { traced: "traced" } });
});

test("losses beside the data are reported as errors", async () => {
  const { post } = await startTestServer();
  expect(await read(await post({ query: "{ reported }" }))).toEqual({
    data: { reported: "the others" },
    errors: [{ message: "2 rows are left out.", extensions: { code: "UPSTREAM_INVALID_RESPONSE" } }],
  });
});

test("a query ends when its client disconnects, and a mutation that has started does not", async () => {
  for (const query of ["{ never }", "mutation { first: slow second: slow }"]) {
    const { port, began, contexts, logs } = await startTestServer();
    const body = JSON.stringify({ query });
    const socket = connect(port, "127.0.0.1");
    const head = `POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`;
    socket.write(`${head}\r\n\r\n${body}`);
    await began;
    socket.destroy();
    await until(() => contexts[0]?.signal.aborted === true && logs.length === 1);
    expect(logs[0]).toMatchObject({ message: "request", aborted: true });
    if (query.startsWith("mutation")) await until(() => contexts[0]?.finished.length === 2);
  }
});

test("GraphiQL is served in development only, under a policy that allows its own scripts only", async () => {
  const browser = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
  const { url } = await startTestServer({ development: true });
  const page = await fetch(`${url}/graphql?operationName=</script><script>alert(1)</script>`, { headers: browser });
  const html = await page.text();
  const policy = page.headers.get("content-security-policy") ?? "";
  const nonce = /'nonce-([^']+)'/.exec(policy)?.[1] ?? "none";
  expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
  const tags = html.match(/^\s*<script.*/gm) ?? [];
  expect(tags.map((tag) => tag.trim())).toEqual([`<script nonce="${nonce}">`]);
  expect(html).not.toContain("alert(1)");
  expect(policy).not.toMatch(/unsafe-eval|script-src[^;]*unsafe-inline|\*/);
  const production = await startTestServer();
  expect((await fetch(`${production.url}/graphql`, { headers: browser })).status).toBe(404);
  expect((await fetch(`${production.url}/graphql?query={hello}`, { headers: browser })).status).toBe(200);
});

test("introspection is on by default", async () => {
  const { post } = await startTestServer();
  expect(await read(await post({ query: "{ __schema { queryType { name } } }" }))).toEqual({
    data: { __schema: { queryType: { name: "Query" } } },
  });
});
