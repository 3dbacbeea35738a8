import { expect, test } from "vitest";
import { setOnline } from "../../src/sandbox/devices.ts";
import { BERLIN, callOver, commandOver, DOCK, doorOf, GATE, SIDE, startFrozen } from "../kit/sandbox/caller.ts";
import { until } from "../kit/until.ts";

const SECOND = 1000;
const DAY = 86_400 * SECOND;

test("a command that the device acknowledges within Wait answers 200 with the outcome", async () => {
  const sandbox = await startFrozen();
  const { http, body } = await commandOver(sandbox)("OpenDoor", { DeviceSN: GATE, DurationSeconds: 7 });
  expect(http).toBe(200);
  expect(body).toMatchObject({ Status: "done", StatusCode: 0, Message: null, CommandID: body.Results[0].CommandID });
  expect(body.Results).toMatchObject([
    { CommandStatus: "Done", StatusCode: 0, QueuePosition: null, Result: { DoorNo: 1, DurationSeconds: 7 } },
  ]);
  expect(body).not.toHaveProperty("MigrationID");
});

test("a command that the device has not acknowledged yet answers 409 with 61", async () => {
  const sandbox = await startFrozen();
  const { http, body } = await callOver(sandbox)("OpenDoor", { DeviceSN: GATE, Wait: 0 });
  expect(http).toBe(409);
  expect(body).toMatchObject({ Status: "API_RESPONSE_COMMAND_QUEUED", StatusCode: 61 });
  expect(body.Results).toMatchObject([{ CommandStatus: "Sent", StatusCode: 61, QueuePosition: null }]);
});

test("a command for an offline device answers 409 with 60 immediately, regardless of Wait", async () => {
  const sandbox = await startFrozen();
  const { http, body } = await callOver(sandbox)("OpenDoor", { DeviceSN: DOCK, Wait: 25 });
  expect(http).toBe(409);
  expect(body).toMatchObject({ StatusCode: 60, Message: "Device is offline; the command is queued." });
  expect(body.Results).toMatchObject([{ CommandStatus: "Queued", StatusCode: 60, QueuePosition: 1 }]);
});

test("a command waits exactly as long as Wait says", async () => {
  const sandbox = await startFrozen();
  sandbox.changeDevice(GATE, { acknowledgeMs: 60_000 });
  let isAnswered = false;
  const answered = callOver(sandbox)("OpenDoor", { DeviceSN: GATE, Wait: 3 }).then((answer) => {
    isAnswered = true;
    return answer;
  });
  await until(() => sandbox.gateway.world.devices.get(GATE)?.queue.length === 1);
  sandbox.clock.advance(2900);
  await callOver(sandbox)("PingConnection", { DeviceSN: GATE });
  expect(isAnswered).toBe(false);
  sandbox.clock.advance(100);
  expect(await answered).toMatchObject({ http: 409, body: { StatusCode: 61 } });
});

test("a mixed outcome lists every target in request order; an offline target determines the status", async () => {
  const sandbox = await startFrozen();
  const members = { DeviceSN: [DOCK, SIDE, GATE], EmployeeCode: "1042", Photo: { Data: "/9j/4AAQ" } };
  const { http, body } = await commandOver(sandbox)("EnrollFace", members);
  expect(http).toBe(409);
  expect(body.StatusCode).toBe(60);
  expect(body).not.toHaveProperty("CommandID");
  expect(body.Results).toMatchObject([
    { DeviceSN: DOCK, CommandStatus: "Queued", StatusCode: 60 },
    { DeviceSN: SIDE, CommandStatus: "Failed", StatusCode: 65 },
    { DeviceSN: GATE, CommandStatus: "Done", StatusCode: 0 },
  ]);
});

