import { expect, test } from "vitest";
import { DEVICE, pageOf, RawAnswer, type ScratchAnswers, startOnScratch } from "../kit/gateway/scratch.ts";
import { withRedis } from "../kit/with-redis.ts";

const DEVICES = { ListDevices: pageOf("Devices", [DEVICE]), GetDeviceInfo: { Device: DEVICE } };
const RESULT = { DeviceSN: "GATE-001", CommandID: "cmd_1", CommandStatus: "Done", StatusCode: 0, Status: "done" };
const UNKNOWN = { command: { status: "UNKNOWN" }, userErrors: [] };
const NO_PERSON = { Status: "API_RESPONSE_INVALID_USERID", StatusCode: 10 };
const NO_COMMAND = { http: 404, Status: "API_RESPONSE_COMMAND_NOT_FOUND", StatusCode: 67 };

/** What the gateway says of a command when it is asked for it by its request. */
const statusOf = (more: object) => (query: URLSearchParams) => ({
  Commands: [{ ...RESULT, OperationID: query.get("OperationID"), Operation: "OpenDoor", ...more }],
});

interface Opened {
  readonly openDoor: { readonly command: object | null; readonly userErrors: readonly object[] } | null;
}

/** Opens a door twice with one key, at a gateway that answers so. Returns both results, and how often it was asked to open. */
const openTwice = async (answers: ScratchAnswers) => {
  const portico = await startOnScratch({ ...DEVICES, ...answers });
  const open = async () => {
    const { data, errors } = await portico.ask<Opened, object>(`mutation { openDoor(input: { serialNumber: "GATE-001",
      options: { waitSeconds: 0, idempotencyKey: "key of the test" } }) { command { status } userErrors { code } } }`);
    return errors === undefined || data?.openDoor != null ? data?.openDoor : errors;
  };
  const results = [await open(), await open()];
  return { results, sent: portico.calls.filter((name) => name === "OpenDoor").length };
};

test.each([201, 202])("a command that is answered with %i and the usual body is done, and sent once", async (http) => {
  const done = { command: { status: "SUCCEEDED" }, userErrors: [] };
  const opened = await openTwice({ OpenDoor: { http, CommandID: "cmd_1", Results: [RESULT] } });
  expect(opened).toEqual({ results: [done, done], sent: 1 });
});

test.each([
  ["204", { http: 204 }],
  ["303", { http: 303 }],
  ["500", 500],
  ["a 200 without a result", { Results: [] }],
  ["a 200 whose result cannot be read", { Results: [{ ...RESULT, CommandID: {} }] }],
] as const)(
  "a command that is answered with %s is unknown, also to a repeat, and sent once",
  async (_kind, OpenDoor) => {
    const opened = await openTwice({ OpenDoor, GetCommandStatus: NO_COMMAND });
    expect(opened).toEqual({ results: [UNKNOWN, UNKNOWN], sent: 1 });
  },
);

test.each([[{ Commands: [] }], [{}]])(
  "a gateway that answers %j when it is asked for a command knows none",
  async (status) => {
    const opened = await openTwice({ OpenDoor: 500, GetCommandStatus: status });
    expect(opened).toEqual({ results: [UNKNOWN, UNKNOWN], sent: 1 });
  },
);

const raw = (status: number, body = "") => new RawAnswer(Buffer.from(body), { "content-type": "text/html" }, status);

