import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { DEVICE as GATE, pageOf, PUNCH, startOnScratch } from "../kit/gateway/scratch.ts";
import { startPortico, tally, type TestApp } from "../kit/portico/app.ts";
import { altered, exampleOf } from "../kit/events/deliver.ts";
import { startProxy } from "../kit/events/proxy.ts";
import { openHoldingGateway } from "../kit/gateway/holding.ts";
import { openRewritingGateway } from "../kit/gateway/rewrite.ts";
import { freePort } from "../kit/ports.ts";
import { withSandbox } from "../kit/sandbox/with-sandbox.ts";
import { withRedis } from "../kit/with-redis.ts";

const DEVICE = "SN7A2300583";
const SECRET = "c".repeat(40);
const STATUS = `{ device(serialNumber: "${DEVICE}") { status lastSeenAt } }`;

const nameOn = async (app: Pick<TestApp, "ask">): Promise<string> =>
  (await app.ask<{ user: { name: string } }, object>(`{ user(employeeCode: "1042") { name } }`)).data.user.name;

const rename = (app: TestApp, name: string) =>
  app.ask<{ updateUser: { commands: readonly { status: string }[]; userErrors: readonly object[] } }, object>(
    `mutation { updateUser(input: { employeeCode: "1042", lastName: "${name}", serialNumbers: ["${DEVICE}"] }) {
      userErrors { message } commands { status } } }`,
  );

/** Settings with which the cache is on, while no event arrives: the gateway delivers to a port that nobody listens on. */
const deaf = async () => ({ PUBLIC_URL: `http://127.0.0.1:${await freePort()}`, CALLBACK_SECRET: SECRET });

test("a read that was sent before a write, and is answered after it, is not what later reads are answered from", async () => {
  const sandbox = await withSandbox({ acknowledgeMs: 10, live: false });
  const gateway = await openHoldingGateway(sandbox);
  const portico = await startPortico({ ...sandbox, url: gateway.url }, await deaf());
  const held = gateway.holdAnswer("FindUser");
  const early = nameOn(portico);
  await held.executed;
  expect((await rename(portico, "Later")).data.updateUser.userErrors).toEqual([]);
  held.release();
  expect(await early).not.toContain("Later");
  expect(await nameOn(portico)).toContain("Later");
});

test("a read that was sent before an event, and is answered after it, is not what later reads are answered from", async () => {
  const sandbox = await withSandbox({ acknowledgeMs: 10, live: false });
  const gateway = await openHoldingGateway(sandbox);
  const port = await freePort();
  const env = { PORT: String(port), PUBLIC_URL: `http://127.0.0.1:${port}`, CALLBACK_SECRET: SECRET };
  const portico = await startPortico({ ...sandbox, url: gateway.url }, env);
  const held = gateway.holdAnswer("GetDeviceInfo");
  const early = portico.ask<{ device: { status: string } }, object>(STATUS);
  await held.executed;
  sandbox.changeDevice(DEVICE, { online: false });
  await expect.poll(() => portico.log.length(), { timeout: 10_000 }).toBe(1);
  held.release();
  expect((await early).data.device.status).toBe("ONLINE");
  expect((await portico.ask<{ device: { status: string } }, object>(STATUS)).data.device.status).toBe("OFFLINE");
});

test("nothing that a write of unknown outcome is about is kept, because the write may still arrive at the gateway", async () => {
  const sandbox = await withSandbox({ acknowledgeMs: 10, live: false });
  const gateway = await openHoldingGateway(sandbox);
  const portico = await startPortico({ ...sandbox, url: gateway.url }, await deaf());
  const execute = gateway.delayRequest("UpdateUser");
  const { commands, userErrors } = (await rename(portico, "Late")).data.updateUser;
  expect({ commands, userErrors }).toEqual({ commands: [{ status: "UNKNOWN" }], userErrors: [] });
  expect(await nameOn(portico)).not.toContain("Late");
  await execute();
  await expect.poll(() => nameOn(portico), { timeout: 5_000 }).toContain("Late");
});