test("when all targets are final, the first one that is not done determines the status of the 200", async () => {
  const sandbox = await startFrozen();
  const members = { DeviceSN: [GATE, SIDE], EmployeeCode: "1042", Photo: { Data: "/9j/4AAQ" } };
  const { http, body } = await commandOver(sandbox)("EnrollFace", members);
  expect(http).toBe(200);
  expect(body).toMatchObject({ Status: "API_RESPONSE_NOT_SUPPORTED_BY_DEVICE", StatusCode: 65 });
  expect(body.Results[1]?.Message).toMatch(/face/i);
});

test.each(["EnrollFace", "UpdateUser", "AddUser"] as const)("%s refuses a photo that is not a JPEG", async (name) => {
  const sandbox = await startFrozen();
  const members = { DeviceSN: [GATE], EmployeeCode: "9042", FirstName: "A", Photo: { Data: "iVBORw0KGgo=" } };
  const { http, body } = await callOver(sandbox)(name, members);
  expect([http, body]).toMatchObject([400, { StatusCode: 15, Field: "Photo" }]);
});

test("a device executes its commands first in, first out, one at a time", async () => {
  const sandbox = await startFrozen();
  const call = callOver(sandbox);
  const ids: string[] = [];
  for (const name of ["OpenDoor", "LockDoor", "SyncDeviceTime"] as const) {
    ids.push((await call(name, { DeviceSN: GATE, Wait: 0 })).body.CommandID);
  }
  const states = () => ids.map((id) => sandbox.gateway.world.commands.get(id)?.CommandStatus);
  expect(states()).toEqual(["Sent", "Queued", "Queued"]);
  expect((await call("GetCommandStatus", { CommandID: ids[2] })).body.Command).toMatchObject({ QueuePosition: 2 });
  sandbox.clock.advance(2000);
  expect(states()).toEqual(["Done", "Sent", "Queued"]);
  sandbox.clock.advance(2000);
  expect(states()).toEqual(["Done", "Done", "Sent"]);
  sandbox.clock.advance(2000);
  expect(states()).toEqual(["Done", "Done", "Done"]);
});

test("a door command for an offline device expires after 30 s, and the door does not open", async () => {
  const sandbox = await startFrozen();
  const call = callOver(sandbox);
  const { CommandID } = (await call("OpenDoor", { DeviceSN: DOCK })).body;
  const before = { ...doorOf(sandbox, DOCK) };
  const logged = sandbox.gateway.world.accessEvents.length;
  sandbox.clock.advance(29_999);
  expect((await call("GetCommandStatus", { CommandID })).body.Command).toMatchObject({ StatusCode: 60 });
  sandbox.clock.advance(1);
  setOnline(sandbox.gateway, DOCK, true);
  sandbox.clock.advance(600 * SECOND);
  expect((await call("GetCommandStatus", { CommandID })).body.Command).toMatchObject({
    CommandStatus: "Expired",
    StatusCode: 70,
    SentTime: null,
    Attempts: 0,
  });
  expect(doorOf(sandbox, DOCK)).toEqual(before);
  expect(sandbox.gateway.world.accessEvents).toHaveLength(logged);
});

test("a door command behind a slow one expires too", async () => {
  const sandbox = await startFrozen();
  const call = callOver(sandbox);
  sandbox.changeDevice(GATE, { acknowledgeMs: 45_000 });
  await call("SyncDeviceTime", { DeviceSN: GATE, Wait: 0 });
  const { CommandID } = (await call("OpenDoor", { DeviceSN: GATE, Wait: 0 })).body;
  sandbox.clock.advance(100 * SECOND);
  expect((await call("GetCommandStatus", { CommandID })).body.Command).toMatchObject({ StatusCode: 70 });
  expect(doorOf(sandbox, GATE).LockState).toBe("Locked");
});

test("a sent door command is not sent again after a disconnect", async () => {
  const sandbox = await startFrozen();
  const call = callOver(sandbox);
  const { CommandID } = (await call("OpenDoor", { DeviceSN: GATE, ExpirySeconds: 3600, Wait: 0 })).body;
  sandbox.clock.advance(1000);
  setOnline(sandbox.gateway, GATE, false);
  setOnline(sandbox.gateway, GATE, true);
  sandbox.clock.advance(60 * SECOND);
  expect((await call("GetCommandStatus", { CommandID })).body.Command).toMatchObject({
    CommandStatus: "Failed",
    StatusCode: 73,
    Attempts: 1,
  });
  const opened = sandbox.gateway.world.accessEvents.filter((event) => event.CommandID === CommandID);
  expect(opened).toEqual([]);
});

