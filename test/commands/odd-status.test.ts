import { expect, test } from "vitest";
import { DEVICE, pageOf, startOnScratch } from "../kit/gateway/scratch.ts";

type Members = Readonly<Record<string, unknown>>;

const DEVICES = { ListDevices: pageOf("Devices", [DEVICE]), GetDeviceInfo: { Device: DEVICE } };
const COMMAND = { DeviceSN: "GATE-001", Operation: "OpenDoor", CommandStatus: "Done", StatusCode: 0, Status: "done" };
const OPERATION = "operation-1";
const ID = Buffer.from("Command:cmd_1").toString("base64url");
const STATE = "status device { serialNumber }";
const READ = `{ command(id: "${ID}") { id ${STATE} } commands(operationId: "${OPERATION}") { operationId ${STATE} } }`;

const SENT = { ...COMMAND, CommandID: "cmd_1", CommandStatus: "Sent", StatusCode: 61 };
const ACCEPTED = { http: 409, StatusCode: 61, Status: "API_RESPONSE_COMMAND_QUEUED", Results: [SENT] };
const OPEN = `mutation { openDoor(input: { serialNumber: "GATE-001", options: { waitSeconds: 2 } }) { command { id ${STATE} } } }`;

/** A command as the gateway says it, with the IDs of the query. */
const commandOf = (query: URLSearchParams, more: object = {}) => ({
  CommandID: query.get("CommandID") ?? "cmd_1",
  OperationID: query.get("OperationID") ?? OPERATION,
  ...COMMAND,
  ...more,
});

const device = { serialNumber: "GATE-001" };

/** Reads a command by its ID and by its request, and opens a door with a device that takes its time. */
const readAll = async (GetCommandStatus: (query: URLSearchParams) => Members) => {
  const portico = await startOnScratch({ ...DEVICES, OpenDoor: ACCEPTED, GetCommandStatus });
  const read = await portico.ask<Readonly<Record<string, unknown>>, object>(READ);
  const opened = await portico.ask<{ openDoor: { command: object } }, object>(OPEN);
  return { read, opened: opened.data.openDoor.command };
};

test.each([
  [200, 72, "API_RESPONSE_REJECTED_BY_DEVICE", "Failed", "FAILED"],
  [200, 66, "API_RESPONSE_DEVICE_CAPACITY_EXCEEDED", "Failed", "FAILED"],
  [200, 70, "API_RESPONSE_COMMAND_EXPIRED", "Expired", "EXPIRED"],
  [200, 60, "API_RESPONSE_DEVICE_OFFLINE_QUEUED", "Queued", "QUEUED"],
  [409, 61, "API_RESPONSE_COMMAND_QUEUED", "Queued", "QUEUED"],
])(
  "a status that says %i and %i of its command is an answer",
  async (http, StatusCode, Status, CommandStatus, status) => {
    const { read, opened } = await readAll((query) => {
      const command = commandOf(query, { CommandStatus, StatusCode, Status });
      return { http, StatusCode, Status, ...(query.has("CommandID") ? { Command: command } : { Commands: [command] }) };
    });
    expect([read.errors, read.data]).toEqual([
      undefined,
      { command: { id: ID, status, device }, commands: [{ operationId: OPERATION, status, device }] },
    ]);
    expect(opened).toEqual({ id: ID, status, device });
  },
);

const DONE = {
  command: { id: ID, status: "SUCCEEDED", device },
  commands: [{ operationId: OPERATION, status: "SUCCEEDED", device }],
};

test.each<[string, (command: object, isAlone: boolean) => Members]>([
  [
    "null for the other member",
    (command, isAlone) => ({
      Command: null,
      Commands: null,
      ...(isAlone ? { Command: command } : { Commands: [command] }),
    }),
  ],
  [
    "nothing else but empty values",
    (command, isAlone) => ({
      Command: [],
      Commands: {},
      ...(isAlone ? { Command: command } : { Commands: [command] }),
    }),
  ],
  [
    "an empty text for the other member",
    (command, isAlone) => (isAlone ? { Command: command, Commands: "" } : { Command: "", Commands: [command] }),
  ],
  [
    "one command in the list, or alone",
    (command, isAlone) => (isAlone ? { Commands: [command] } : { Command: command }),
  ],
  ["one command alone beside an empty list", (command) => ({ Command: command, Commands: [] })],
])("a status with %s is the command", async (_how, answerOf) => {
  const { read, opened } = await readAll((query) => answerOf(commandOf(query), query.has("CommandID")));
  expect([read.errors, read.data]).toEqual([undefined, DONE]);
  expect(opened).toEqual(DONE.command);
});