test("a schedule that is assigned to a person is the one that the next read returns", async () => {
  const portico = await startPortico({}, await deaf());
  const scheduleOf = async () => {
    const query = `{ user(employeeCode: "1042") { accessScheduleId } }`;
    return (await portico.ask<{ user: { accessScheduleId: number } }, object>(query)).data.user.accessScheduleId;
  };
  const before = await scheduleOf();
  const answer = await portico.ask(
    `mutation { setAccessSchedule(input: { serialNumbers: ["${DEVICE}"], scheduleId: ${before === 7 ? 8 : 7},
      employeeCodes: ["1042"], days: [{ day: MONDAY, windows: [{ start: "09:00", end: "18:00" }] }] }) {
      userErrors { message } commands { status } } }`,
  );
  expect(answer.data).toMatchObject({ setAccessSchedule: { userErrors: [], commands: [{ status: "SUCCEEDED" }] } });
  expect(await scheduleOf()).not.toBe(before);
});

test("once an event is acknowledged, no read of the instance that acknowledged it is older, however slow the log is", async () => {
  const redis = await withRedis();
  const proxy = await startProxy(redis.port);
  const sandbox = await withSandbox({ live: false });
  const portico = await startPortico(sandbox, {
    REDIS_URL: `redis://127.0.0.1:${proxy.port}`,
    ...(await deaf()),
  });
  await portico.ask(STATUS);
  portico.upstream();
  await portico.ask(STATUS);
  expect(portico.upstream()).toEqual([]);
  proxy.latency(100);
  const { status } = await fetch(`${portico.url}/callbacks/${SECRET}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(altered(exampleOf("DeviceStatusEvent"), { AuthToken: sandbox.token })),
  });
  expect(status).toBe(200);
  await portico.ask(STATUS);
  expect(portico.upstream()).not.toEqual([]);
  proxy.latency(0);
  await proxy.stop();
});

test("a page of devices shows no health from before a command of another instance, nor does one that bypasses the cache", async () => {
  const redis = await withRedis();
  const sandbox = await withSandbox({ acknowledgeMs: 10, live: false, devices: 60 });
  const env = { REDIS_URL: redis.url, ...(await deaf()) };
  const [one, two] = [await startPortico(sandbox, env), await startPortico(sandbox, env)];
  const page = (after: string | null, headers = {}) =>
    fetch(`${two.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify({
        query: `query ($after: String) { devices(first: 20, after: $after) {
          pageInfo { endCursor } nodes { health { queueDepth } } } }`,
        variables: { after },
      }),
    }).then((response) => response.json() as Promise<{ data: { devices: { pageInfo: { endCursor: string } } } }>);
  const healthReads = () => tally(two.upstream())["CheckDeviceHealth"] ?? 0;
  const { endCursor } = (await page(null)).data.devices.pageInfo;
  expect(healthReads()).toBe(1);
  await page(endCursor);
  expect(healthReads(), "a page that follows").toBe(0);
  await page(endCursor, { "x-portico-trace": "uncached" });
  expect(healthReads(), "a page that bypasses the cache").toBe(1);
  await one.ask(`mutation { syncDeviceTime(input: { serialNumbers: ["${DEVICE}"] }) { userErrors { message } } }`);
  await page(endCursor);
  expect(healthReads(), "a page after a command of another instance").toBe(1);
});

test("a command that a device has yet to carry out has dropped what it is about when its caller is answered", async () => {
  const portico = await startPortico();
  portico.sandbox.changeDevice(DEVICE, { online: false });
  await expect.poll(() => portico.log.length(), { timeout: 10_000 }).toBe(1);
  await nameOn(portico);
  const { commands, userErrors } = (await rename(portico, "Queued")).data.updateUser;
  expect({ commands, userErrors }).toEqual({ commands: [{ status: "QUEUED" }], userErrors: [] });
  portico.upstream();
  await nameOn(portico);
  expect(tally(portico.upstream())["FindUser"]).toBe(1);
});