test.each([
  ["an empty 409", raw(409)],
  ["a 409 with a page", raw(409, "<h1>Conflict</h1>")],
  ["a 409 that says nothing", raw(409, "{}")],
  ["a 409 without a result", { http: 409, StatusCode: 61, Status: "API_RESPONSE_COMMAND_QUEUED", Results: [] }],
  ["a 408 of a proxy", raw(408, "<h1>Request Timeout</h1>")],
  ["a 408 of a proxy in JSON", raw(408, '{ "message": "timeout" }')],
  ["a 400 that says it is queued", { http: 400, StatusCode: 61, Status: "API_RESPONSE_COMMAND_QUEUED" }],
  ["a 200 that says it is queued", { StatusCode: 61, Status: "API_RESPONSE_COMMAND_QUEUED", Results: [] }],
  ["a 200 without a result", { Results: [] }],
])("a command that is answered with %s is sent once, and is what the gateway knows of it", async (_kind, OpenDoor) => {
  const unknown = await openTwice({ OpenDoor, GetCommandStatus: NO_COMMAND });
  expect(unknown).toEqual({ results: [UNKNOWN, UNKNOWN], sent: 1 });
  const queued = { command: { status: "QUEUED" }, userErrors: [] };
  const known = await openTwice({ OpenDoor, GetCommandStatus: statusOf({ CommandStatus: "Queued", StatusCode: 60 }) });
  expect(known).toEqual({ results: [queued, queued], sent: 1 });
});

test.each([undefined, null, []])(
  "a command that is accepted with its ID and %j for its results is queued",
  async (Results) => {
    const accepted = { http: 409, StatusCode: 60, Status: "API_RESPONSE_DEVICE_OFFLINE_QUEUED", CommandID: "cmd_1" };
    const queued = { command: { status: "QUEUED" }, userErrors: [] };
    const opened = await openTwice({ OpenDoor: { ...accepted, Results }, GetCommandStatus: NO_COMMAND });
    expect(opened).toEqual({ results: [queued, queued], sent: 1 });
  },
);

test("a device that an answer has no result of is asked for", async () => {
  const portico = await startOnScratch({ ...DEVICES, RebootDevice: { Results: [RESULT] } });
  portico.answers.GetCommandStatus = statusOf({ DeviceSN: "GATE-002", CommandID: "cmd_2", CommandStatus: "Queued" });
  const { data } = await portico.ask(REBOOT, { serials: ["GATE-001", "GATE-002"] });
  expect(data).toEqual({ rebootDevice: { commands: [{ status: "SUCCEEDED" }, { status: "QUEUED" }] } });
});

test("a command for all devices that is answered with an empty 409 is an error, and keeps its key", async () => {
  const portico = await startOnScratch({ SyncDeviceTime: raw(409), GetCommandStatus: NO_COMMAND });
  const sync = `mutation { syncDeviceTime(input: { options: { waitSeconds: 0, idempotencyKey: "key of the test" } }) {
    userErrors { code } } }`;
  for (const _time of [1, 2]) {
    const { errors } = await portico.ask(sync);
    expect(errors).toMatchObject([{ path: ["syncDeviceTime"] }]);
  }
  expect(portico.calls.filter((name) => name === "SyncDeviceTime")).toHaveLength(1);
});

test.each([
  [35, "NOT_ALLOWED", {}],
  [35, "NOT_ALLOWED", { Results: [] }],
  [62, "RATE_LIMITED", {}],
  [2, "DEVICE_NOT_FOUND", {}],
  [2, "DEVICE_NOT_FOUND", { http: 409, Results: [] }],
  [undefined, "DEVICE_NOT_FOUND", { Status: "API_RESPONSE_INVALID_SERVICE_TAG_ID", Results: [] }],
  [14, "OTHER", { Results: [] }],
  [63, "IDEMPOTENCY_KEY_REUSED", { http: 409 }],
])(
  "a command that is refused with the code %s, %s, where others are accepted, is refused, and its key is free: %j",
  async (StatusCode, code, more) => {
    const refused = { command: null, userErrors: [{ code }] };
    const OpenDoor = { Status: "refused", StatusCode, ...more };
    const opened = await openTwice({ OpenDoor, GetCommandStatus: NO_COMMAND });
    expect(opened).toEqual({ results: [refused, refused], sent: 2 });
  },
);

