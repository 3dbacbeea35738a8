import { createDecipheriv, createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { EVENTS } from "../../src/contract/events.ts";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import { setOnline } from "../../src/sandbox/devices.ts";
import { callOver, commandOver, DOCK, GATE, SIDE, START, startFrozen } from "../kit/sandbox/caller.ts";
import { until } from "../kit/until.ts";
import { type Delivery, type Receiver, startReceiver } from "../kit/sandbox/receiver.ts";

const SECOND = 1000;

const startBoth = async (members: Readonly<Record<string, unknown>> = {}) => {
  const sandbox = await startFrozen();
  const receiver = await startReceiver();
  const register = (overrides: Readonly<Record<string, unknown>> = {}) =>
    callOver(sandbox)("RegisterCallback", { CallbackURL: receiver.url, ...members, ...overrides });
  expect(await register()).toMatchObject({ http: 200 });
  return { sandbox, receiver, register };
};

const received = (receiver: Receiver, count: number) => until(() => receiver.deliveries.length >= count);

const firstOf = ({ deliveries }: Receiver): Delivery => {
  const [first] = deliveries;
  if (first === undefined) throw new Error("Nothing was delivered.");
  return first;
};

const healthOf = async (sandbox: Sandbox, DeviceSN: string) => {
  const { body } = await callOver(sandbox)("CheckDeviceHealth", { DeviceSN });
  return (body["Health"] as readonly Readonly<Record<string, unknown>>[])[0];
};

/** Waits until the sandbox has processed the answer to the last attempt. */
const failures = (sandbox: Sandbox, DeviceSN: string, failed: number) =>
  until(() => sandbox.gateway.callbacks.health(DeviceSN).Today.Failed === failed);

test("a punch reaches its receiver in the form that the contract specifies", async () => {
  const { sandbox, receiver } = await startBoth();
  const [punch] = sandbox.punch({ DeviceSN: GATE, EmployeeCode: "1042", Type: "face", Direction: "CheckOut" });
  await received(receiver, 1);
  const [delivery] = receiver.deliveries;
  expect(delivery?.body).toEqual({
    Event: "attendance.new",
    EventID: expect.stringMatching(/^evt_/) as unknown,
    DeviceSN: GATE,
    DeviceLabel: "Main Gate",
    EmployeeCode: "1042",
    AttendanceLog: "2026-06-21 09:02:03",
    UtcOffset: "+05:30",
    Type: "face",
    Direction: "CheckOut",
    PunchID: punch?.PunchID,
    Temperature: null,
    FaceMask: null,
    HasPhoto: true,
    AuthToken: sandbox.token,
    Time: "2026-06-21 03:32:15 GMT +0000",
    Attempt: 1,
  });
  expect(delivery?.headers).toMatchObject({
    "content-type": "application/json",
    "x-gateway-event": "attendance.new",
    "x-gateway-delivery": delivery?.body?.["EventID"],
  });
  expect(delivery?.headers).not.toHaveProperty("x-gateway-signature");
  expect(EVENTS["attendance.new"].codec.read(delivery?.body)).toMatchObject({ EmployeeCode: "1042" });
});

test("SigningSecret signs the raw body, CallbackToken replaces the token", async () => {
  const { sandbox, receiver } = await startBoth({
    SigningSecret: "a secret of the test",
    CallbackToken: "token-of-the-test",
  });
  sandbox.punch({ DeviceSN: GATE, EmployeeCode: "1042" });
  await received(receiver, 1);
  const { raw, headers, body } = firstOf(receiver);
  const signature = createHmac("sha256", "a secret of the test").update(raw).digest("hex");
  expect(headers["x-gateway-signature"]).toBe(`sha256=${signature}`);
  expect(body?.["AuthToken"]).toBe("token-of-the-test");
});

test("SecurityKey makes the body Base64 of AES-256-ECB, signed as it is sent", async () => {
  const SecurityKey = "0123456789abcdef0123456789abcdef";
  const SigningSecret = "a secret of the test";
  const { sandbox, receiver, register } = await startBoth({ SecurityKey, SigningSecret });
  expect((await register()).body["Callback"]).toMatchObject({ Encryption: "AES-256-ECB" });
  sandbox.punch({ DeviceSN: GATE, EmployeeCode: "1042" });
  await received(receiver, 1);
  const { raw, headers } = firstOf(receiver);
  expect(headers["content-type"]).toBe("text/plain");
  expect(raw).toMatch(/^[A-Za-z0-9+/]+={0,2}$/);
  const decipher = createDecipheriv("aes-256-ecb", SecurityKey, null);
  const plain = decipher.update(raw, "base64", "utf8") + decipher.final("utf8");
  expect(JSON.parse(plain)).toMatchObject({ Event: "attendance.new", EmployeeCode: "1042" });
  expect(headers["x-gateway-signature"]).toBe(
    `sha256=${createHmac("sha256", SigningSecret).update(raw).digest("hex")}`,
  );
});

test("the query of the callback URL is preserved", async () => {
  const sandbox = await startFrozen();
  const receiver = await startReceiver();
  await callOver(sandbox)("RegisterCallback", { CallbackURL: `${receiver.url}?stgid=${GATE}&x=%20y` });
  sandbox.punch({ DeviceSN: GATE, EmployeeCode: "1042" });
  await received(receiver, 1);
  expect(receiver.deliveries[0]?.url).toBe(`/hook?stgid=${GATE}&x=%20y`);
});

test.each([
  ["a status other than 200", 500],
  ["a 204", 204],
  ["a redirect", 302],
  ["another body", { http: 200, body: '{"status":"ok"}' }],
  ["a body that is not JSON", { http: 200, body: "done" }],
  ["a status 201 with the right body", { http: 201, body: '{"status":"done"}' }],
  ["a connection that breaks", "close"],
] as const)("%s is not an acknowledgement: the event is sent again", async (_name, reply) => {
  const { sandbox, receiver } = await startBoth({ Events: ["attendance.new"] });
  receiver.reply = reply;
  sandbox.punch({ DeviceSN: GATE, EmployeeCode: "1042" });
  await failures(sandbox, GATE, 1);
  receiver.reply = "done";
  sandbox.clock.advance(1200);
  await received(receiver, 2);
  const [first, second] = receiver.deliveries;
  const Time = expect.stringMatching(/^2026-06-21 03:32:1[56] GMT \+0000$/) as unknown;
  expect(second?.body).toEqual({ ...first?.body, Attempt: 2, Time });
});

test("retries follow after 1, 2, 4, 8, 16 and then every 30 s, with a jitter of 20 %", async () => {
  const { sandbox, receiver } = await startBoth({ Events: ["attendance.new"] });
  receiver.reply = 503;
  sandbox.punch({ DeviceSN: GATE, EmployeeCode: "1042" });
  for (const [index, seconds] of [1, 2, 4, 8, 16, 30, 30].entries()) {
    await failures(sandbox, GATE, index + 1);
    sandbox.clock.advance(seconds * 0.8 * SECOND - 1);
    expect(receiver.deliveries).toHaveLength(index + 1);
    sandbox.clock.advance(seconds * 0.4 * SECOND + 1);
    await received(receiver, index + 2);
  }
  expect(receiver.deliveries.map(({ body }) => body?.["Attempt"])).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

test("a receiver has 10 s to answer", async () => {
  const { sandbox, receiver } = await startBoth({ Events: ["attendance.new"] });
  receiver.reply = "hang";
  sandbox.punch({ DeviceSN: GATE, EmployeeCode: "1042" });
  await received(receiver, 1);
  sandbox.clock.advance(9_999);
  expect(await healthOf(sandbox, GATE)).toMatchObject({ QueueStatus: "Processing", LastResponse: null });
  sandbox.clock.advance(1);
  await failures(sandbox, GATE, 1);
  expect(await healthOf(sandbox, GATE)).toMatchObject({ QueueStatus: "Stuck", LastResponse: { HttpStatus: null } });
});

test("an unacknowledged event blocks only its own device", async () => {
  const { sandbox, receiver } = await startBoth({ Events: ["attendance.new"] });
  receiver.reply = ({ body }) => (body?.["DeviceSN"] === GATE ? 500 : "done");
  for (const EmployeeCode of ["1", "2", "3"]) sandbox.punch({ DeviceSN: GATE, EmployeeCode });
  await failures(sandbox, GATE, 1);
  for (const EmployeeCode of ["4", "5"]) sandbox.punch({ DeviceSN: SIDE, EmployeeCode });
  await until(() => sandbox.gateway.callbacks.health(SIDE).Today.Pushed === 2);
  expect(await healthOf(sandbox, GATE)).toMatchObject({
    QueueStatus: "Stuck",
    Status: "Degraded",
    CallbackURL: receiver.url,
    LastRequest: "2026-06-21 03:32:15 GMT +0000",
    NextRetryTime: expect.stringMatching(/^2026-06-21 03:32:1[56] GMT \+0000$/) as unknown,
    LastResponse: { HttpStatus: 500, Body: "no", Time: "2026-06-21 03:32:15 GMT +0000" },
    Today: { Received: 4, Queued: 3, Pushed: 0, Failed: 1 },
  });
  expect(await healthOf(sandbox, SIDE)).toMatchObject({ QueueStatus: "Idle", Status: "Online", NextRetryTime: null });
  receiver.reply = "done";
  sandbox.clock.advance(1200);
  await until(() => sandbox.gateway.callbacks.health(GATE).Today.Pushed >= 3);
  const codes = receiver.deliveries
    .filter(({ body }) => body?.["DeviceSN"] === GATE)
    .map(({ body }) => body?.["EmployeeCode"]);
  expect(codes).toEqual(["1", "1", "2", "3"]);
  expect(await healthOf(sandbox, GATE)).toMatchObject({ QueueStatus: "Idle", Status: "Online" });
});

test("the event about a stuck queue waits behind the stuck event and is sent only once", async () => {
  const { sandbox, receiver } = await startBoth();
  const attemptedIds = new Set<unknown>();
  receiver.reply = ({ body }) => {
    const isAgain = attemptedIds.has(body?.["EventID"]);
    attemptedIds.add(body?.["EventID"]);
    return isAgain ? "done" : 500;
  };
  sandbox.punch({ DeviceSN: GATE, EmployeeCode: "1042" });
  for (let failed = 1; failed <= 3; failed++) {
    await failures(sandbox, GATE, failed);
    sandbox.clock.advance(1200);
  }
  await until(() => sandbox.gateway.callbacks.health(GATE).Today.Pushed === 3);
  expect(sandbox.gateway.callbacks.health(GATE)).toMatchObject({ QueueStatus: "Idle", Today: { Queued: 0 } });
  const last = receiver.deliveries.filter(({ body }) => body?.["Attempt"] === 2).map(({ body }) => body);
  expect(last).toMatchObject([
    { Event: "attendance.new" },
    {
      Event: "device.status",
      Reason: "QueueStuck",
      Status: "Degraded",
      PreviousStatus: "Online",
      QueueStatus: "Stuck",
    },
    { Event: "device.status", Reason: "QueueStuck", Status: "Online", PreviousStatus: "Degraded" },
  ]);
});

test("ResetDeviceQueue retries blocked deliveries immediately and drops none", async () => {
  const { sandbox, receiver } = await startBoth({ Events: ["attendance.new"] });
  receiver.reply = 500;
  sandbox.punch({ DeviceSN: GATE, EmployeeCode: "1" }, { DeviceSN: GATE, EmployeeCode: "2" });
  await failures(sandbox, GATE, 1);
  receiver.reply = "done";
  const { body } = await callOver(sandbox)("ResetDeviceQueue", { DeviceSN: GATE, Scope: "All" });
  expect(body).toMatchObject({ ClearedCommands: 0, RestartedCallbacks: 2 });
  await received(receiver, 3);
  expect(receiver.deliveries.map((each) => each.body?.["EmployeeCode"])).toEqual(["1", "1", "2"]);
});

test("registering a URL again keeps its ID, its creation time and its queued events, and applies the new settings", async () => {
  const { sandbox, receiver, register } = await startBoth();
  const first = (await register()).body["Callback"] as Readonly<Record<string, unknown>>;
  receiver.reply = 500;
  sandbox.punch({ DeviceSN: GATE, EmployeeCode: "1042" });
  await failures(sandbox, GATE, 1);
  sandbox.clock.advance(100);
  const again = await register({ Events: ["device.status"], DeviceSN: [SIDE], CallbackToken: "a-newer-token-of-it" });
  expect(again.body["Callback"]).toEqual({ ...first, Events: ["device.status"], DeviceSN: [SIDE] });
  receiver.reply = "done";
  sandbox.clock.advance(1200);
  await received(receiver, 2);
  expect(receiver.deliveries[1]?.body).toMatchObject({ Event: "attendance.new", AuthToken: "a-newer-token-of-it" });
});

test("Active false ends a registration and drops its queued events", async () => {
  const { sandbox, receiver, register } = await startBoth();
  receiver.reply = 500;
  sandbox.punch({ DeviceSN: GATE, EmployeeCode: "1" });
  await failures(sandbox, GATE, 1);
  expect((await register({ Active: false })).body["Callback"]).toMatchObject({ Active: false });
  expect(sandbox.gateway.callbacks.health(GATE)).toMatchObject({ QueueStatus: "Idle", CallbackURL: null });
  receiver.reply = "done";
  sandbox.punch({ DeviceSN: GATE, EmployeeCode: "2" });
  sandbox.clock.advance(60 * SECOND);
  await register();
  sandbox.punch({ DeviceSN: GATE, EmployeeCode: "3" });
  await received(receiver, 2);
  expect(receiver.deliveries.map(({ body }) => body?.["EmployeeCode"])).toEqual(["1", "3"]);
});

test.each(["http://", "https://:80/x", "http://a b/"])("%s is not a usable callback URL", async (CallbackURL) => {
  const sandbox = await startFrozen();
  expect(await callOver(sandbox)("RegisterCallback", { CallbackURL })).toMatchObject({
    http: 400,
    body: { StatusCode: 74, Field: "CallbackURL" },
  });
});

test("a receiver gets the events and devices it registered for; a device token gets only its own device", async () => {
  const { sandbox, receiver } = await startBoth({ DeviceSN: [SIDE], Events: ["attendance.new"] });
  const own = await startReceiver();
  const token = sandbox.deviceTokens.get(GATE);
  const { body } = await callOver(sandbox)("RegisterCallback", { CallbackURL: own.url }, token);
  expect(body["Callback"]).toMatchObject({ DeviceSN: [GATE] });
  for (const DeviceSN of [GATE, SIDE]) sandbox.punch({ DeviceSN, EmployeeCode: "1042" });
  setOnline(sandbox.gateway, SIDE, false);
  setOnline(sandbox.gateway, GATE, false);
  await received(own, 2);
  await received(receiver, 1);
  expect(own.deliveries.map((each) => [each.body?.["DeviceSN"], each.body?.["Event"]])).toEqual([
    [GATE, "attendance.new"],
    [GATE, "device.status"],
  ]);
  expect(own.deliveries[0]?.body?.["AuthToken"]).toBe(token);
  expect(receiver.deliveries.map((each) => [each.body?.["DeviceSN"], each.body?.["Event"]])).toEqual([
    [SIDE, "attendance.new"],
  ]);
});

test("the punches of an offline terminal arrive late, in one burst and in order", async () => {
  const { sandbox, receiver } = await startBoth({ Events: ["attendance.new", "device.status"] });
  const before = sandbox.gateway.world.punches.length;
  setOnline(sandbox.gateway, SIDE, false);
  for (const EmployeeCode of ["1", "2", "3"]) {
    sandbox.punch({ DeviceSN: SIDE, EmployeeCode });
    sandbox.clock.advance(60 * SECOND);
  }
  expect(sandbox.gateway.world.punches).toHaveLength(before);
  setOnline(sandbox.gateway, SIDE, true);
  await received(receiver, 5);
  expect(receiver.deliveries.map(({ body }) => body)).toMatchObject([
    { Event: "device.status", Status: "Offline", PreviousStatus: "Online", Reason: "Disconnected", QueueDepth: 0 },
    { Event: "device.status", Status: "Online", PreviousStatus: "Offline", Reason: "Connected" },
    { EmployeeCode: "1", AttendanceLog: "2026-06-21 09:02:15" },
    { EmployeeCode: "2", AttendanceLog: "2026-06-21 09:03:15" },
    { EmployeeCode: "3", AttendanceLog: "2026-06-21 09:04:15" },
  ]);
  expect(sandbox.gateway.world.punches.slice(before).map(({ received: at }) => at)).toEqual(
    Array.from({ length: 3 }, () => START + 180 * SECOND),
  );
});

test("a user command that ends is reported once per device: the user and each credential", async () => {
  const { sandbox, receiver } = await startBoth({ Events: ["enrollment.update"] });
  const { body } = await commandOver(sandbox)("AddUser", {
    OperationID: "add-user-once",
    DeviceSN: [GATE, SIDE],
    EmployeeCode: "9001",
    FirstName: "Ines",
    Templates: [
      { Type: "Card", Data: "0012345679" },
      { Type: "Password", Data: "4711" },
      { Type: "Face", Data: "Rk1SACAyMAAAAAAkAAA=" },
    ],
  });
  await received(receiver, 8);
  const reported = (DeviceSN: string) =>
    receiver.deliveries.map((each) => each.body).filter((each) => each?.["DeviceSN"] === DeviceSN);
  const common = { EmployeeCode: "9001", Source: "Command", OperationID: "add-user-once" };
  const completed = { ...common, EnrollmentStatus: "Completed", CommandID: body.Results[0].CommandID };
  expect(reported(GATE)).toMatchObject([
    { ...completed, Action: "UserAdded", CredentialType: null, Index: null, Size: null, FailureReason: null },
    { ...completed, Action: "CredentialAdded", CredentialType: "Card", Index: 0, Size: 10 },
    { ...completed, Action: "CredentialAdded", CredentialType: "Password", Index: 0, Size: null },
    { ...completed, Action: "CredentialAdded", CredentialType: "Face", Index: 0, Size: 14 },
  ]);
  const failed = { ...common, EnrollmentStatus: "Failed", FailureReason: body.Results[1]?.Message };
  expect(reported(SIDE)).toMatchObject([
    { ...failed, Action: "UserAdded" },
    { ...failed, CredentialType: "Card" },
    { ...failed, CredentialType: "Password" },
    { ...failed, CredentialType: "Face" },
  ]);
  expect(receiver.deliveries.some(({ raw }) => raw.includes("4711") || raw.includes("Rk1S"))).toBe(false);
});

test("expired and cancelled enrollments are reported as failed, a deletion as completed", async () => {
  const { sandbox, receiver } = await startBoth({ Events: ["enrollment.update"] });
  const call = callOver(sandbox);
  await call("EnrollCard", { DeviceSN: DOCK, EmployeeCode: "1042", CardNumber: "1", ExpirySeconds: 5 });
  sandbox.clock.advance(5000);
  await call("SetUserPassword", { DeviceSN: DOCK, EmployeeCode: "1042", Password: "4711" });
  await call("ResetDeviceQueue", { DeviceSN: DOCK });
  await commandOver(sandbox)("DeleteUser", { DeviceSN: GATE, EmployeeCode: "1042" });
  await received(receiver, 3);
  const reported = receiver.deliveries.map(({ body }) => body);
  expect(reported.filter((body) => body?.["DeviceSN"] === DOCK)).toMatchObject([
    { Action: "CredentialAdded", CredentialType: "Card", EnrollmentStatus: "Failed" },
    { Action: "CredentialAdded", CredentialType: "Password", EnrollmentStatus: "Failed" },
  ]);
  expect(reported.filter((body) => body?.["DeviceSN"] === GATE)).toMatchObject([
    { Action: "UserDeleted", EnrollmentStatus: "Completed", FailureReason: null },
  ]);
});

test("a punch from a wrong clock is stored and marked as suspect", async () => {
  const { sandbox } = await startBoth();
  const [early, late, fine] = sandbox.punch(
    { DeviceSN: SIDE, EmployeeCode: "1042", AttendanceLog: "2026-06-21 11:30:00" },
    { DeviceSN: SIDE, EmployeeCode: "1042", AttendanceLog: "2026-01-01 09:00:00" },
    { DeviceSN: SIDE, EmployeeCode: "1042", at: START - 3600 * SECOND },
  );
  expect([early?.ClockSuspect, late?.ClockSuspect, fine?.ClockSuspect]).toEqual([true, true, false]);
  expect(fine?.AttendanceLog).toBe("2026-06-21 08:02:15");
});