test("a command that has ended is noticed once, so that a list of old commands does not empty the cache", async () => {
  const sandbox = await withSandbox({ acknowledgeMs: 10, live: false });
  const [one, two] = [await startPortico(sandbox, await deaf()), await startPortico(sandbox, await deaf())];
  const { data } = await one.ask<{ updateUser: { commands: readonly { id: string }[] } }, object>(
    `mutation { updateUser(input: { employeeCode: "1042", lastName: "Once", serialNumbers: ["${DEVICE}"] }) {
      commands { id } } }`,
  );
  const id = data.updateUser.commands[0]?.id;
  const command = () => two.ask(`query ($id: ID!) { command(id: $id) { status } }`, { id });
  await nameOn(two);
  for (const [count, change] of [
    [1, "the first time"],
    [0, "the second time"],
  ] as const) {
    two.upstream();
    expect((await command()).data).toEqual({ command: { status: "SUCCEEDED" } });
    await nameOn(two);
    expect(tally(two.upstream()), change).toEqual({ GetCommandStatus: 1, ...(count === 0 ? {} : { FindUser: 1 }) });
  }
});

test("an answer with a row that cannot be read is not kept", async () => {
  const sandbox = await withSandbox({ live: false });
  let isBroken = true;
  const url = await openRewritingGateway(sandbox, {
    member: (name, value) => (isBroken && name === "DeviceSN" && value === DEVICE ? {} : value),
  });
  const portico = await startPortico({ ...sandbox, url }, await deaf());
  const count = async () =>
    (await portico.ask<{ devices: { nodes: readonly object[] } }, object>(`{ devices(first: 50) { nodes { name } } }`))
      .data.devices.nodes.length;
  const broken = await count();
  isBroken = false;
  expect(await count()).toBe(broken + 1);
});

for (const { title, query, operation, answer, bad, good } of [
  {
    title: "a record",
    query: `{ user(employeeCode: "0042") { validTo } }`,
    operation: "FindUser",
    answer: (ValidTo: string) => ({ User: { EmployeeCode: "0042", FirstName: "A", ValidTo } }),
    bad: "soon",
    good: "2030-01-01 00:00:00",
  },
  {
    title: "a row",
    query: `{ devices { nodes { lastSeenAt } } }`,
    operation: "ListDevices",
    answer: (LastSeen: string) => pageOf("Devices", [GATE, { ...GATE, DeviceSN: "GATE-002", LastSeen }]),
    bad: "recently",
    good: "2026-11-20 10:00:00 GMT +0000",
  },
  {
    title: "a list within a row",
    query: `{ user(employeeCode: "0042") { credentials { index } } }`,
    operation: "FindUser",
    answer: (Index: string) => ({
      User: { EmployeeCode: "0042", FirstName: "A", Credentials: [{ Type: "Card", Index }] },
    }),
    bad: "first",
    good: "1",
  },
  {
    title: "a row that is decoded on demand",
    query: `{ punches(from: "2020-11-20T00:00:00", to: "2020-11-20T23:00:00") { nodes { receivedAt } } }`,
    operation: "GetAttendanceByDate",
    answer: (ReceivedTime: string) =>
      pageOf("AttendanceLogs", [{ ...PUNCH, AttendanceLog: "2020-11-20 09:00:00", ReceivedTime }]),
    bad: "later",
    good: "2020-11-20 03:30:05 GMT +0000",
  },
] as const) {
  test(`an answer with a member that cannot be read, of ${title}, is not kept`, async () => {
    const portico = await startOnScratch({ [operation]: answer(bad) }, await deaf());
    expect((await portico.ask(query)).errors).toMatchObject([{ extensions: { code: "UPSTREAM_INVALID_RESPONSE" } }]);
    portico.answers[operation] = answer(good);
    for (let count = 1; count <= 2; count += 1) expect((await portico.ask(query)).errors).toBeUndefined();
    expect(portico.calls.filter((name) => name === operation)).toHaveLength(2);
  });
}

