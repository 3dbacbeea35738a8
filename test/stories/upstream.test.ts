import { expect, test } from "vitest";
import type { FaultInput } from "../../src/sandbox/http/faults.ts";
import { startPortico } from "../kit/portico/app.ts";

const LIST = `{ devices(first: 1) { totalCount } viewer { name } }`;

const code = (errors: readonly { readonly extensions: Readonly<Record<string, unknown>> }[] | undefined) =>
  errors?.[0]?.extensions["code"];

test.for<FaultInput>([
  { kind: "5xx", status: 500, times: 2 },
  { kind: "5xx", status: 503, times: 1 },
  { kind: "resetBefore", times: 2 },
  { kind: "resetDuring", times: 1 },
  { kind: "html", status: 200, times: 1 },
  { kind: "brokenJson", times: 1 },
])("a read survives $kind ($times times)", async (fault) => {
  const portico = await startPortico();
  portico.sandbox.faults.add({ ...fault, operation: "ListDevices" });
  const { data, errors } = await portico.ask<{ devices: { totalCount: number } }, object>(LIST);
  expect(errors).toBeUndefined();
  expect(data.devices.totalCount).toBeGreaterThan(0);
  expect(portico.upstream()).toHaveLength((fault.times ?? 1) + 1);
});

test.for<readonly [FaultInput, string, number]>([
  [{ kind: "5xx", status: 500, times: null }, "UPSTREAM_UNAVAILABLE", 3],
  [{ kind: "resetBefore", times: null }, "UPSTREAM_UNAVAILABLE", 3],
  [{ kind: "html", status: 200, times: null }, "UPSTREAM_INVALID_RESPONSE", 3],
  [{ kind: "brokenJson", times: null }, "UPSTREAM_INVALID_RESPONSE", 3],
  [{ kind: "giant", bytes: 64 * 1024 * 1024, times: null }, "UPSTREAM_INVALID_RESPONSE", 3],
  [{ kind: "unauthenticated", times: null }, "UPSTREAM_UNAUTHENTICATED", 1],
  [{ kind: "429", retryAfter: 3600, times: null }, "UPSTREAM_RATE_LIMITED", 1],
] as const)(
  "a permanent %o becomes %s after %i calls, and the other fields are answered",
  async ([fault, expected, calls]) => {
    const portico = await startPortico();
    portico.sandbox.faults.add({ ...fault, operation: "ListDevices" });
    const { data, errors } = await portico.ask(LIST);
    expect(data).toEqual({ devices: null, viewer: { name: "anyone" } });
    expect(code(errors)).toBe(expected);
    expect(portico.upstream()).toHaveLength(calls);
  },
);

test("a response of a gigabyte costs no more memory than the largest response that is accepted", async () => {
  const portico = await startPortico();
  const before = process.memoryUsage().rss;
  portico.sandbox.faults.add({ kind: "giant", bytes: 1024 * 1024 * 1024, times: null, operation: "ListDevices" });
  await portico.ask(LIST);
  expect(process.memoryUsage().rss - before).toBeLessThan(300 * 1024 * 1024);
});

test("a rate-limited read is retried after Retry-After, and fails if that is too long", async () => {
  const portico = await startPortico({}, { GATEWAY_CACHE_MB: "0" });
  portico.sandbox.faults.add({ kind: "429", retryAfter: 1, times: 1, operation: "ListDevices" });
  const { errors } = await portico.ask(LIST);
  expect(errors).toBeUndefined();
  const [first, second] = portico.sandbox.ledger.entries({ operation: "ListDevices" });
  expect((second?.realAt ?? 0) - (first?.realAt ?? 0)).toBeGreaterThanOrEqual(1000);

  portico.sandbox.faults.add({ kind: "429", retryAfter: 3600, asDate: true, times: 1, operation: "ListDevices" });
  const late = await portico.ask(LIST);
  expect(code(late.errors)).toBe("UPSTREAM_RATE_LIMITED");
  expect(late.errors?.[0]?.extensions["retryAfter"]).toBeGreaterThan(3000);
});

test.for(["hang", "drip"] as const)(
  "a gateway that answers with a %s costs a bounded time",
  { timeout: 18_000 },
  async (kind) => {
    const portico = await startPortico();
    portico.sandbox.faults.add({ kind, bytes: 1, ms: 1000, times: null, operation: "ListDevices" });
    const { data, errors } = await portico.ask(LIST);
    expect(data).toEqual({ devices: null, viewer: { name: "anyone" } });
    expect(code(errors)).toBe("UPSTREAM_UNAVAILABLE");
  },
);