test("another command returns to the queue on disconnect and is sent again", async () => {
  const sandbox = await startFrozen();
  const call = callOver(sandbox);
  const waiting = call("SyncDeviceTime", { DeviceSN: GATE });
  await until(() => sandbox.gateway.world.devices.get(GATE)?.queue.length === 1);
  setOnline(sandbox.gateway, GATE, false);
  const { http, body } = await waiting;
  expect([http, body.StatusCode]).toEqual([409, 60]);
  setOnline(sandbox.gateway, GATE, true);
  sandbox.clock.advance(2000);
  expect((await call("GetCommandStatus", { CommandID: body.CommandID })).body.Command).toMatchObject({
    CommandStatus: "Done",
    Attempts: 2,
    Result: { DriftSeconds: -12, DeviceTime: "2026-06-21 09:02:17" },
  });
});

test("a command fails after five attempts", async () => {
  const sandbox = await startFrozen();
  const call = callOver(sandbox);
  const { CommandID } = (await call("SyncDeviceTime", { DeviceSN: GATE, Wait: 0 })).body;
  for (let attempt = 0; attempt < 5; attempt++) {
    setOnline(sandbox.gateway, GATE, false);
    setOnline(sandbox.gateway, GATE, true);
  }
  expect((await call("GetCommandStatus", { CommandID })).body.Command).toMatchObject({ StatusCode: 73, Attempts: 5 });
});

test("a command that returns to the queue after its expiry expires", async () => {
  const sandbox = await startFrozen();
  sandbox.changeDevice(GATE, { acknowledgeMs: 60_000 });
  const members = { DeviceSN: GATE, ExpirySeconds: 5, Wait: 0 };
  const { CommandID } = (await callOver(sandbox)("SyncDeviceTime", members)).body;
  sandbox.clock.advance(10_000);
  expect(sandbox.gateway.world.commands.get(CommandID)?.CommandStatus).toBe("Sent");
  setOnline(sandbox.gateway, GATE, false);
  expect(sandbox.gateway.world.commands.get(CommandID)?.CommandStatus).toBe("Expired");
});

test("a reboot is sent once and is done when the device reconnects", async () => {
  const sandbox = await startFrozen();
  const answered = commandOver(sandbox)("RebootDevice", { DeviceSN: GATE, Wait: 25 }, 3000);
  await until(() => sandbox.gateway.world.devices.get(GATE)?.online === false);
  sandbox.clock.advance(30 * SECOND);
  expect(await answered).toMatchObject({ http: 200, body: { StatusCode: 0 } });
  expect(sandbox.gateway.world.devices.get(GATE)?.online).toBe(true);
});

test("a reboot that exceeds Wait answers 409, and a device that is disconnected in the meantime stays offline", async () => {
  const sandbox = await startFrozen();
  const { http, body } = await commandOver(sandbox)("RebootDevice", { DeviceSN: GATE, Wait: 5 }, 6000);
  expect([http, body.StatusCode]).toEqual([409, 60]);
  setOnline(sandbox.gateway, GATE, false);
  sandbox.clock.advance(600 * SECOND);
  expect(sandbox.gateway.world.commands.get(body.CommandID)?.CommandStatus).toBe("Sent");
  setOnline(sandbox.gateway, GATE, true);
  expect(sandbox.gateway.world.commands.get(body.CommandID)).toMatchObject({ CommandStatus: "Done", Attempts: 1 });
});