test("a device that the cache remembers as offline is not offline when the gateway has said since that it is online", async () => {
  const online = { ...GATE, DoorCount: 1 };
  const portico = await startOnScratch(
    {
      ListDevices: pageOf("Devices", [{ ...online, Status: "Offline" }]),
      GetDeviceInfo: { Device: online },
      CheckDeviceHealth: { Health: [{ DeviceSN: "GATE-001", Status: "Online" }] },
      OpenDoor: { Results: [{ DeviceSN: "GATE-001", CommandID: "cmd_1", CommandStatus: "Done", StatusCode: 0 }] },
    },
    await deaf(),
  );
  const list = () => portico.ask("{ devices { nodes { status } } }");
  const open = async () => {
    const { data } = await portico.ask<object, object>(`mutation { openDoor(input: { serialNumber: "GATE-001",
      options: { waitSeconds: 0 } }) { command { status } userErrors { code } } }`);
    return data;
  };
  await list();
  expect(await open()).toEqual({ openDoor: { command: null, userErrors: [{ code: "DEVICE_OFFLINE" }] } });
  await portico.ask(`{ device(serialNumber: "GATE-001") { health { status } } }`);
  await list();
  expect(portico.calls.filter((name) => name === "ListDevices")).toHaveLength(1);
  expect(await open()).toEqual({ openDoor: { command: { status: "SUCCEEDED" }, userErrors: [] } });
});

/** Answers are not kept, and no event arrives. */
const OFF = { GATEWAY_CACHE_MB: "0" };

/** The name, unless the read waits for one that is held. */
const nameAtOnce = (app: TestApp) => Promise.race([nameOn(app), delay(1_000, "It waits for the earlier read.")]);

test("without the cache, too, a read joins no read that was sent before a command was seen to have ended", async () => {
  const sandbox = await withSandbox({ acknowledgeMs: 10, live: false });
  const gateway = await openHoldingGateway(sandbox);
  const portico = await startPortico({ ...sandbox, url: gateway.url }, OFF);
  sandbox.changeDevice(DEVICE, { online: false });
  const { data } = await portico.ask<{ updateUser: { commands: readonly object[] } }, object>(
    `mutation { updateUser(input: { employeeCode: "1042", lastName: "Later", serialNumbers: ["${DEVICE}"],
      options: { waitSeconds: 0 } }) { commands { id status } } }`,
  );
  const [command] = data.updateUser.commands;
  expect(command).toMatchObject({ status: "QUEUED" });
  const held = gateway.holdAnswer("FindUser");
  const early = nameOn(portico);
  await held.executed;
  sandbox.changeDevice(DEVICE, { online: true });
  const status = () => portico.ask(`query ($id: ID!) { command(id: $id) { status } }`, { ...command });
  await expect.poll(async () => (await status()).data).toEqual({ command: { status: "SUCCEEDED" } });
  expect(await nameAtOnce(portico)).toContain("Later");
  held.release();
  await early;
});

test("without the cache, too, a read joins no read that was sent before a command of another instance", async () => {
  const redis = await withRedis();
  const sandbox = await withSandbox({ acknowledgeMs: 10, live: false });
  const gateway = await openHoldingGateway(sandbox);
  const env = { ...OFF, REDIS_URL: redis.url };
  const [one, two] = [await startPortico(sandbox, env), await startPortico({ ...sandbox, url: gateway.url }, env)];
  const held = gateway.holdAnswer("FindUser");
  const early = nameOn(two);
  await held.executed;
  expect((await rename(one, "Later")).data.updateUser.commands).toEqual([{ status: "SUCCEEDED" }]);
  await expect.poll(() => nameAtOnce(two), { timeout: 4_000 }).toContain("Later");
  held.release();
  expect(await early).not.toContain("Later");
});

