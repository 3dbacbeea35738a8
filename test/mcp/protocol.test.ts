import { request } from "node:http";
import { expect, test } from "vitest";
import { signRequest } from "../../examples/router-signature.ts";
import { startPortico } from "../kit/portico/app.ts";
import { bearer, keyFile, keyOf, openFile } from "../kit/portico/callers.ts";
import { connectMcp, READY_MADE, textOf } from "../kit/portico/mcp.ts";
import { KEY } from "../kit/portico/signed.ts";
import { until } from "../kit/until.ts";

const MCP = { MCP: "on", PERSISTED_OPERATIONS_FILE: READY_MADE };
const start = (env: Record<string, string> = {}) => startPortico({}, { ...MCP, ...env });

const JSON_RPC = { "content-type": "application/json", accept: "application/json, text/event-stream" };
const LIST = { jsonrpc: "2.0", id: 1, method: "tools/list" };

interface PostOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly path?: string;
}

/** Sends headers that `fetch` does not allow, such as Host. */
const post = (url: string, body: unknown, { method = "POST", headers = {}, path = "/mcp" }: PostOptions = {}) =>
  new Promise<{
    readonly status: number | undefined;
    readonly headers: Record<string, unknown>;
    readonly text: string;
  }>((resolve, reject) => {
    const sent = request(`${url}${path}`, { method, headers: { ...JSON_RPC, ...headers } }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      response.once("end", () => resolve({ status: response.statusCode, headers: response.headers, text }));
    });
    sent.once("error", reject);
    sent.end(typeof body === "string" ? body : JSON.stringify(body));
  });

test.each(["modern", "legacy"] as const)(
  "the official client lists and calls tools with the %s protocol",
  async (era) => {
    const portico = await start();
    const { client, call } = await connectMcp(portico.url, { era });
    expect(client.getServerVersion()).toMatchObject({ name: "portico" });
    const { tools } = await client.listTools();
    const byName = new Map(tools.map((tool) => [tool.name, tool]));
    expect(byName.get("FindPerson")).toMatchObject({
      description: expect.stringMatching(/^Finds one person by employee code/),
      inputSchema: { type: "object", required: ["employeeCode"], additionalProperties: false },
      annotations: { readOnlyHint: true, destructiveHint: false },
    });
    expect(byName.get("OpenDoor")).toMatchObject({
      inputSchema: {
        required: ["serialNumber", "reason"],
        properties: { doorNumber: { type: "integer", default: 1 } },
      },
      annotations: { readOnlyHint: false, destructiveHint: true },
    });
    // The client checks each result against the output schema of its tool.
    const person = await call("FindPerson", { employeeCode: "1042" });
    expect(person).toMatchObject({ structuredContent: { data: { user: { name: "Asha N" } } } });
    expect(person.isError).not.toBe(true);
    expect(JSON.parse(textOf(person))).toEqual(person.structuredContent);
  },
);

test("every ready-made tool returns what its output schema says", async () => {
  const portico = await start();
  const { client, call } = await connectMcp(portico.url);
  const serialNumber = "SN7A2300583";
  const period = { from: "2026-06-01T00:00:00", to: "2026-06-22T00:00:00" };
  const reason = "test";
  const values: Readonly<Record<string, Record<string, unknown>>> = {
    DoorIncidents: period,
    DoorState: { serialNumber },
    EnrollmentStatus: { employeeCode: "1042" },
    FindPerson: { employeeCode: "1042" },
    FollowCommand: { id: "Q29tbWFuZDpub25l" },
    LockDoor: { serialNumber, reason },
    OpenDoor: { serialNumber, reason },
    RebootDevice: { serialNumbers: ["SN7A2300584"], reason },
    ResendUser: { employeeCode: "1042", serialNumbers: [serialNumber], reason },
    SearchPeople: { serialNumber, search: "a" },
  };
  for (const { name } of (await client.listTools()).tools) {
    const { isError, structuredContent } = await call(name, values[name]);
    expect([isError, structuredContent], name).toEqual([false, { data: expect.anything() }]);
  }
});