test("a sloppy response is decoded: numbers as text, member names in lower case, unknown members", async () => {
  const portico = await startPortico();
  const query = `{
    devices(first: 3) { totalCount nodes { serialNumber name status lastSeenAt } }
    punches(from: "2026-06-20T00:00:00", to: "2026-06-21T00:00:00", first: 5) {
      nodes { id at direction method user { name } }
    }
  }`;
  const exact = await portico.ask(query);
  portico.sandbox.faults.add({ kind: "sloppy", times: null });
  expect((await portico.ask(query)).data).toEqual(exact.data);
});

test("hostile member names change nothing", async () => {
  const portico = await startPortico();
  const exact = await portico.ask(LIST);
  portico.sandbox.faults.add({ kind: "hostileKeys", times: null });
  expect((await portico.ask(LIST)).data).toEqual(exact.data);
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
});

test("a failed read of one of many users is one null with one error", async () => {
  const portico = await startPortico();
  const [first = "", second = ""] = portico.sandbox.gateway.world.users.keys();
  portico.sandbox.faults.add({ kind: "5xx", status: 500, times: 3, operation: "FindUser" });
  const { data, errors } = await portico.ask<{ users: unknown[] }, object>(
    `query ($codes: [String!]!) { users(employeeCodes: $codes) { employeeCode } }`,
    { codes: [first, second, first] },
  );
  expect(data.users.filter((user) => user !== null).length + (errors?.length ?? 0)).toBe(3);
});

const OPEN = `mutation {
  openDoor(input: { serialNumber: "SN7A2300583", options: { waitSeconds: 1 } }) {
    command { id status operationId }
    userErrors { code }
  }
}`;

interface Opened {
  readonly openDoor: { readonly command: { readonly id: string; readonly status: string } | null };
}

test.for<readonly [FaultInput, string]>([
  [{ kind: "resetBefore" }, "UNKNOWN"],
  [{ kind: "resetAfter" }, "SUCCEEDED"],
  [{ kind: "5xx", status: 500 }, "UNKNOWN"],
  [{ kind: "5xx", status: 500, afterEffect: true }, "SUCCEEDED"],
  [{ kind: "brokenJson" }, "SUCCEEDED"],
] as const)("a door is opened at most once under %o and its command is %s", async ([fault, status]) => {
  const portico = await startPortico();
  portico.sandbox.faults.add({ ...fault, operation: "OpenDoor" });
  const { data, errors } = await portico.ask<Opened, object>(OPEN);
  expect(errors).toBeUndefined();
  expect(data.openDoor.command?.status).toBe(status);
  expect(portico.sandbox.ledger.entries({ operation: "OpenDoor" })).toHaveLength(1);
  const later = await portico.ask<{ command: unknown }, object>(`query ($id: ID!) { command(id: $id) { status } }`, {
    id: data.openDoor.command?.id,
  });
  expect(later.data.command).toEqual(status === "UNKNOWN" ? null : { status });
});

test("an openDoor call that hangs is not repeated, and its command is UNKNOWN", async () => {
  const portico = await startPortico();
  portico.sandbox.faults.add({ kind: "hang", operation: "OpenDoor" });
  const { data } = await portico.ask<Opened, object>(OPEN);
  expect(data.openDoor.command?.status).toBe("UNKNOWN");
  expect(portico.sandbox.ledger.entries({ operation: "OpenDoor" })).toHaveLength(1);
});

test("a gateway that fails is a warning of readiness, which ends without help, and the instance stays ready", async () => {
  const portico = await startPortico();
  const ready = async () => {
    const response = await fetch(`${portico.url}/health/ready`);
    return [response.status, ((await response.json()) as { warnings: readonly string[] }).warnings];
  };
  expect(await ready()).toEqual([200, []]);
  portico.sandbox.faults.add({ kind: "unauthenticated", times: null });
  await portico.ask(LIST);
  expect(await ready()).toEqual([200, ["The gateway rejected the token of this server."]]);
  portico.sandbox.faults.clear();
  await expect.poll(ready, { timeout: 5_000, interval: 100 }).toEqual([200, []]);
});

test("a client that disconnects cancels the reads of its request", async () => {
  const portico = await startPortico();
  portico.sandbox.faults.add({ kind: "hang", times: null, operation: "ListDevices" });
  const leaving = new AbortController();
  const asked = fetch(`${portico.url}/graphql?query=${encodeURIComponent("{ devices { totalCount } }")}`, {
    signal: leaving.signal,
  }).catch(() => "left");
  await expect.poll(() => portico.sandbox.ledger.entries({ operation: "ListDevices" }).length).toBe(1);
  leaving.abort();
  expect(await asked).toBe("left");
  await expect.poll(() => portico.sandbox.ledger.entries({ operation: "ListDevices" })[0]?.milliseconds).not.toBeNull();
  expect(portico.sandbox.ledger.entries({ operation: "ListDevices" })).toHaveLength(1);
});