test("a request that bypasses the cache joins no read that another request has sent", async () => {
  const sandbox = await withSandbox({ live: false });
  const gateway = await openHoldingGateway(sandbox);
  const portico = await startPortico({ ...sandbox, url: gateway.url }, await deaf());
  const held = gateway.holdAnswer("FindUser");
  const early = nameOn(portico);
  await held.executed;
  const response = await fetch(`${portico.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-portico-trace": "uncached" },
    body: JSON.stringify({ query: `{ user(employeeCode: "1042") { name } }` }),
    signal: AbortSignal.timeout(2_000),
  });
  expect(await response.json()).toMatchObject({
    data: { user: { name: expect.any(String) } },
    extensions: { upstream: [{ operation: "FindUser" }] },
  });
  held.release();
  await early;
});

const WHO = `{ user(employeeCode: "1042") { name } }`;
const WHERE = `{ device(serialNumber: "${DEVICE}") { name } }`;

for (const { title, body, rereads } of [
  {
    title: "a change of a person",
    body: { ...exampleOf("EnrollmentUpdateEvent"), EmployeeCode: ["1042", "1043"] },
    rereads: { FindUser: 1, GetDeviceInfo: 1 },
  },
  {
    title: "a kind that cannot be read",
    body: { ...exampleOf("EnrollmentUpdateEvent"), Event: ["enrollment.update"], EmployeeCode: [], Action: null },
    rereads: { FindUser: 1, GetDeviceInfo: 1 },
  },
  {
    title: "a punch",
    body: { ...exampleOf("AttendanceNewEvent"), AttendanceLog: "0000-00-00 00:00:00" },
    rereads: { GetDeviceInfo: 1 },
  },
]) {
  test(`an event that cannot be read, ${title}, drops what it may be about on all instances before it is acknowledged`, async () => {
    const redis = await withRedis();
    const sandbox = await withSandbox({ live: false });
    const env = { REDIS_URL: redis.url, ...(await deaf()) };
    const instances = [await startPortico(sandbox, env), await startPortico(sandbox, env)];
    const read = async (app: TestApp) => {
      app.upstream();
      await app.ask(WHO);
      await app.ask(WHERE);
      return tally(app.upstream());
    };
    for (const app of instances) await read(app);
    for (const app of instances) expect(await read(app)).toEqual({});
    const response = await fetch(`${instances[0]?.url}/callbacks/${SECRET}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ ...body, AuthToken: sandbox.token }),
    });
    expect(response.status).toBe(200);
    expect(await instances[0]?.log.quarantined(1)).toHaveLength(1);
    for (const app of instances) expect(await read(app)).toEqual(rereads);
  });
}

test.each(["AB-42", "ab-42", " AB-42  ", "Ab-42\u0000"])(
  "an event of %j drops what is kept of the person",
  async (code) => {
    const person = (FirstName: string) => ({ User: { EmployeeCode: "AB-42", FirstName } });
    const { PUBLIC_URL } = await deaf();
    const portico = await startOnScratch({ FindUser: person("Old") }, { PUBLIC_URL });
    const read = async () => (await portico.ask(`{ user(employeeCode: "AB-42") { name } }`)).data;
    expect(await read()).toEqual({ user: { name: "Old" } });
    portico.answers.FindUser = person("New");
    expect(await read()).toEqual({ user: { name: "Old" } });
    const { Event: _name, EventID: _id, AuthToken: _token, ...change } = exampleOf("EnrollmentUpdateEvent");
    await portico.deliver({ ...change, EmployeeCode: code });
    expect(await read()).toEqual({ user: { name: "New" } });
  },
);
