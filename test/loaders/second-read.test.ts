import { expect, test } from "vitest";
import type { FaultInput } from "../../src/sandbox/http/faults.ts";
import { DEVICE as RECORD, startOnScratch } from "../kit/gateway/scratch.ts";
import { startPortico, type TestApp } from "../kit/portico/app.ts";

const DEVICE = "SN7A2300583";
const OTHER = "SN7A2300584";
const USER = "1042";

/** Ways in which one operation fails for good; the others of the gateway go on. */
const UNREADABLE: readonly FaultInput[] = [
  { kind: "html", status: 200, times: null },
  { kind: "brokenJson", times: null },
  { kind: "5xx", status: 500, times: null },
  { kind: "resetBefore", times: null },
];

/** A query, the operation that fails, and what is answered in spite of it; `lost` are the paths of the errors. */
const CASES: readonly {
  readonly about: string;
  readonly query: string;
  readonly fails: readonly string[];
  readonly answer: object;
  readonly lost: readonly string[];
}[] = [
  {
    about: "a device beside its unreadable info",
    query: `{ device(serialNumber: "${DEVICE}") { serialNumber info { firmware } } }`,
    fails: ["GetDeviceInfo"],
    answer: { device: { serialNumber: DEVICE, info: null } },
    lost: ["device.info"],
  },
  {
    about: "the name of a device beside its unreadable info",
    query: `{ device(serialNumber: "${DEVICE}") { name status info { firmware } } }`,
    fails: ["GetDeviceInfo"],
    answer: { device: { name: expect.any(String) as string, status: "ONLINE", info: null } },
    lost: ["device.info"],
  },
  {
    about: "an unreadable info alone",
    query: `{ device(serialNumber: "${DEVICE}") { info { firmware } } }`,
    fails: ["GetDeviceInfo"],
    answer: { device: { info: null } },
    lost: ["device.info"],
  },
  {
    about: "a device whose record cannot be read, from the list",
    query: `{ device(serialNumber: "${DEVICE}") { name model timeZone } }`,
    fails: ["GetDeviceInfo"],
    answer: {
      device: { name: expect.any(String) as string, model: expect.any(String) as string, timeZone: "Asia/Kolkata" },
    },
    lost: [],
  },
  {
    about: "devices that cannot be listed, one by one",
    query: `{ a: device(serialNumber: "${DEVICE}") { name model } b: device(serialNumber: "${OTHER}") { name model } }`,
    fails: ["ListDevices"],
    answer: { a: { name: expect.any(String) as string }, b: { name: expect.any(String) as string } },
    lost: [],
  },
  {
    about: "a device beside its unreadable users",
    query: `{ device(serialNumber: "${DEVICE}") { users(first: 1) { totalCount } } }`,
    fails: ["ListUsers"],
    answer: { device: { users: null } },
    lost: ["device.users"],
  },
  {
    about: "a device by its global id",
    query: `{ node(id: "${Buffer.from(`Device:${DEVICE}`).toString("base64url")}") { ... on Device { name info { firmware } } } }`,
    fails: ["GetDeviceInfo"],
    answer: { node: { name: expect.any(String) as string, info: null } },
    lost: ["node.info"],
  },
  {
    about: "the doors of a device whose record cannot be read",
    query: `{ device(serialNumber: "${DEVICE}") { name doors { number name } } }`,
    fails: ["GetDeviceInfo"],
    answer: { device: { name: expect.any(String) as string, doors: [{ number: 1 }] } },
    lost: [],
  },
  {
    about: "a door whose state cannot be read",
    query: `{ node(id: "${Buffer.from(`Door:${DEVICE}/1`).toString("base64url")}") { ... on Door { number name state } } }`,
    fails: ["GetDoorStatus"],
    answer: { node: { number: 1, state: null } },
    lost: ["node.state"],
  },
  {
    about: "a user whose record cannot be read",
    query: `{ user(employeeCode: "${USER}") { employeeCode name devices { nodes { serialNumber } } } }`,
    fails: ["FindUser"],
    answer: {
      user: {
        employeeCode: USER,
        name: null,
        devices: { nodes: expect.arrayContaining([{ serialNumber: DEVICE }]) as object[] },
      },
    },
    lost: ["user.name"],
  },
  {
    about: "users whose records cannot be read, beside one that does not exist",
    query: `{ users(employeeCodes: ["${USER}"]) { employeeCode role } }`,
    fails: ["FindUser"],
    answer: { users: [{ employeeCode: USER, role: null }] },
    lost: ["users.0.role"],
  },
  {
    about: "a user by its global id",
    query: `{ node(id: "${Buffer.from(`User:${USER}`).toString("base64url")}") { ... on User { employeeCode devices { totalCount } } } }`,
    fails: ["FindUser"],
    answer: { node: { employeeCode: USER, devices: { totalCount: expect.any(Number) as number } } },
    lost: [],
  },
  {
    about: "a user whose devices cannot be read",
    query: `{ user(employeeCode: "${USER}") { name devices { totalCount } } }`,
    fails: ["ListUserDevices"],
    answer: { user: { name: expect.any(String) as string, devices: null } },
    lost: ["user.devices"],
  },
];

