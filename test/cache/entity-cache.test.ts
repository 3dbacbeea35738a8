import { expect, test } from "vitest";
import { SCOPES } from "../../src/schema/kernel/viewer.ts";
import { askAs, bearer, keyFile, keyOf, openFile } from "../kit/portico/callers.ts";
import { startPortico, tally, type TestApp } from "../kit/portico/app.ts";
import { subscribeBySocket } from "../kit/portico/live.ts";
import { freePort } from "../kit/ports.ts";
import { withSandbox } from "../kit/sandbox/with-sandbox.ts";
import { until } from "../kit/until.ts";
import { withRedis } from "../kit/with-redis.ts";

const DEVICE = "SN7A2300583";
const PERSON = `{ user(employeeCode: "1042") { name devices { nodes { serialNumber } } } }`;
const STATUS = `{ device(serialNumber: "${DEVICE}") { status lastSeenAt } }`;
const DAYS = `{ attendanceDays(from: "2026-06-10", to: "2026-06-12", employeeCodes: ["1042"]) { nodes { punchCount } } }`;

const rename = (name: string, options = "") =>
  `mutation { updateUser(input: { employeeCode: "1042", lastName: "${name}" ${options} }) {
    userErrors { message } commands { id status } } }`;

const nameOn = async (app: Pick<TestApp, "ask">): Promise<string> =>
  (await app.ask<{ user: { name: string } }, object>(`{ user(employeeCode: "1042") { name } }`)).data.user.name;

test("equal reads of several requests ask the gateway once, and the trace counts what came from the cache", async () => {
  const portico = await startPortico();
  const first = await portico.ask(PERSON);
  expect(tally(portico.upstream())).toEqual({ FindUser: 1, ListUserDevices: 1 });
  const second = await portico.ask(PERSON);
  expect(second.data).toEqual(first.data);
  expect(portico.upstream()).toEqual([]);
  expect(second.extensions?.upstream).toEqual([
    { operation: "FindUser", fromCache: 1 },
    { operation: "ListUserDevices", fromCache: 1 },
  ]);
});

test("the answer about one person is not that about another", async () => {
  const portico = await startPortico();
  const ask = async (code: string) =>
    (
      await portico.ask<{ user: { employeeCode: string } }, object>(
        `{ user(employeeCode: "${code}") { employeeCode name } }`,
      )
    ).data.user.employeeCode;
  const [one = "", other = ""] = portico.sandbox.gateway.world.users.keys();
  expect([await ask(one), await ask(other), await ask(one)]).toEqual([one, other, one]);
});

test("a person whom the gateway does not know is remembered until a command adds them", async () => {
  const portico = await startPortico();
  const ask = () => portico.ask(`{ user(employeeCode: "9999") { name } }`);
  expect((await ask()).data).toEqual({ user: null });
  portico.upstream();
  expect((await ask()).data).toEqual({ user: null });
  expect(portico.upstream()).toEqual([]);
  await portico.ask(`mutation { addUser(input: { serialNumbers: ["${DEVICE}"], employeeCode: "9999", firstName: "New" }) {
    userErrors { message } } }`);
  expect((await ask()).data).toEqual({ user: { name: "New" } });
});

test("doors, health, pings and commands are read anew by each request", async () => {
  const portico = await startPortico();
  const query = `{ device(serialNumber: "${DEVICE}") { health { queueDepth } doors { state } ping { reachable } } }`;
  await portico.ask(query);
  portico.upstream();
  await portico.ask(query);
  expect(tally(portico.upstream())).toEqual({ CheckDeviceHealth: 1, GetDoorStatus: 1, PingConnection: 1 });
});

test("with GATEWAY_CACHE_MB=0, and where the events of the gateway do not arrive, every request asks the gateway", async () => {
  const off = await startPortico({}, { GATEWAY_CACHE_MB: "0" });
  const deaf = await startPortico(await withSandbox());
  for (const portico of [off, deaf]) {
    await portico.ask(PERSON);
    portico.upstream();
    await portico.ask(PERSON);
    expect(tally(portico.upstream())).toEqual({ FindUser: 1, ListUserDevices: 1 });
  }
});