test("the same request again gets the stored answer and queues nothing", async () => {
  const sandbox = await startFrozen();
  const call = callOver(sandbox);
  const members = { OperationID: "once-only-1", DeviceSN: DOCK };
  const first = await call("OpenDoor", members);
  sandbox.clock.advance(60 * SECOND);
  const again = await call("OpenDoor", { ...members, AuthToken: sandbox.token, Time: "2026-06-21 03:32:15 GMT +0000" });
  expect(again).toEqual(first);
  expect(sandbox.gateway.world.devices.get(DOCK)?.queue).toEqual([]);
});

test("the same OperationID with another request is refused with 63", async () => {
  const sandbox = await startFrozen();
  const call = callOver(sandbox);
  const OperationID = "once-only-2";
  await call("OpenDoor", { OperationID, DeviceSN: DOCK });
  for (const [name, members] of [
    ["OpenDoor", { DeviceSN: DOCK, DoorNo: 1 }],
    ["LockDoor", { DeviceSN: DOCK }],
    ["ResetDeviceQueue", { DeviceSN: DOCK }],
    ["RegisterCallback", { CallbackURL: "http://127.0.0.1:9/x" }],
  ] as const) {
    expect(await call(name, { OperationID, ...members })).toMatchObject({ http: 400, body: { StatusCode: 63 } });
  }
});

test("two concurrent requests with one OperationID open the door once and get the same answer", async () => {
  const sandbox = await startFrozen();
  const call = callOver(sandbox);
  const members = { OperationID: "once-only-3", DeviceSN: GATE };
  const both = [call("OpenDoor", members), call("OpenDoor", members)];
  await until(() => sandbox.ledger.entries({ operation: "OpenDoor" }).filter((each) => each.performed).length === 2);
  sandbox.clock.advance(2000);
  const [first, second] = await Promise.all(both);
  expect(first).toMatchObject({ http: 200, body: { StatusCode: 0 } });
  expect(second).toEqual(first);
  const opened = sandbox.gateway.world.accessEvents.filter(({ CommandID }) => CommandID === first?.body.CommandID);
  expect(opened.map(({ EventType }) => EventType)).toEqual(["RemoteOpen"]);
});

test("a refused request does not use up its OperationID", async () => {
  const sandbox = await startFrozen();
  const call = callOver(sandbox);
  const OperationID = "once-only-4";
  expect((await call("OpenDoor", { OperationID, DeviceSN: GATE, DoorNo: 9 })).body.StatusCode).toBe(14);
  expect((await call("OpenDoor", { OperationID, DeviceSN: GATE, Wait: 0 })).body.StatusCode).toBe(61);
});

test("after 24 h an OperationID can be used again and refers to its newest request", async () => {
  const sandbox = await startFrozen();
  const call = callOver(sandbox);
  const OperationID = "once-only-5";
  await call("OpenDoor", { OperationID, DeviceSN: GATE, Wait: 0 });
  sandbox.clock.advance(DAY);
  const { body } = await call("LockDoor", { OperationID, DeviceSN: GATE, Wait: 0 });
  expect((await call("GetCommandStatus", { OperationID })).body.Commands).toMatchObject([
    { CommandID: body.CommandID, Operation: "LockDoor", OperationID },
  ]);
});

test("nothing is queued if one device is unknown or not paired with the token", async () => {
  const sandbox = await startFrozen();
  const call = callOver(sandbox);
  const before = sandbox.gateway.world.commands.size;
  expect(await call("RebootDevice", { DeviceSN: [GATE, "SN0000000000"] })).toMatchObject({
    http: 404,
    body: { StatusCode: 2 },
  });
  const own = sandbox.deviceTokens.get(GATE);
  expect(await call("RebootDevice", { DeviceSN: [GATE, SIDE] }, own)).toMatchObject({
    http: 401,
    body: { StatusCode: 7 },
  });
  expect(sandbox.gateway.world.commands.size).toBe(before);
});