test("a command that takes longer than its call is followed by its id", async () => {
  const portico = await start();
  const { call } = await connectMcp(portico.url);
  const sent = await call("RebootDevice", { serialNumbers: ["SN7A2300583"], reason: "frozen screen" });
  const { data } = sent.structuredContent as { data: { rebootDevice: { commands: [{ id: string; status: string }] } } };
  const [{ id, status }] = data.rebootDevice.commands;
  expect(status).toBe("SENT");
  portico.sandbox.clock.advance(5 * 60_000);
  await expect
    .poll(async () => (await call("FollowCommand", { id })).structuredContent)
    .toMatchObject({ data: { command: { id, status: "SUCCEEDED" } } });
});

test("without MCP=on there is no endpoint", async () => {
  const portico = await startPortico({}, { PERSISTED_OPERATIONS_FILE: READY_MADE });
  expect((await post(portico.url, LIST)).status).toBe(404);
});

test("only stored documents can be executed, whatever a model sends", async () => {
  const portico = await start();
  const { client, call } = await connectMcp(portico.url);
  const query = "{ devices { totalCount } }";
  for (const name of ["query", query, "__schema", "constructor", "", "ListDevices "]) {
    await expect(call(name, { query })).rejects.toThrow("There is no tool with this name.");
  }
  for (const extra of [{ query }, { documentId: "x" }, { operationName: "x" }, { serialnumber: "SN7A2300583" }]) {
    const { isError, content } = await call("ListDevices", extra);
    expect([isError, content]).toEqual([
      true,
      [expect.objectContaining({ text: expect.stringContaining("BAD_USER_INPUT") })],
    ]);
  }
  const params = { name: "ListDevices", arguments: {}, query, documentId: "x", variables: { search: "none" } };
  const { text } = await post(portico.url, { ...LIST, method: "tools/call", params });
  expect(text).toContain("SN7A2300583");
  for (const method of ["graphql", "resources/list", "prompts/list", "completion/complete", "tasks/get"]) {
    expect((await post(portico.url, { ...LIST, method, params: { query } })).text).toMatch(/-3260[12]/);
  }
  expect(client.getServerCapabilities()).toEqual({ tools: {} });
  expect(new Set(portico.upstream())).toEqual(new Set(["ListDevices", "GetDeviceInfo"]));
});

test("a misspelled argument is refused, and its default is not used in silence", async () => {
  const portico = await start();
  const { call } = await connectMcp(portico.url);
  const result = await call("OpenDoor", { serialNumber: "SN7A2300583", doornumber: 2, reason: "delivery" });
  expect(result.isError).toBe(true);
  expect(textOf(result)).toContain("The arguments must be among serialNumber, doorNumber, durationSeconds, reason");
  expect(portico.upstream()).toEqual([]);
});

test("requests that are no message are refused as JSON-RPC", async () => {
  const { url } = await start();
  expect(await post(url, "", { method: "GET" })).toMatchObject({ status: 405, headers: { allow: "POST" } });
  expect(await post(url, "", { method: "DELETE" })).toMatchObject({ status: 405 });
  expect(await post(url, LIST, { headers: { "content-type": "text/plain" } })).toMatchObject({ status: 415 });
  expect(await post(url, "{")).toMatchObject({ status: 400, text: expect.stringContaining("must be JSON") });
  expect(await post(url, [LIST, LIST])).toMatchObject({ status: 400, text: expect.stringContaining("one message") });
  expect(await post(url, `"${"x".repeat(5 * 1024 * 1024)}"`)).toMatchObject({ status: 413 });
});

test("no stream stays open: a subscription to changes is refused", async () => {
  const { url } = await start();
  const meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": { name: "test", version: "1" },
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  const params = { _meta: meta, notifications: { toolsListChanged: true } };
  const headers = { "mcp-protocol-version": "2026-07-28", "mcp-method": "subscriptions/listen" };
  const listened = await post(url, { ...LIST, method: "subscriptions/listen", params }, { headers });
  expect(listened.text).toContain("Subscription limit reached");
});

