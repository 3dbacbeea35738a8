import { expect, test } from "vitest";
import { OPERATION_NAMES, type OperationName } from "../../src/contract/operations.ts";
import { commandHandlers } from "../../src/sandbox/commands/index.ts";
import { createReadHandlers } from "../../src/sandbox/reads/index.ts";
import { askGateway as ask, GATE, SIDE } from "../../src/conformance/target.ts";
import { type Body, control, NOW, read, start } from "../kit/sandbox/reader.ts";
import { missing } from "../kit/missing.ts";

type Members = Readonly<Record<string, unknown>>;

test("every operation of the contract is simulated", () => {
  const simulated = Object.keys({ ...createReadHandlers(), ...commandHandlers });
  expect([
    ...missing(
      OPERATION_NAMES,
      simulated,
      (name) => `${name} is not simulated: add its handler to src/sandbox/reads/ or src/sandbox/commands/`,
    ),
    ...missing(
      simulated,
      OPERATION_NAMES,
      (name) =>
        `${name} is not in the contract: add it to src/contract/operations.ts or remove its handler from src/sandbox/`,
    ),
  ]).toEqual([]);
});

const FORM = "application/x-www-form-urlencoded";

const formOf = (members: Members): string => {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(members)) {
    for (const each of Array.isArray(value) ? (value as unknown[]) : [value]) {
      form.append(name, each === null ? "" : typeof each === "string" ? each : JSON.stringify(each));
    }
  }
  return form.toString();
};

const FORM_AND_JSON: readonly (readonly [OperationName, Members])[] = [
  [
    "AddUser",
    {
      DeviceSN: [GATE, SIDE],
      EmployeeCode: "0042",
      FirstName: "Ann & Bo",
      ValidTo: null,
      Privileges: ["RemoteCapture", "Visitors"],
      AccessScheduleID: 2,
      Templates: [{ Type: "Card", Data: "0012345678", Index: 0 }],
      Photo: { Data: "/9j/4AAQSkZJRgABAQAAAQABAAD/2Q==" },
    },
  ],
  ["UpdateUser", { DeviceSN: "ALL", EmployeeCode: "1042", Enabled: false, AccessScheduleID: null }],
  ["EnrollFingerprint", { DeviceSN: SIDE, EmployeeCode: "1042", Index: 3, Capture: true }],
  ["EnrollFace", { DeviceSN: GATE, EmployeeCode: "1042", Template: { Type: "Face", Data: "Rk1S" } }],
  ["EnrollFace", { DeviceSN: GATE, EmployeeCode: "1042", Template: "Rk1S" }],
  [
    "SetAccessSchedule",
    {
      DeviceSN: GATE,
      ScheduleID: 1,
      Days: [{ Day: "Monday", Windows: [{ Start: "09:00", End: "18:00" }] }],
      DoorNos: [1],
      EmployeeCodes: null,
    },
  ],
];

for (const [name, members] of FORM_AND_JSON) {
  test(`${name} reads a form of ${Object.keys(members).join(", ")} as it reads JSON`, async () => {
    const sandbox = await start();
    const asJson = await ask(sandbox, name, { ...members, Wait: 0 });
    const asForm = await ask(sandbox, name, {}, { contentType: FORM, body: formOf({ ...members, Wait: "0" }) });
    expect(asJson.http, asJson.text).toBe(409);
    expect(asForm.http, asForm.text).toBe(409);
    const [first, second] = sandbox.ledger.entries().map(({ input }) => input);
    expect(second).toEqual(first);
  });
}

test("an empty form field is null and is refused where null is", async () => {
  const sandbox = await start();
  const options = {
    contentType: FORM,
    body: formOf({ DeviceSN: GATE, EmployeeCode: "1042", LastName: null, Wait: "0" }),
  };
  expect(await read(sandbox, "UpdateUser", {}, options)).toMatchObject({ StatusCode: 1, Field: "LastName" });
});

test.each([
  [{ DeviceSN: [GATE, GATE] }, { StatusCode: 1, Field: "DeviceSN", Message: "No item may occur twice." }],
  [
    { DeviceSN: GATE, DeviceTime: "2026-02-30 08:00:00" },
    { StatusCode: 1, Field: "DeviceTime", Message: "There is no such day." },
  ],
])("%j is refused with a whole sentence", async (members, refusal) => {
  expect(await read(await start(), "SyncDeviceTime", members)).toMatchObject(refusal);
});