test.each([{}, { Results: [] }])("a person that the gateway does not know in a 200 with %j is named", async (more) => {
  const portico = await startOnScratch({ ...DEVICES, EnrollCard: { ...NO_PERSON, ...more } });
  const { data } = await portico.ask(`mutation { enrollCard(input: { employeeCode: "0042", serialNumbers: ["GATE-001"],
    cardNumber: "1", options: { waitSeconds: 0 } }) { commands { status } userErrors { code path } } }`);
  const userErrors = [{ code: "USER_NOT_FOUND", path: ["input", "employeeCode"] }];
  expect(data).toEqual({ enrollCard: { commands: [], userErrors } });
});

test.each([
  ["Canceled", "CANCELLED"],
  ["Completed", "SUCCEEDED"],
  ["success", "SUCCEEDED"],
  ["Pending", "QUEUED"],
  ["InProgress", "SENT"],
  ["In Progress", "SENT"],
  ["in_progress", "SENT"],
  ["Done ", "SUCCEEDED"],
  ["\tFAILED\r\n", "FAILED"],
  ["Cancelled\0\0", "CANCELLED"],
  ["Rejected", "FAILED"],
  ["Timeout", "UNKNOWN"],
  ["Sideways", "UNKNOWN"],
])("a command of which the gateway says %s is %s", async (CommandStatus, status) => {
  const result = { ...RESULT, CommandStatus };
  const portico = await startOnScratch({ ...DEVICES, OpenDoor: { CommandID: "cmd_1", Results: [result] } });
  const { data } = await portico.ask(`mutation {
    openDoor(input: { serialNumber: "GATE-001", options: { waitSeconds: 0 } }) { command { status } userErrors { code } }
  }`);
  expect(data).toEqual({ openDoor: { command: { status }, userErrors: [] } });
});

test.each([
  [0, "done", "SUCCEEDED"],
  ["60", "API_RESPONSE_DEVICE_OFFLINE_QUEUED", "QUEUED"],
  [61, undefined, "QUEUED"],
  [65, undefined, "FAILED"],
  [70, "API_RESPONSE_COMMAND_EXPIRED", "EXPIRED"],
  [71, "API_RESPONSE_COMMAND_CANCELLED", "CANCELLED"],
  [undefined, "api_response_rejected_by_device", "FAILED"],
  [73, undefined, "FAILED"],
  [999, undefined, "UNKNOWN"],
  [undefined, undefined, "UNKNOWN"],
])(
  "a command without a word for its state has that of its status, %s and %s: %s",
  async (StatusCode, Status, status) => {
    const portico = await startOnScratch(DEVICES);
    for (const CommandStatus of [undefined, null, " ", 3]) {
      portico.answers.OpenDoor = { Results: [{ ...RESULT, CommandStatus, StatusCode, Status }] };
      const { data } = await portico.ask(OPEN, { serial: "GATE-001" });
      expect(data).toMatchObject({ openDoor: { command: { status } } });
    }
  },
);

test.each([
  ["Done", 2, " ", { failureReason: null, queuePosition: null }],
  ["Done", 0, "Door opened", { failureReason: null, queuePosition: null }],
  ["Sent", 1, "Sent to the device", { failureReason: null, queuePosition: null }],
  ["Queued", 0, "Device is offline", { failureReason: null, queuePosition: null }],
  ["Queued", 2, null, { failureReason: null, queuePosition: 2 }],
  ["Failed", 0, " Door is blocked ", { failureReason: "Door is blocked", queuePosition: null }],
  ["Expired", 3, "", { failureReason: null, queuePosition: null }],
])(
  "a command that is %s has no reason and no position that belong to another state, in both answers",
  async (...row) => {
    const [CommandStatus, QueuePosition, words, facts] = row;
    const status = { CommandStatus, QueuePosition, StatusCode: 72, CommandID: "cmd_1" };
    const portico = await startOnScratch({
      ...DEVICES,
      OpenDoor: { Results: [{ ...RESULT, ...status, Message: words }] },
    });
    portico.answers.GetCommandStatus = {
      Command: { ...RESULT, OperationID: "operation1", Operation: "OpenDoor", ...status, FailureReason: words },
    };
    const members = "failureReason queuePosition";
    const opened = await portico.ask<object, object>(
      `mutation { openDoor(input: { serialNumber: "GATE-001", options: { waitSeconds: 0 } }) { command { ${members} } } }`,
    );
    expect(opened.data).toEqual({ openDoor: { command: facts } });
    const id = Buffer.from("Command:cmd_1").toString("base64url");
    expect((await portico.ask<object, object>(`{ command(id: "${id}") { ${members} } }`)).data).toEqual({
      command: facts,
    });
  },
);