const failing = (portico: TestApp, operations: readonly string[], fault: FaultInput): void => {
  for (const operation of operations) portico.sandbox.faults.add({ ...fault, operation });
};

const check = async ({ query, fails, answer, lost }: (typeof CASES)[number], fault: FaultInput) => {
  const portico = await startPortico();
  failing(portico, fails, fault);
  const { data, errors = [] } = await portico.ask(query);
  expect(data).toMatchObject(answer);
  expect(errors.map(({ path = [] }) => path.join("."))).toEqual(lost);
};

test.each(CASES)("one failing read does not cost what another one proves: $about", (each) =>
  check(each, { kind: "html", status: 200, times: null }),
);

test.each(UNREADABLE)("an info that fails with %o does not cost the device", async (fault) => {
  for (const each of CASES.slice(0, 1)) await check(each, fault);
});

test("a punch by its global id is found by its time if the person's punches cannot be read", async () => {
  const portico = await startPortico();
  const { data } = await portico.ask<{ punches: { nodes: { id: string; localTime: string }[] } }, object>(
    `{ punches(from: "2026-06-20T00:00:00", to: "2026-06-21T00:00:00", first: 3) { nodes { id localTime } } }`,
  );
  expect(data.punches.nodes).toHaveLength(3);
  failing(portico, ["GetAttendanceByEmployee"], { kind: "html", status: 200, times: null });
  const found = await portico.ask("query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Punch { id localTime } } }", {
    ids: data.punches.nodes.map(({ id }) => id),
  });
  expect(found).toMatchObject({ data: { nodes: data.punches.nodes } });
  expect(found.errors).toBeUndefined();
});

test.each<readonly [string, readonly string[], string]>([
  [
    `{ found: device(serialNumber: "${DEVICE}") { name } }`,
    ["GetDeviceInfo", "ListDevices"],
    "UPSTREAM_INVALID_RESPONSE",
  ],
  [`{ found: user(employeeCode: "${USER}") { name } }`, ["FindUser", "ListUserDevices"], "UPSTREAM_INVALID_RESPONSE"],
  [
    `{ found: device(serialNumber: "SN00000000") { name info { firmware } } }`,
    ["GetDeviceInfo"],
    "UPSTREAM_INVALID_RESPONSE",
  ],
  [`{ found: user(employeeCode: "999999") { name } }`, ["FindUser"], "UPSTREAM_INVALID_RESPONSE"],
])("where no read proves it, the failure of the first is reported: %s", async (query, fails, expected) => {
  const portico = await startPortico();
  failing(portico, fails, { kind: "html", status: 200, times: null });
  const { data, errors = [] } = await portico.ask(query);
  expect(data).toEqual({ found: null });
  expect(errors.map(({ extensions }) => extensions["code"])).toEqual([expected]);
});