test.each(["CommandID", "OperationID"])(
  "a status without %s is that of the command that was asked for",
  async (name) => {
    const { read, opened } = await readAll((query) => {
      const command = commandOf(query, { [name]: null });
      return query.has("CommandID") ? { Command: command } : { Commands: [command] };
    });
    expect(opened).toEqual(DONE.command);
    expect(read.data).toMatchObject({ commands: DONE.commands });
    // What the request of a command alone does not say costs its own field.
    expect(read.data).toMatchObject({ command: { status: "SUCCEEDED" } });
  },
);

test("a status without its device is that of a command that was sent here, and else an error", async () => {
  const { read, opened } = await readAll((query) => {
    const command = commandOf(query, { DeviceSN: null });
    return query.has("CommandID") ? { Command: command } : { Commands: [command] };
  });
  expect(opened).toEqual(DONE.command);
  expect(read.data).toEqual({ command: null, commands: null });
  const code = "UPSTREAM_INVALID_RESPONSE";
  expect(read.errors).toMatchObject([{ extensions: { code } }, { extensions: { code } }]);
});

test.each([
  ["another command", { CommandID: "cmd_2", OperationID: "operation-2", DeviceSN: "GATE-002" }],
  ["another command of the same device", { CommandID: "cmd_2", OperationID: "operation-2" }],
])("a status of %s is no status", async (_kind, other) => {
  const { read, opened } = await readAll((query) => {
    const command = commandOf(query, other);
    return query.has("CommandID") ? { Command: command } : { Commands: [command] };
  });
  expect(read.data).toEqual({ command: null, commands: [] });
  const code = "UPSTREAM_INVALID_RESPONSE";
  expect(read.errors).toMatchObject([{ path: ["command"], extensions: { code } }, { extensions: { code } }]);
  expect(opened).toEqual({ id: ID, status: "SENT", device });
});

test("of two devices whose commands have one ID, a status is that of the device that it names", async () => {
  const portico = await startOnScratch({
    RebootDevice: { ...ACCEPTED, Results: [SENT, { ...SENT, DeviceSN: "GATE-002" }] },
    GetCommandStatus: (query) => ({ Command: commandOf(query) }),
  });
  const { data } = await portico.ask<object, object>(`mutation {
    rebootDevice(input: { serialNumbers: ["GATE-001", "GATE-002"], options: { waitSeconds: 2 } }) { commands { status } } }`);
  expect(data).toEqual({ rebootDevice: { commands: [{ status: "SUCCEEDED" }, { status: "SENT" }] } });
});

test("the time at which a command was accepted is that of the gateway, or of the request, and else an error", async () => {
  const QueuedTime = "2026-11-20 03:30:05 GMT +0000";
  const queued = {
    ...DEVICES,
    OpenDoor: 500,
    GetCommandStatus: (query: URLSearchParams) => ({ Command: commandOf(query, { QueuedTime }) }),
  };
  const portico = await startOnScratch(queued);
  const read = `{ command(id: "${ID}") { status queuedAt } }`;
  expect((await portico.ask<object, object>(read)).data).toEqual({
    command: { status: "SUCCEEDED", queuedAt: "2026-11-20T03:30:05Z" },
  });
  portico.answers.GetCommandStatus = (query) => {
    const command = commandOf(query, { SentTime: QueuedTime });
    return query.has("CommandID") ? { Command: command } : { Commands: [command] };
  };
  const { data, errors } = await portico.ask<object, object>(read);
  expect(data).toEqual({ command: { status: "SUCCEEDED", queuedAt: null } });
  expect(errors).toMatchObject([{ path: ["command", "queuedAt"], extensions: { code: "UPSTREAM_INVALID_RESPONSE" } }]);

  const open = `mutation { openDoor(input: { serialNumber: "GATE-001", options: { waitSeconds: 0, idempotencyKey: "key" } }) {
    command { status queuedAt } } }`;
  const before = Math.floor(Date.now() / 1000) * 1000;
  const lost = await portico.ask<{ openDoor: { command: { status: string; queuedAt: string } } }, object>(open);
  expect(lost.data.openDoor.command.status).toBe("SUCCEEDED");
  expect(Date.parse(lost.data.openDoor.command.queuedAt)).toBeGreaterThanOrEqual(before);
});