test("a token is accepted in the header, the query, the body or several of them", async () => {
  const sandbox = await start();
  const { token } = sandbox;
  const status = async (members: Members, options: object) => (await ask(sandbox, "OpenDoor", members, options)).http;
  const door = { DeviceSN: GATE, Wait: 0 };
  expect(await status(door, {})).toBe(409);
  expect(await status(door, { token: null, query: { AuthToken: token } })).toBe(409);
  expect(await status({ ...door, AuthToken: token }, { token: null })).toBe(409);
  expect(await status({ ...door, AuthToken: token }, { query: { AuthToken: token } })).toBe(409);
  const deviceToken = sandbox.deviceTokens.get(GATE) ?? "";
  expect(await read(sandbox, "OpenDoor", { ...door, AuthToken: deviceToken })).toMatchObject({ StatusCode: 1 });
  expect(await status(door, { token: deviceToken })).toBe(409);
});

test("a request is checked in order: body, operation, method, token, rate, members, device", async () => {
  const sandbox = await start({ rate: { perSecond: 0.001, burst: 3 } });
  const code = async (members: Members, options: object) =>
    (await read(sandbox, "OpenDoor", members, options)).StatusCode;
  const wrong = { DeviceSN: "SN00000000", DoorNo: 0 };
  expect(await code(wrong, { operation: "OpenSesame", token: null, body: "{" })).toBe(19);
  expect(await code(wrong, { operation: "OpenSesame", token: null, method: "GET" })).toBe(6);
  expect(await code(wrong, { token: null, method: "GET" })).toBe(8);
  expect(await code(wrong, { token: null })).toBe(7);
  expect(await code(wrong, {})).toBe(14);
  expect(await code({ ...wrong, DoorNo: 1 }, {})).toBe(2);
  expect(await code({ DeviceSN: GATE, DoorNo: 2 }, {})).toBe(14);
  expect(await code(wrong, {})).toBe(62);
});

test("the token bucket holds the burst, refills over time and is reported in every reply", async () => {
  let now = NOW;
  const sandbox = await start({ rate: { perSecond: 2, burst: 3, now: () => now } });
  const answers = [];
  for (let count = 0; count < 4; count++) answers.push(await ask(sandbox, "ListDevices", {}));
  expect(answers.map(({ http }) => http)).toEqual([200, 200, 200, 429]);
  expect(answers.map(({ headers }) => headers.get("x-ratelimit-remaining"))).toEqual(["2", "1", "0", "0"]);
  expect(answers.map(({ headers }) => headers.get("x-ratelimit-limit"))).toEqual(["3", "3", "3", "3"]);
  expect(answers[3]?.headers.get("x-ratelimit-reset")).toBe(String(NOW / 1000 + 2));
  expect(answers[3]?.headers.get("retry-after")).toBe("1");
  expect((await ask(sandbox, "ListDevices", {}, { token: sandbox.deviceTokens.get(GATE) ?? "" })).http).toBe(200);
  // A clock that is set back takes nothing away.
  for (const ms of [500, -3_600_000, 500]) {
    now += ms;
    expect((await ask(sandbox, "ListDevices", {})).http).toBe(ms > 0 ? 200 : 429);
  }
  expect((await ask(sandbox, "ListDevices", {})).http).toBe(429);
});

test("an operation is found under any base path", async () => {
  const sandbox = await start();
  for (const operation of ["ListDevices", "v3/ListDevices", "gateway/v3/ListDevices/"]) {
    expect((await ask(sandbox, "ListDevices", {}, { operation })).http).toBe(200);
  }
});

test("the ledger contains every request in order, without secrets", async () => {
  const sandbox = await start();
  await ask(sandbox, "ListDevices", {}, { token: null });
  const marker = sandbox.ledger.marker();
  const secret = "4711";
  await ask(sandbox, "SetUserPassword", { DeviceSN: GATE, EmployeeCode: "1042", Password: secret, Wait: 0 });
  await ask(sandbox, "GetDeviceInfo", { DeviceSN: GATE }, { token: sandbox.deviceTokens.get(GATE) ?? "" });
  await ask(sandbox, "SetUserPassword", { DeviceSN: GATE, EmployeeCode: "1042", Password: ["x", secret] });
  const { entries } = await control(sandbox, "GET", `ledger?since=${marker}`);
  expect(entries).toMatchObject([
    { seq: 2, operation: "SetUserPassword", method: "POST", scope: "account", http: 409, code: 61, performed: true },
    { seq: 3, operation: "GetDeviceInfo", scope: `device ${GATE}`, input: { DeviceSN: GATE }, at: NOW, fault: null },
    { seq: 4, http: 400, code: 1, performed: false },
  ]);
  const all = JSON.stringify(await control(sandbox, "GET", "ledger"));
  for (const hidden of [secret, sandbox.token, ...sandbox.deviceTokens.values()]) expect(all).not.toContain(hidden);
  const { entries: few } = await control(sandbox, "GET", "ledger?operation=ListDevices");
  expect(few).toMatchObject([{ seq: 1, scope: null, http: 401, code: 7 }]);
});