test("a device without a license, or without commands in its plan, makes the gateway refuse the whole request", async () => {
  const sandbox = await startFrozen();
  const call = callOver(sandbox);
  expect(await call("RebootDevice", { DeviceSN: [GATE, "SN7D0900041"] })).toMatchObject({
    http: 403,
    body: { StatusCode: 5 },
  });
  sandbox.changeDevice(SIDE, { denied: ["operationNotAllowed"] });
  expect(await call("RebootDevice", { DeviceSN: [GATE, SIDE] })).toMatchObject({ http: 403, body: { StatusCode: 35 } });
  expect(sandbox.gateway.world.devices.get(GATE)?.queue).toEqual([]);
});

test("ALL in SyncDeviceTime means every device that accepts commands; for a device token only its own device", async () => {
  const sandbox = await startFrozen();
  const { body } = await callOver(sandbox)("SyncDeviceTime", { DeviceSN: "ALL", Wait: 0 });
  const serials = body.Results.map(({ DeviceSN }) => DeviceSN);
  expect(serials).toHaveLength(9);
  expect(serials).not.toContain("SN7D0900041");
  const own = sandbox.deviceTokens.get(GATE);
  const alone = await callOver(sandbox)("SyncDeviceTime", { DeviceSN: "ALL", Wait: 0 }, own);
  expect(alone.body.Results.map(({ DeviceSN }) => DeviceSN)).toEqual([GATE]);
});

test("a card is queued behind the user that is being added, and both are stored", async () => {
  const sandbox = await startFrozen();
  const call = callOver(sandbox);
  const EmployeeCode = "9001";
  await call("AddUser", { DeviceSN: DOCK, EmployeeCode, FirstName: "Ines", Wait: 0 });
  const card = await call("EnrollCard", { DeviceSN: DOCK, EmployeeCode, CardNumber: "0012345679", Wait: 0 });
  expect(card).toMatchObject({ http: 409, body: { StatusCode: 60, Results: [{ QueuePosition: 2 }] } });
  expect((await call("FindUser", { EmployeeCode })).body["User"]).toMatchObject({ FirstName: "Ines", Credentials: [] });
  expect((await call("ListUserDevices", { EmployeeCode })).body["Devices"]).toMatchObject([
    { DeviceSN: DOCK, SyncStatus: "Pending", LastSyncTime: null },
  ]);
  setOnline(sandbox.gateway, DOCK, true);
  sandbox.clock.advance(4000);
  expect((await call("FindUser", { EmployeeCode, DeviceSN: DOCK })).body["User"]).toMatchObject({
    Credentials: [{ Type: "Card", Index: 0 }],
  });
  expect((await call("ListUserDevices", { EmployeeCode })).body["Devices"]).toMatchObject([
    { SyncStatus: "Synced", PendingCommandID: null },
  ]);
});

test("a user whose only AddUser fails is deleted", async () => {
  const sandbox = await startFrozen();
  const members = { DeviceSN: GATE, EmployeeCode: "abc.1", FirstName: "Ines" };
  expect((await commandOver(sandbox)("AddUser", members)).body).toMatchObject({ StatusCode: 65 });
  expect(await callOver(sandbox)("FindUser", { EmployeeCode: "abc.1" })).toMatchObject({ http: 404 });
});

test("a full terminal refuses a user with 66", async () => {
  const sandbox = await startFrozen();
  const canteen = sandbox.gateway.world.devices.get("SN7E0500077");
  const members = { DeviceSN: "SN7E0500077", FirstName: "Guest", Wait: 0 };
  for (let number = canteen?.users.size ?? 0; number < 41; number++) {
    await callOver(sandbox)("AddUser", { ...members, EmployeeCode: String(9000 + number) });
  }
  sandbox.clock.advance(300 * SECOND);
  expect(canteen?.users.size).toBe(40);
  expect([...sandbox.gateway.world.commands.values()].at(-1)).toMatchObject({ StatusCode: 66 });
});