test("once a subscriber has an event of a device, a person or a day that is over, no read is older than the event", async () => {
  const portico = await startPortico();
  const { events } = subscribeBySocket<object>(portico.url, "subscription { events { __typename } }");
  await until(() => portico.live.subscribers() === 1, { what: "the subscription is open" });
  const received = (count: number) =>
    expect.poll(() => events.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(count);

  await Promise.all([portico.ask(STATUS), portico.ask(PERSON), portico.ask(DAYS)]);
  portico.sandbox.changeDevice(DEVICE, { online: false });
  await received(1);
  expect((await portico.ask<{ device: { status: string } }, object>(STATUS)).data.device.status).toBe("OFFLINE");

  portico.sandbox.changeDevice(DEVICE, { online: true });
  await received(2);
  const before = (await portico.ask<{ attendanceDays: { nodes: { punchCount: number }[] } }, object>(DAYS)).data;
  const seen = events.length;
  portico.sandbox.punch({ DeviceSN: DEVICE, EmployeeCode: "1042", AttendanceLog: "2026-06-11 23:59:58" });
  await received(seen + 1);
  portico.upstream();
  const after = (await portico.ask<{ attendanceDays: { nodes: { punchCount: number }[] } }, object>(DAYS)).data;
  expect(portico.upstream()).not.toEqual([]);
  expect(after).not.toEqual(before);
});

test("a caller who has the answer to a command reads no older data, also while others read at the same time", async () => {
  const portico = await startPortico();
  for (let round = 0; round < 10; round += 1) {
    const readers = Array.from({ length: 5 }, () => nameOn(portico));
    const written = portico.ask<{ updateUser: { userErrors: object[] } }, object>(rename(`Round${round}`));
    readers.push(...Array.from({ length: 5 }, () => nameOn(portico)));
    expect((await written).data.updateUser.userErrors).toEqual([]);
    expect(await nameOn(portico)).toContain(`Round${round}`);
    await Promise.all(readers);
    expect(await nameOn(portico)).toContain(`Round${round}`);
  }
});

test("a command of one instance, and an event that another one accepted, leave no old data on any instance", {
  timeout: 60_000,
}, async () => {
  const redis = await withRedis();
  const sandbox = await withSandbox({ acknowledgeMs: 10, live: false });
  const [port, other] = [await freePort(), await freePort()];
  const env = { REDIS_URL: redis.url, CALLBACK_SECRET: "c".repeat(40) };
  const one = await startPortico(sandbox, { ...env, PORT: String(port), PUBLIC_URL: `http://127.0.0.1:${port}` });
  const two = await startPortico(sandbox, { ...env, PORT: String(other), PUBLIC_URL: `http://127.0.0.1:${other}` });
  for (let round = 0; round < 10; round += 1) {
    await nameOn(two);
    const options = `options: { idempotencyKey: "round-${round}-of-this-test" }`;
    await one.ask(rename(`Round${round}`, options));
    expect(await nameOn(two)).toContain(`Round${round}`);
    expect(await nameOn(one)).toContain(`Round${round}`);
  }
  // The gateway delivers to the instance that registered last.
  const { events } = subscribeBySocket<object>(one.url, "subscription { deviceStatusChanged { device { status } } }");
  await until(() => one.live.subscribers() === 1, { what: "the subscription is open" });
  await one.ask(STATUS);
  sandbox.changeDevice(DEVICE, { online: false });
  await expect.poll(() => events.length, { timeout: 10_000 }).toBeGreaterThan(0);
  expect((await one.ask<{ device: { status: string } }, object>(STATUS)).data.device.status).toBe("OFFLINE");

  await one.ask(PERSON);
  await redis.kill();
  await until(async () => (await fetch(`${one.url}/health/ready`)).status !== 200, {
    what: "the loss of Redis is known",
  });
  one.upstream();
  await one.ask(PERSON);
  await one.ask(PERSON);
  expect(tally(one.upstream())["FindUser"], "without Redis nothing comes from the cache").toBe(2);
});

test("no answer passes from one account or set of scopes to another, and only who manages devices bypasses the cache", async () => {
  const [north, south] = [await withSandbox({ seed: 1 }), await withSandbox({ seed: 2 })];
  const accounts = await openFile(
    JSON.stringify(
      Object.entries({ north, south }).map(([name, { url, token }]) => ({
        name,
        url,
        authToken: token,
        callbackSecret: name.repeat(8),
      })),
    ),
  );
  const reader = SCOPES.filter((scope) => scope !== "devices:manage");
  const keys = await openFile(
    keyFile({
      north: { scopes: SCOPES, account: "north" },
      reader: { scopes: reader, account: "north" },
      south: { scopes: SCOPES, account: "south" },
    }),
  );
  const port = await freePort();
  const app = await startPortico(north, {
    GATEWAY_URL: "",
    GATEWAY_AUTH_TOKEN: "",
    ACCESS: "",
    PORT: String(port),
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    GATEWAY_ACCOUNTS_FILE: accounts.path,
    ACCESS_API_KEYS_FILE: keys.path,
  });
  const calls = async (name: string, trace = "upstream") => {
    const marker = [north, south].map(({ ledger }) => ledger.marker());
    await askAs(app.url, { ...bearer(keyOf(name)), "x-portico-trace": trace }, PERSON);
    return [north, south].map(
      ({ ledger }, index) =>
        ledger.entries({ since: marker[index] ?? 0 }).filter(({ operation }) => operation === "FindUser").length,
    );
  };
  expect(await calls("north")).toEqual([1, 0]);
  expect(await calls("north")).toEqual([0, 0]);
  expect(await calls("reader")).toEqual([1, 0]);
  expect(await calls("south")).toEqual([0, 1]);
  expect(await calls("reader", "uncached")).toEqual([0, 0]);
  expect(await calls("north", "uncached")).toEqual([1, 0]);
});

test("metrics show hits, misses and the size of the cache", async () => {
  const portico = await startPortico({}, { ADMIN_PORT: "0" });
  await portico.ask(PERSON);
  await portico.ask(PERSON);
  const lines = portico.logs.map((line) => JSON.parse(line) as { message: string; url?: string });
  const admin = lines.find(({ message }) => message === "admin server listening")?.url ?? "";
  const text = await (await fetch(`${admin}/metrics`)).text();
  for (const line of [
    'portico_cache_hits_total{account="default"} 2',
    'portico_cache_misses_total{account="default"} 2',
    'portico_cache_entries{account="default"} 2',
  ]) {
    expect(text).toContain(line);
  }
  expect(Number(/^portico_cache_bytes\{account="default"\} (\d+)$/m.exec(text)?.[1])).toBeGreaterThan(1_000);
});