test.each<readonly [FaultInput, string]>([
  [{ kind: "unauthenticated", times: null }, "UPSTREAM_UNAUTHENTICATED"],
  [{ kind: "429", retryAfter: 3600, times: null }, "UPSTREAM_RATE_LIMITED"],
])("a failure of every operation is not answered with another call: %o", async (fault, expected) => {
  const portico = await startPortico();
  portico.upstream();
  failing(portico, ["GetDeviceInfo"], fault);
  const { data, errors } = await portico.ask(`{ device(serialNumber: "${DEVICE}") { name info { firmware } } }`);
  expect(data).toEqual({ device: null });
  expect(errors?.[0]?.extensions["code"]).toBe(expected);
  expect(portico.upstream()).not.toContain("ListDevices");
});

test("a device that does not exist is null, by one call", async () => {
  const portico = await startPortico();
  portico.upstream();
  const query = `{ device(serialNumber: "SN00000000") { name info { firmware } } }`;
  expect(await portico.ask(query)).toMatchObject({ data: { device: null } });
  expect(portico.upstream()).toEqual(["GetDeviceInfo"]);
});

test.each([
  [29, "API_RESPONSE_API_VERSION_MISMATCH"],
  [65, "API_RESPONSE_NOT_SUPPORTED_BY_DEVICE"],
])("a read that the gateway refuses with %i costs no object that another read proves", async (StatusCode, Status) => {
  const refusal = { http: 400, StatusCode, Status };
  const portico = await startOnScratch({
    GetDeviceInfo: refusal,
    FindUser: refusal,
    ListDevices: { Devices: [RECORD] },
    ListUserDevices: { Devices: [{ DeviceSN: "GATE-001" }] },
  });
  const { data, errors } = await portico.ask<object, object>(
    '{ device(serialNumber: "GATE-001") { name status } user(employeeCode: "0042") { devices { totalCount } } }',
  );
  expect(errors).toBeUndefined();
  expect(data).toEqual({ device: { name: "Gate", status: "ONLINE" }, user: { devices: { totalCount: 1 } } });
});

const ONLINE = { health: { status: "ONLINE" } };

test.each([
  ["in its own spelling", [{ DeviceSN: "gate-001", Status: "Online" }], ONLINE, []],
  ["without a row", [], { health: null }, ["UPSTREAM_INVALID_RESPONSE"]],
])("the health of one device, from a gateway that answers %s", async (_name, Health, device, expected) => {
  const portico = await startOnScratch({ GetDeviceInfo: { Device: RECORD }, CheckDeviceHealth: { Health } });
  const { data, errors = [] } = await portico.ask<object, { readonly extensions: { readonly code: string } }>(
    '{ device(serialNumber: "GATE-001") { name health { status } } }',
  );
  expect(data).toEqual({ device: { name: "Gate", ...device } });
  expect(errors.map(({ extensions: { code } }) => code)).toEqual(expected);
});

test("devices that the health of all devices leaves out are asked for one by one, if they are few", async () => {
  const portico = await startOnScratch({
    CheckDeviceHealth: (query) => {
      const serial = query.get("DeviceSN") ?? "";
      return { Health: [{ DeviceSN: serial === "ALL" ? "GATE-100" : serial, Status: "Online" }] };
    },
  });
  const ask = (count: number) => {
    portico.answers.ListDevices = {
      Devices: Array.from({ length: count }, (_, number) => ({ ...RECORD, DeviceSN: `GATE-${100 + number}` })),
    };
    return portico.ask<{ readonly devices: { readonly nodes: readonly object[] } }, { readonly extensions: object }>(
      "{ devices { nodes { health { status } } } }",
    );
  };
  const few = await ask(3);
  expect(few.errors).toBeUndefined();
  expect(few.data.devices.nodes).toEqual([ONLINE, ONLINE, ONLINE]);
  const calls = portico.calls.length;
  const { data, errors } = await ask(30);
  expect(data.devices.nodes.filter((node) => JSON.stringify(node) === JSON.stringify(ONLINE))).toHaveLength(1);
  expect(errors?.[0]).toMatchObject({ extensions: { code: "UPSTREAM_INVALID_RESPONSE" } });
  expect(portico.calls.length - calls).toBe(2);
});