test("DeleteUser ALL reaches every device that has the user; the last deletion removes the user", async () => {
  const sandbox = await startFrozen();
  const call = callOver(sandbox);
  setOnline(sandbox.gateway, SIDE, false);
  const { http, body } = await commandOver(sandbox)("DeleteUser", { DeviceSN: "ALL", EmployeeCode: "1042" });
  expect([http, body.StatusCode]).toEqual([409, 60]);
  expect(body.Results.map(({ DeviceSN, CommandStatus }) => [DeviceSN, CommandStatus])).toEqual([
    [GATE, "Done"],
    [SIDE, "Queued"],
    ["SN7E0500077", "Done"],
  ]);
  expect((await call("ListUserDevices", { EmployeeCode: "1042" })).body["Devices"]).toMatchObject([
    { DeviceSN: SIDE, SyncStatus: "Pending", PendingCommandID: body.Results[1]?.CommandID },
  ]);
  expect((await call("FindUser", { EmployeeCode: "1042" })).http).toBe(200);
  setOnline(sandbox.gateway, SIDE, true);
  sandbox.clock.advance(2000);
  expect((await call("FindUser", { EmployeeCode: "1042" })).body.StatusCode).toBe(10);
});

test("deleting an absent user succeeds", async () => {
  const sandbox = await startFrozen();
  const { http, body } = await commandOver(sandbox)("DeleteUser", { DeviceSN: BERLIN, EmployeeCode: "1042" });
  expect([http, body.StatusCode]).toEqual([200, 0]);
  expect((await callOver(sandbox)("FindUser", { EmployeeCode: "1042" })).http).toBe(200);
});

test("the gateway refuses unknown employees with 404; the device refuses those known from punches only", async () => {
  const sandbox = await startFrozen();
  const call = callOver(sandbox);
  const card = { DeviceSN: GATE, CardNumber: "1" };
  expect(await call("EnrollCard", { ...card, EmployeeCode: "98765" })).toMatchObject({
    http: 404,
    body: { StatusCode: 10 },
  });
  expect(await call("UpdateUser", { DeviceSN: "ALL", EmployeeCode: "0007", FirstName: "X" })).toMatchObject({
    http: 404,
  });
  const unrecorded = await commandOver(sandbox)("EnrollCard", { ...card, EmployeeCode: "0007" });
  expect(unrecorded).toMatchObject({ http: 200, body: { StatusCode: 72 } });
  expect((await commandOver(sandbox)("ResendUser", { DeviceSN: GATE, EmployeeCode: "0007" })).body.StatusCode).toBe(72);
});

test("the gateway's record changes when the first device is done; a device without the user fails", async () => {
  const sandbox = await startFrozen();
  const call = callOver(sandbox);
  const members = { DeviceSN: [GATE, BERLIN], EmployeeCode: "1042", LastName: "Nair", ValidTo: null };
  const answered = commandOver(sandbox)("UpdateUser", members, 1999);
  await until(() => sandbox.gateway.world.devices.get(BERLIN)?.queue.length === 1);
  expect((await call("FindUser", { EmployeeCode: "1042" })).body["User"]).toMatchObject({ LastName: "N" });
  sandbox.clock.advance(1);
  const { body } = await answered;
  expect(body.Results).toMatchObject([{ StatusCode: 0 }, { StatusCode: 72 }]);
  expect((await call("FindUser", { EmployeeCode: "1042" })).body["User"]).toMatchObject({
    FirstName: "Asha",
    LastName: "Nair",
    ValidTo: null,
  });
});

test("a capture needs a terminal that supports it", async () => {
  const sandbox = await startFrozen();
  const members = { EmployeeCode: "1042", Index: 3, Capture: true };
  const { body } = await commandOver(sandbox)("EnrollFingerprint", { ...members, DeviceSN: GATE });
  expect(body.StatusCode).toBe(65);
});