const startWithKeys = async (env: Record<string, string> = {}) => {
  const keys = keyFile({ reader: { scopes: ["devices:read"] }, nobody: {} });
  return start({ ACCESS_API_KEYS_FILE: (await openFile(keys)).path, ...env });
};

test("callers are authenticated as on every other path", async () => {
  const { url } = await startWithKeys();
  const refused = await post(url, LIST);
  expect(refused).toMatchObject({ status: 401, headers: { "www-authenticate": "Bearer" } });
  expect(await post(url, LIST, { headers: bearer("unknown-key-0123456789") })).toMatchObject({ status: 401 });
  expect(await post(url, LIST, { headers: bearer(keyOf("reader")) })).toMatchObject({ status: 200 });
  expect(await post(url, LIST, { headers: { "x-api-key": keyOf("reader") } })).toMatchObject({ status: 200 });
  await expect(connectMcp(url, { key: "stranger" })).rejects.toThrow();
});

test("pages of other origins, and other hosts while access is open, get 403", async () => {
  const listed = "https://hr.example.com";
  const { url } = await startWithKeys({ ACCESS_ORIGINS: listed });
  const headers = bearer(keyOf("reader"));
  expect(await post(url, LIST, { headers: { ...headers, origin: "https://evil.example" } })).toMatchObject({
    status: 403,
  });
  expect(await post(url, LIST, { headers: { ...headers, origin: listed } })).toMatchObject({ status: 200 });
  const requested = "mcp-method,mcp-name,mcp-protocol-version";
  const asking = { origin: listed, "access-control-request-headers": requested };
  const preflight = await post(url, "", { method: "OPTIONS", headers: asking });
  expect(preflight).toMatchObject({ status: 204, headers: { "access-control-allow-origin": listed } });
  expect(preflight.headers["access-control-allow-headers"]).toBe(requested.replaceAll(",", ", "));
  const open = await start();
  expect(await post(open.url, LIST, { headers: { host: "rebound.example" } })).toMatchObject({ status: 403 });
  expect(await post(open.url, LIST)).toMatchObject({ status: 200 });
});

test("with router-only access the endpoint needs the signature of a router", async () => {
  const { url } = await start({ SUBGRAPH_ROUTER_KEYS: KEY });
  expect((await post(url, LIST)).status).toBe(401);
  const signature = signRequest({ key: KEY, method: "POST", path: "/mcp", body: JSON.stringify(LIST) });
  expect((await post(url, LIST, { headers: { "x-portico-signature": signature } })).status).toBe(200);
});

test("the requests of a caller are counted over all paths", async () => {
  const { url, sandbox } = await start({ LIMIT_OPERATIONS: "1" });
  sandbox.faults.add({ kind: "delay", operation: "ListDevices", ms: 2_000 });
  const list = { ...LIST, method: "tools/call", params: { name: "ListDevices", arguments: {} } };
  const slow = post(url, list);
  await expect.poll(() => sandbox.ledger.entries({ operation: "ListDevices" }).length).toBe(1);
  const second = await post(url, list);
  expect(second).toMatchObject({ status: 429, headers: { "retry-after": "1" } });
  expect(JSON.parse(second.text)).toMatchObject({
    jsonrpc: "2.0",
    error: { message: expect.stringContaining("at most 1") },
  });
  expect(await post(url, { query: "{ devices { totalCount } }" }, { path: "/graphql" })).toMatchObject({ status: 429 });
  expect(await slow).toMatchObject({ status: 200 });
});

test("the log says which tool was called over which transport, and nothing of its arguments", async () => {
  const portico = await start();
  const { call } = await connectMcp(portico.url);
  await call("FindPerson", { employeeCode: "1042" });
  const line = await until(() => portico.logs.find((text) => text.includes("FindPerson")));
  expect(JSON.parse(line)).toMatchObject({
    path: "/mcp",
    transport: "mcp",
    operationName: "FindPerson",
    operationType: "query",
  });
  expect(portico.logs.join("\n")).not.toContain("1042");
});