test("the clock can be frozen, advanced and accelerated over HTTP", async () => {
  const sandbox = await start();
  expect(await control(sandbox, "POST", "clock", { advance: 90_000 })).toMatchObject({
    iso: "2026-06-21T04:01:30.000Z",
    frozen: true,
  });
  expect(await control(sandbox, "POST", "clock", { freeze: "2026-07-01T00:00:00Z" })).toMatchObject({
    now: Date.parse("2026-07-01T00:00:00Z"),
  });
  expect(await control(sandbox, "POST", "clock", { speed: 1000 })).toMatchObject({ frozen: false, speed: 1000 });
  await expect.poll(() => sandbox.clock.now(), { interval: 2 }).toBeGreaterThan(Date.parse("2026-07-01T00:00:05Z"));
  expect(await control(sandbox, "POST", "clock", { advance: -1 })).toHaveProperty("error");
});

test("a punch created over HTTP is readable immediately; one on an offline device when it is back", async () => {
  const sandbox = await start();
  const options = { DeviceSN: GATE, EmployeeCode: "1042", Direction: "CheckOut" };
  const { punches } = await control(sandbox, "POST", "punches", [options, { ...options, EmployeeCode: "0007" }]);
  expect(punches).toMatchObject([{ AttendanceLog: "2026-06-21 09:29:48" }, { EmployeeCode: "0007" }]);
  const today = async () => (await read(sandbox, "GetTodayAttendance", { DeviceSN: GATE })).ActualRowCount;
  const before = await today();
  await control(sandbox, "POST", `devices/${GATE}`, { online: false });
  sandbox.clock.advance(60_000);
  await control(sandbox, "POST", "punches", options);
  expect(await today()).toBe(before);
  const { Device } = await read(sandbox, "GetDeviceInfo", { DeviceSN: GATE });
  expect(Device).toMatchObject({ Status: "Offline", Counters: { NewLogs: 1 } });
  await control(sandbox, "POST", `devices/${GATE}`, { online: true });
  expect(await today()).toBe(before + 1);
});

test("the state can be saved and restored, also in another sandbox", async () => {
  const sandbox = await start();
  sandbox.punch({ DeviceSN: GATE, EmployeeCode: "1042", Direction: "CheckOut" });
  sandbox.changeDevice(SIDE, { DeviceLabel: "Back gate", denied: ["loadLogNotAllowed"] });
  sandbox.clock.advance(60_000);
  const state = await control(sandbox, "GET", "state");
  const other = await start({ seed: 4, punches: 10_000 });
  expect(await control(other, "PUT", "state", state)).toEqual({ restored: true });
  expect(await control(other, "GET", "state")).toEqual(state);
  const label = (await read(other, "GetDeviceInfo", { DeviceSN: SIDE }))["Device"] as Body;
  expect(label["DeviceLabel"]).toBe("Back gate");
  const range = { DeviceSN: SIDE, FromDate: "2026-06-01", ToDate: "2026-06-21" };
  expect(await read(other, "GetAttendanceByDevice", range)).toMatchObject({ StatusCode: 38 });
  expect(await control(other, "PUT", "state", { world: {} })).toHaveProperty("error");
});

test("the same seed creates the same world, another seed a different one", async () => {
  const [first, second, other] = [await start(), await start(), await start({ seed: 7 })];
  expect(second.state()).toEqual(first.state());
  expect(second.token).toBe(first.token);
  expect(other.state().world.punches).not.toEqual(first.state().world.punches);
  expect(other.token).not.toBe(first.token);
  const ids = [first, second].map((sandbox) => sandbox.gateway.newId("cmd"));
  expect(ids[0]).toBe(ids[1]);
});