test("an opened door unlocks, opens, closes and locks again, and the log names the command", async () => {
  const sandbox = await startFrozen();
  const { body } = await commandOver(sandbox)("OpenDoor", { DeviceSN: GATE, Reason: "Courier" });
  expect(doorOf(sandbox, GATE)).toMatchObject({ LockState: "Unlocked", State: "Closed" });
  sandbox.clock.advance(1000);
  expect(doorOf(sandbox, GATE)).toMatchObject({ State: "Open" });
  sandbox.clock.advance(4000);
  expect(doorOf(sandbox, GATE)).toMatchObject({ LockState: "Locked", State: "Closed", Mode: "Normal" });
  const logged = sandbox.gateway.world.accessEvents.filter(({ CommandID }) => CommandID === body.CommandID);
  expect(logged).toMatchObject([
    { EventType: "RemoteOpen", Reason: "Courier", EventTime: "2026-06-21 09:02:05", UtcOffset: "+05:30" },
    { EventType: "DoorOpened" },
    { EventType: "DoorClosed" },
  ]);
});

test("a door held locked does not open until the hold ends", async () => {
  const sandbox = await startFrozen();
  const command = commandOver(sandbox);
  await command("LockDoor", { DeviceSN: GATE, Mode: "HoldLocked", HoldSeconds: 60 });
  expect(doorOf(sandbox, GATE)).toMatchObject({ Mode: "HoldLocked", LockState: "Locked" });
  expect((await command("OpenDoor", { DeviceSN: GATE })).body.Results).toMatchObject([
    { CommandStatus: "Failed", StatusCode: 72 },
  ]);
  sandbox.clock.advance(60 * SECOND);
  expect(doorOf(sandbox, GATE)).toMatchObject({ Mode: "Normal", LockState: "Locked" });
  expect((await command("OpenDoor", { DeviceSN: GATE })).body.StatusCode).toBe(0);
});

test("Lock ends a hold, and a door held open stays open through a pulse", async () => {
  const sandbox = await startFrozen();
  const command = commandOver(sandbox);
  await command("LockDoor", { DeviceSN: GATE, Mode: "HoldOpen" });
  await command("OpenDoor", { DeviceSN: GATE, DurationSeconds: 1 });
  sandbox.clock.advance(3600 * SECOND);
  expect(doorOf(sandbox, GATE)).toMatchObject({ Mode: "HoldOpen", LockState: "Unlocked" });
  await command("LockDoor", { DeviceSN: GATE });
  expect(doorOf(sandbox, GATE)).toMatchObject({ Mode: "Normal", LockState: "Locked" });
  const types = sandbox.gateway.world.accessEvents.slice(-6).map(({ EventType }) => EventType);
  expect(types).toEqual(["HoldStarted", "RemoteOpen", "DoorOpened", "DoorClosed", "HoldReleased", "RemoteLock"]);
});

test("a device without doors fails with 65; an unknown door is out of limits", async () => {
  const sandbox = await startFrozen();
  expect((await commandOver(sandbox)("OpenDoor", { DeviceSN: SIDE })).body.StatusCode).toBe(65);
  expect(await callOver(sandbox)("OpenDoor", { DeviceSN: GATE, DoorNo: 2 })).toMatchObject({
    http: 400,
    body: { StatusCode: 14, Field: "DoorNo" },
  });
});

test("SyncDeviceTime returns the drift; a given DeviceTime causes a drift", async () => {
  const sandbox = await startFrozen();
  const command = commandOver(sandbox);
  const members = { DeviceSN: GATE, DeviceTime: "2026-06-21 09:12:17" };
  expect((await command("SyncDeviceTime", members)).body.Results[0].Result).toEqual({
    DriftSeconds: -12,
    DeviceTime: "2026-06-21 09:12:17",
  });
  expect((await callOver(sandbox)("CheckDeviceHealth", { DeviceSN: GATE })).body["Health"]).toMatchObject([
    { ClockDriftSeconds: 600, Status: "Degraded" },
  ]);
});

