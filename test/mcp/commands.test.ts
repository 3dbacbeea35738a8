import { expect, test } from "vitest";
import { startPortico, type TestApp } from "../kit/portico/app.ts";
import { keyFile, openFile } from "../kit/portico/callers.ts";
import { type Connected, connectMcp, manifestOf, READY_MADE, textOf } from "../kit/portico/mcp.ts";
import { withRedis } from "../kit/with-redis.ts";

const MCP = { MCP: "on", PERSISTED_OPERATIONS_FILE: READY_MADE };
const SERIAL = "SN7A2300583";
const VISIT = { serialNumber: SERIAL, reason: "Visitor for Asha N, asked by reception." };

const opened = ({ sandbox }: Pick<TestApp, "sandbox">): number =>
  sandbox.ledger.entries({ operation: "OpenDoor" }).length;

interface Opened {
  readonly data: { readonly openDoor: { readonly command: { readonly id: string; readonly status: string } | null } };
  readonly note?: string;
}

/** Opens a door and returns what the model sees. */
const open = async ({ call }: Connected, values: Record<string, unknown> = VISIT) => {
  const result = await call("OpenDoor", values);
  const { data, note } = result.structuredContent as Opened;
  return { ...data.openDoor.command, note, failed: result.isError };
};

interface AuditLine {
  readonly audit?: string;
  readonly mutation: string;
  readonly viewer: string;
  readonly subject: object;
  readonly outcome: object;
}

const auditOf = ({ logs }: TestApp): readonly AuditLine[] =>
  logs.map((line) => JSON.parse(line) as AuditLine).filter(({ audit }) => audit === "mutation");

test("a retry of a model gets the result of the first call and opens the door once", async () => {
  const portico = await startPortico({}, MCP);
  const agent = await connectMcp(portico.url);
  const first = await open(agent);
  expect(first).toMatchObject({ status: "SUCCEEDED", note: undefined, failed: false });
  const again = await open(agent);
  expect(again).toMatchObject({ id: first.id, note: expect.stringMatching(/^This repeats a call of \d+ seconds ago/) });
  // The same door, said in other words: with the default spelled out, and for a reason that is worded differently.
  const reworded = await open(agent, { reason: "Asha's visitor is waiting.", doorNumber: 1, serialNumber: SERIAL });
  expect(reworded).toMatchObject({ id: first.id, note: expect.stringContaining("nothing was sent again") });
  expect(opened(portico)).toBe(1);
  const other = await open(agent, { ...VISIT, durationSeconds: 9 });
  expect(other.id).not.toBe(first.id);
  expect(opened(portico)).toBe(2);
});

test("calls at the same time are one command", async () => {
  const portico = await startPortico({}, MCP);
  const agents = [await connectMcp(portico.url), await connectMcp(portico.url, { era: "legacy" })] as const;
  const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => open(agents[index % 2 === 0 ? 0 : 1])));
  expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
  expect(opened(portico)).toBe(1);
});

test("a retry on another instance, after a lost answer, sends nothing again", async () => {
  const redis = await withRedis();
  const env = { ...MCP, REDIS_URL: redis.url, CALLBACK_SECRET: "0123456789abcdef0123456789abcdef" };
  const first = await startPortico({}, env);
  const second = await startPortico(first.sandbox, env);
  first.sandbox.faults.add({ kind: "resetBefore", operation: "OpenDoor" });
  expect(await open(await connectMcp(first.url))).toMatchObject({ status: "UNKNOWN" });
  expect(await open(await connectMcp(second.url))).toMatchObject({ status: "UNKNOWN" });
  expect(opened(first)).toBe(1);
});

test("when the window has passed, the same call is a new command; until then it is none, at any time", async () => {
  const retryWindowMs = 1_000;
  const portico = await startPortico({}, MCP, { mcp: { retryWindowMs } });
  const agent = await connectMcp(portico.url);
  const began = performance.now();
  const first = await open(agent);
  // A period of the clock begins in between, whenever the test runs.
  await expect.poll(async () => (await open(agent)).id, { interval: 20, timeout: 10_000 }).not.toBe(first.id);
  expect(performance.now() - began).toBeGreaterThanOrEqual(retryWindowMs);
  expect(opened(portico)).toBe(2);
});

test("the retries of one caller are not those of another", async () => {
  const scopes = ["doors:control", "devices:read"];
  const keys = await openFile(keyFile({ one: { scopes }, two: { scopes } }));
  const portico = await startPortico({}, { ...MCP, ACCESS_API_KEYS_FILE: keys.path });
  const ids = [
    await open(await connectMcp(portico.url, { key: "one" })),
    await open(await connectMcp(portico.url, { key: "two" })),
    await open(await connectMcp(portico.url, { key: "one" })),
  ].map(({ id }) => id);
  expect(ids[0]).toBe(ids[2]);
  expect(ids[1]).not.toBe(ids[0]);
  expect(opened(portico)).toBe(2);
});

test("a command without a reason is refused, and nothing is sent", async () => {
  const portico = await startPortico({}, MCP);
  const { call } = await connectMcp(portico.url);
  for (const reason of [undefined, "", " \n", 7, null]) {
    const result = await call("OpenDoor", { serialNumber: SERIAL, reason });
    expect([result.isError, textOf(result)]).toEqual([true, expect.stringContaining("`reason` must say why")]);
  }
  const chosen = await call("OpenDoor", { ...VISIT, idempotencyKey: "a-key-of-the-model" });
  expect([chosen.isError, textOf(chosen)]).toEqual([true, expect.stringContaining("BAD_USER_INPUT")]);
  expect(portico.upstream()).toEqual([]);
});