test("an answer with a result twice, or of a device that nobody named, has one command for the device that was named", async () => {
  const stranger = { ...RESULT, DeviceSN: "GATE-999", CommandID: "cmd_2" };
  const portico = await startOnScratch({
    ...DEVICES,
    RebootDevice: { Results: [{ ...RESULT, CommandStatus: "Queued" }, RESULT, stranger] },
  });
  const { data } = await portico.ask<object, object>(`mutation {
    rebootDevice(input: { serialNumbers: ["GATE-001"], options: { waitSeconds: 0 } }) {
      commands { status device { serialNumber } } } }`);
  const commands = [{ status: "SUCCEEDED", device: { serialNumber: "GATE-001" } }];
  expect(data).toEqual({ rebootDevice: { commands } });
});

const OPEN =
  "mutation ($serial: String!) { openDoor(input: { serialNumber: $serial, options: { waitSeconds: 0 } }) {\n" +
  "  command { id status device { serialNumber } } userErrors { code } } }";

test.each([
  ["in another spelling of the caller", "gate-001", RESULT, "GATE-001"],
  ["in another spelling of the gateway", "GATE-001", { ...RESULT, DeviceSN: "gate-001" }, "gate-001"],
  ["without its device", "GATE-001", { ...RESULT, DeviceSN: undefined }, "GATE-001"],
  ["with null for its device", "GATE-001", { ...RESULT, DeviceSN: null }, "GATE-001"],
])("a result %s is that of the device that was asked", async (_how, serial, result, serialNumber) => {
  const portico = await startOnScratch({
    ListDevices: pageOf("Devices", [{ ...DEVICE, DeviceSN: serialNumber }]),
    GetDeviceInfo: { Device: { ...DEVICE, DeviceSN: serialNumber } },
    OpenDoor: { CommandID: "cmd_1", Results: [result] },
  });
  const { data } = await portico.ask(OPEN, { serial });
  const command = { id: expect.any(String), status: "SUCCEEDED", device: { serialNumber } };
  expect(data).toEqual({ openDoor: { command, userErrors: [] } });
  expect(portico.calls.filter((name) => name === "OpenDoor")).toHaveLength(1);
});

test("a lost command is found by the gateway's spelling of its device, at once and by its ID", async () => {
  const portico = await startOnScratch({ ...DEVICES, OpenDoor: 500, GetCommandStatus: NO_COMMAND });
  const lost = await portico.ask<{ openDoor: { command: { id: string; status: string } } }, object>(OPEN, {
    serial: "gate-001",
  });
  expect(lost.data.openDoor.command.status).toBe("UNKNOWN");
  portico.answers.GetCommandStatus = statusOf({ CommandStatus: "Done" });
  const { id } = lost.data.openDoor.command;
  const { data } = await portico.ask("query ($id: ID!) { command(id: $id) { status } }", { id });
  expect(data).toEqual({ command: { status: "SUCCEEDED" } });
  const opened = await portico.ask(OPEN, { serial: "gate-001" });
  expect(opened.data).toMatchObject({ openDoor: { command: { status: "SUCCEEDED" } } });
});

const REBOOT =
  "mutation ($serials: [String!]!) { rebootDevice(input: { serialNumbers: $serials, options: { waitSeconds: 0 } }) {\n" +
  "  commands { status } } }";