test("users are copied one by one, and MigrationStatus reports the progress", async () => {
  const sandbox = await startFrozen();
  const call = callOver(sandbox);
  const members = {
    SourceDeviceSN: GATE,
    TargetDeviceSN: ["SN7E0500077", DOCK],
    EmployeeCodes: ["1042", "1001"],
    Wait: 0,
  };
  const { http, body } = await call("CopyUsers", members);
  expect([http, body.StatusCode]).toEqual([409, 60]);
  const { MigrationID } = body;
  const migration = async () => (await call("MigrationStatus", { MigrationID })).body.Migrations[0];
  expect(await migration()).toMatchObject({ State: "NotStarted", Progress: 0, Total: 4, Done: 0, StartedTime: null });
  sandbox.clock.advance(2000);
  expect(await migration()).toMatchObject({ State: "InProgress", Progress: 25, Done: 1 });
  sandbox.clock.advance(5000);
  expect(await migration()).toMatchObject({ State: "InProgress", Progress: 50, CompletedTime: null });
  setOnline(sandbox.gateway, DOCK, true);
  sandbox.clock.advance(5000);
  expect(await migration()).toMatchObject({ State: "Completed", Progress: 100, Done: 4, Failed: 0 });
  expect((await call("FindUser", { EmployeeCode: "1042", DeviceSN: DOCK })).body["User"]).toMatchObject({
    Credentials: [
      { Type: "Fingerprint", Index: 6 },
      { Type: "Card", Index: 0 },
    ],
  });
  expect((await call("MigrationStatus", { DeviceSN: DOCK })).body.Migrations[0]).toMatchObject({ MigrationID });
});

test("a cancelled copy counts the remaining users as failed", async () => {
  const sandbox = await startFrozen();
  const call = callOver(sandbox);
  const members = { SourceDeviceSN: GATE, TargetDeviceSN: [BERLIN], EmployeeCodes: ["1042", "1001", "1002"], Wait: 0 };
  const { MigrationID } = (await call("CopyUsers", members)).body;
  sandbox.clock.advance(2000);
  await call("ResetDeviceQueue", { DeviceSN: BERLIN });
  expect((await call("MigrationStatus", { MigrationID })).body.Migrations).toMatchObject([
    { State: "Failed", Total: 3, Done: 1, Failed: 2, Progress: 100 },
  ]);
});

test("ResetDeviceQueue cancels the device's queued and sent commands and no others", async () => {
  const sandbox = await startFrozen();
  const call = callOver(sandbox);
  const sent = (await call("OpenDoor", { DeviceSN: GATE, Wait: 0 })).body.CommandID;
  const queued = (await call("LockDoor", { DeviceSN: GATE, Wait: 0 })).body.CommandID;
  const other = (await call("OpenDoor", { DeviceSN: DOCK, Wait: 0 })).body.CommandID;
  expect(await call("ResetDeviceQueue", { DeviceSN: GATE })).toMatchObject({
    http: 200,
    body: { ClearedCommands: 2, RestartedCallbacks: 0, CancelledCommandIDs: [sent, queued] },
  });
  sandbox.clock.advance(10_000);
  expect((await call("GetCommandStatus", { CommandID: sent })).body.Command).toMatchObject({
    CommandStatus: "Cancelled",
    StatusCode: 71,
  });
  expect(sandbox.gateway.world.commands.get(other)?.CommandStatus).toBe("Queued");
  expect(doorOf(sandbox, GATE).LockState).toBe("Locked");
  const callbacksOnly = await call("ResetDeviceQueue", { DeviceSN: DOCK, Scope: "Callbacks" });
  expect(callbacksOnly.body).toMatchObject({ ClearedCommands: 0, CancelledCommandIDs: [] });
});

test("a finished command can be queried for 7 days", async () => {
  const sandbox = await startFrozen();
  const call = callOver(sandbox);
  const { CommandID } = (await commandOver(sandbox)("OpenDoor", { DeviceSN: GATE })).body;
  sandbox.clock.advance(7 * DAY - 1);
  expect((await call("GetCommandStatus", { CommandID })).http).toBe(200);
  sandbox.clock.advance(1);
  expect(await call("GetCommandStatus", { CommandID })).toMatchObject({ http: 404, body: { StatusCode: 67 } });
});