test("the reason is in the audit trail, with the caller and the command, and in the request to the gateway", async () => {
  const keys = await openFile(keyFile({ assistant: { scopes: ["doors:control"] } }));
  const portico = await startPortico({}, { ...MCP, ACCESS_API_KEYS_FILE: keys.path });
  const { id: _, ...result } = await open(await connectMcp(portico.url, { key: "assistant" }));
  expect(result.status).toBe("SUCCEEDED");
  expect(auditOf(portico)).toMatchObject([
    {
      mutation: "openDoor",
      viewer: "assistant",
      transport: "mcp",
      subject: { serialNumber: SERIAL, doorNumber: 1, reason: VISIT.reason },
      outcome: { commands: [{ DeviceSN: SERIAL, status: "Done" }] },
    },
  ]);
  const [entry] = portico.sandbox.ledger.entries({ operation: "OpenDoor" });
  expect(JSON.stringify(entry)).toContain(VISIT.reason);
});

test("a door command is never queued: an offline device refuses it, and the model sees an error", async () => {
  const portico = await startPortico({}, MCP);
  const agent = await connectMcp(portico.url);
  portico.sandbox.changeDevice(SERIAL, { online: false });
  await agent.call("ListDevices");
  const refused = await agent.call("OpenDoor", VISIT);
  expect([refused.isError, textOf(refused)]).toEqual([true, expect.stringContaining("DEVICE_OFFLINE")]);
  expect(opened(portico)).toBe(0);
});

test("a caller sees the tools that its scopes cover, and a call of another one is refused and audited", async () => {
  const keys = await openFile(
    keyFile({
      reader: { scopes: ["devices:read"] },
      reception: { scopes: ["devices:read", "users:read", "doors:read", "doors:control"] },
      nobody: {},
    }),
  );
  const portico = await startPortico({}, { ...MCP, ACCESS_API_KEYS_FILE: keys.path });
  const reader = await connectMcp(portico.url, { key: "reader" });
  expect(await reader.names()).toEqual(["DevicesWithProblems", "FollowCommand", "ListDevices"]);
  const reception = await connectMcp(portico.url, { key: "reception" });
  expect(await reception.names()).toEqual(expect.arrayContaining(["DoorState", "FindPerson", "LockDoor", "OpenDoor"]));
  expect(await reception.names()).not.toContain("RebootDevice");
  const nobody = await connectMcp(portico.url, { key: "nobody" });
  expect(await nobody.names()).toEqual(["FollowCommand"]);
  const refused = await reader.call("OpenDoor", VISIT);
  expect([refused.isError, textOf(refused)]).toEqual([true, expect.stringContaining("FORBIDDEN")]);
  expect(opened(portico)).toBe(0);
  expect(auditOf(portico)).toMatchObject([{ viewer: "reader", mutation: "openDoor", outcome: { error: "FORBIDDEN" } }]);
});

test("limits apply as on every other path", async () => {
  const doors = await startPortico({}, { ...MCP, LIMIT_DOORS: "2" });
  const agent = await connectMcp(doors.url);
  for (const doorNumber of [1, 2]) await agent.call("OpenDoor", { ...VISIT, doorNumber });
  const third = await agent.call("OpenDoor", { ...VISIT, doorNumber: 3 });
  expect(third.isError).toBe(true);
  expect(JSON.parse(textOf(third))).toMatchObject({
    errors: [{ code: "RATE_LIMITED", retryAfterSeconds: expect.any(Number) }],
  });
  const costly = await startPortico({}, { ...MCP, LIMIT_COST: "30" });
  const refused = await (await connectMcp(costly.url)).call("AttendanceToday");
  expect(textOf(refused)).toContain("QUERY_TOO_EXPENSIVE");
  expect(costly.upstream()).toEqual([]);
});

test("what fails type coercion is refused with the rule, and repeats nothing that was sent", async () => {
  const portico = await startPortico({}, MCP);
  const { call } = await connectMcp(portico.url);
  const result = await call("OpenDoor", { ...VISIT, doorNumber: "the red one" });
  expect(textOf(result)).toContain("BAD_USER_INPUT");
  expect(textOf(result)).not.toContain("red one");
  expect(opened(portico)).toBe(0);
});

test("without the store of idempotency keys no command is sent", async () => {
  const redis = await withRedis();
  const portico = await startPortico({}, { ...MCP, REDIS_URL: redis.url });
  const { call } = await connectMcp(portico.url);
  await redis.kill();
  const result = await call("OpenDoor", VISIT);
  expect([result.isError, textOf(result)]).toEqual([true, expect.stringContaining("IDEMPOTENCY_UNAVAILABLE")]);
  expect(opened(portico)).toBe(0);
});

test("a PIN is in no result and no log", async () => {
  const document = `mutation SetPin($employeeCode: String!, $pin: String!, $reason: String!, $idempotencyKey: String) {
    setUserPassword(input: { employeeCode: $employeeCode, password: $pin, serialNumbers: ["${SERIAL}"],
      options: { reason: $reason, idempotencyKey: $idempotencyKey } }) { commands { id status } userErrors { code message } }
  }`;
  const path = await manifestOf({ pin: document });
  const portico = await startPortico({}, { ...MCP, PERSISTED_OPERATIONS_FILE: path });
  const { client, call } = await connectMcp(portico.url);
  const values = { employeeCode: "1042", pin: "73914682", reason: "forgotten" };
  const results = [await call("SetPin", values), await call("SetPin", { ...values, pin: "not a number 73914682" })];
  expect(results.map(({ isError }) => isError)).toEqual([false, true]);
  expect(JSON.stringify([results, await client.listTools(), portico.logs])).not.toContain("73914682");
});