test("of two devices, a result that names neither is that of neither", async () => {
  const nameless = { ...RESULT, DeviceSN: undefined };
  const portico = await startOnScratch({ ...DEVICES, RebootDevice: { Results: [nameless, RESULT] } });
  const { data } = await portico.ask(REBOOT, { serials: ["GATE-002", "GATE-001"] });
  expect(data).toEqual({ rebootDevice: { commands: [{ status: "UNKNOWN" }, { status: "SUCCEEDED" }] } });
});

test("of all devices, a result that names none is asked for again", async () => {
  const sync = "mutation { syncDeviceTime(input: { options: { waitSeconds: 0 } }) { commands { status } } }";
  const portico = await startOnScratch({
    ...DEVICES,
    SyncDeviceTime: { Results: [{ ...RESULT, DeviceSN: undefined }] },
    GetCommandStatus: statusOf({ Operation: "SyncDeviceTime" }),
  });
  expect((await portico.ask(sync)).data).toEqual({ syncDeviceTime: { commands: [{ status: "SUCCEEDED" }] } });
  portico.answers.GetCommandStatus = NO_COMMAND;
  const { errors } = await portico.ask(sync);
  expect(errors).toMatchObject([{ extensions: { code: "UPSTREAM_INVALID_RESPONSE" } }]);
});

const PIN = `mutation { setUserPassword(input: { employeeCode: "42", serialNumbers: ["GATE-001"], password: "1234",
  options: { waitSeconds: 0, idempotencyKey: "crash" } }) { commands { status } userErrors { code } } }`;

/** Sends a command, and makes its key that of a process that died before the answer came. */
const startAfterCrash = async () => {
  const redis = await withRedis();
  const result = { DeviceSN: "GATE-001", Status: "done", StatusCode: 0, CommandID: "cmd_1", CommandStatus: "Queued" };
  const portico = await startOnScratch({ SetUserPassword: { Results: [result] } }, { REDIS_URL: redis.url });
  await portico.ask(PIN);
  const [name] = (await redis.ask("KEYS", "portico:*:command:*")) as [string];
  const record = JSON.parse(String(await redis.ask("GET", name))) as { startedAt: number };
  const started = { ...record, startedAt: record.startedAt - 11_000, outcome: null };
  await redis.ask("SET", name, JSON.stringify(started));
  return { portico, sent: () => portico.calls.filter((call) => call === "SetUserPassword").length };
};

test.each([
  ["fails", 500],
  ["accepts no more calls", { http: 429, Status: "API_RESPONSE_RATE_LIMITED", StatusCode: 62 }],
  ["is not found by a proxy", new RawAnswer(Buffer.from("<h1>Not found</h1>"), { "content-type": "text/html" }, 404)],
  ["says nothing of commands", {}],
  ["has commands that cannot be read", { Commands: [{ CommandID: {} }] }],
])("after a crash a command is not sent again if the gateway %s when it is asked", async (_, answer) => {
  const { portico, sent } = await startAfterCrash();
  portico.answers.GetCommandStatus = answer;
  const { data } = await portico.ask(PIN);
  expect(data).toEqual({ setUserPassword: { commands: [{ status: "UNKNOWN" }], userErrors: [] } });
  expect(sent()).toBe(1);
});

test.each([
  ["no commands", { Commands: [] }],
  ["no such command", NO_COMMAND],
])("after a crash a command is sent again once, for all who repeat it, if the gateway knows %s", async (_, answer) => {
  const { portico, sent } = await startAfterCrash();
  portico.answers.GetCommandStatus = answer;
  const answers = await Promise.all(Array.from({ length: 10 }, () => portico.ask(PIN)));
  for (const { data } of answers)
    expect(data).toEqual({ setUserPassword: { commands: [{ status: "QUEUED" }], userErrors: [] } });
  expect(sent()).toBe(2);
});
