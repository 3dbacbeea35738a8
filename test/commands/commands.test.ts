import { expect, test } from "vitest";
import { startPortico, type TestApp, tally } from "../kit/portico/app.ts";
import { loggedEvents } from "../kit/events/logged.ts";

interface Command {
  readonly id: string;
  readonly status: string;
  readonly statusCode: number | null;
  readonly failureReason: string | null;
  readonly queuePosition: number | null;
  readonly attempts: number | null;
  readonly completedAt: string | null;
  readonly expiresAt: string | null;
  readonly queuedAt: string;
  readonly device: { readonly serialNumber: string };
}

const COMMAND = `
  id operationId kind status statusCode failureReason queuePosition attempts queuedAt completedAt expiresAt
  device { serialNumber }
`;

const mutate = async <Payload>(portico: TestApp, mutation: string): Promise<Payload> => {
  const { data, errors } = await portico.ask<{ answer: Payload }, object>(`mutation { answer: ${mutation} }`);
  expect(errors).toBeUndefined();
  return data.answer;
};

const offline = ({ sandbox }: TestApp): string => {
  const found = [...sandbox.gateway.world.devices.values()].find((device) => !device.online && device.doors.length > 0);
  if (found === undefined) throw new Error("The sandbox has no offline device with a door.");
  return found.DeviceSN;
};

test("a command that a device carried out is SUCCEEDED, with its time and attempts", async () => {
  const portico = await startPortico();
  const { command, door } = await mutate<{ command: Command; door: object }>(
    portico,
    `openDoor(input: { serialNumber: "SN7A2300583", durationSeconds: 5 }) { door { lock } command { ${COMMAND} } }`,
  );
  expect(command).toMatchObject({
    kind: "OPEN_DOOR",
    status: "SUCCEEDED",
    statusCode: 0,
    attempts: 1,
    queuePosition: null,
  });
  expect(Date.parse(command.completedAt ?? "")).toBeGreaterThanOrEqual(Date.parse(command.queuedAt));
  expect(Date.parse(command.expiresAt ?? "") - Date.parse(command.queuedAt)).toBe(30_000);
  expect(door).toEqual({ lock: "UNLOCKED" });
});

test("a command for an offline device is QUEUED without an error, and EXPIRED after its expiry", async () => {
  const portico = await startPortico();
  const serialNumber = offline(portico);
  const { command, userErrors } = await mutate<{ command: Command; userErrors: object[] }>(
    portico,
    `openDoor(input: { serialNumber: "${serialNumber}", options: { waitSeconds: 0 } }) { command { ${COMMAND} } userErrors { code } }`,
  );
  expect(userErrors).toEqual([]);
  expect(command).toMatchObject({ status: "QUEUED", statusCode: 60, queuePosition: 1, completedAt: null });
  portico.sandbox.clock.advance(31_000);
  const { data } = await portico.ask<{ command: Command }, object>(
    `query ($id: ID!) { command(id: $id) { ${COMMAND} } }`,
    {
      id: command.id,
    },
  );
  expect(data.command).toMatchObject({ id: command.id, status: "EXPIRED", statusCode: 70, attempts: 0 });
  expect(portico.sandbox.ledger.entries({ operation: "OpenDoor" })).toHaveLength(1);
});

test("a door command for a device that is known to be offline is refused without a call, unless queueIfOffline is set", async () => {
  const portico = await startPortico();
  portico.sandbox.changeDevice("SN7A2300583", { online: false });
  await expect.poll(async () => (await loggedEvents(portico.log, "0-0", 10)).length).toBe(1);
  portico.upstream();
  const open = (queueIfOffline: boolean) =>
    mutate<{ command: Command | null; userErrors: object[] }>(
      portico,
      `openDoor(input: { serialNumber: "SN7A2300583", options: { waitSeconds: 0, queueIfOffline: ${queueIfOffline} } }) {
        command { ${COMMAND} } userErrors { __typename code path } }`,
    );
  expect(await open(false)).toEqual({
    command: null,
    userErrors: [{ __typename: "GatewayRefusedError", code: "DEVICE_OFFLINE", path: ["input", "serialNumber"] }],
  });
  expect(portico.upstream()).toEqual([]);
  const { command } = await open(true);
  expect(command?.status).toBe("QUEUED");
  const doors = () => portico.sandbox.gateway.world.devices.get("SN7A2300583")?.doors.map(({ LockState }) => LockState);
  portico.sandbox.clock.advance(31_000);
  portico.sandbox.changeDevice("SN7A2300583", { online: true });
  portico.sandbox.clock.advance(60_000);
  const { data } = await portico.ask<{ command: Command }, object>(`query ($id: ID!) { command(id: $id) { status } }`, {
    id: command?.id,
  });
  expect(data.command.status).toBe("EXPIRED");
  expect(doors()).toEqual(["Locked"]);
});

test.each([
  `syncDeviceTime(input: { time: "2026-06-21T10:00:00", options: { queueIfOffline: false } })`,
  `deleteUser(input: { employeeCode: "1042", from: { everywhere: true }, options: { queueIfOffline: false } })`,
  `updateUser(input: { employeeCode: "1042", enabled: false, options: { queueIfOffline: false } })`,
])(
  "a command for all devices that must not be queued is refused, because none can be left out: %s",
  async (mutation) => {
    const portico = await startPortico();
    portico.upstream();
    const payload = await mutate<object>(portico, `${mutation} { commands { id } userErrors { code path } }`);
    const path = ["input", "options", "queueIfOffline"];
    expect(payload).toEqual({ commands: [], userErrors: [{ code: "INVALID_INPUT", path }] });
    expect(portico.upstream()).toEqual([]);
  },
);

test("without queueIfOffline, online devices get the command and offline devices are user errors", async () => {
  const portico = await startPortico();
  portico.sandbox.changeDevice("SN7A2300584", { online: false });
  await expect.poll(async () => (await loggedEvents(portico.log, "0-0", 10)).length).toBe(1);
  const { commands, userErrors } = await mutate<{ commands: Command[]; userErrors: object[] }>(
    portico,
    `resendUser(input: { employeeCode: "1042", serialNumbers: ["SN7A2300584", "SN7A2300583"], options: { queueIfOffline: false } }) {
      commands { status device { serialNumber } } userErrors { code path } }`,
  );
  expect(commands).toEqual([{ status: "SUCCEEDED", device: { serialNumber: "SN7A2300583" } }]);
  expect(userErrors).toEqual([{ code: "DEVICE_OFFLINE", path: ["input", "serialNumbers", "0"] }]);
});

test("copyUsers names an offline target by its place in the input", async () => {
  const portico = await startPortico();
  portico.sandbox.changeDevice("SN7A2300584", { online: false });
  await expect.poll(async () => (await loggedEvents(portico.log, "0-0", 10)).length).toBe(1);
  const { commands, userErrors } = await mutate<{ commands: Command[]; userErrors: object[] }>(
    portico,
    `copyUsers(input: { sourceSerialNumber: "SN7A2300583", targetSerialNumbers: ["SN7A2300584"],
      employeeCodes: ["1042"], options: { queueIfOffline: false } }) {
      commands { status } userErrors { code path } }`,
  );
  expect(commands).toEqual([]);
  expect(userErrors).toEqual([{ code: "DEVICE_OFFLINE", path: ["input", "targetSerialNumbers", "0"] }]);
});

test("a mutation returns one command per device in input order, whatever the outcome of each", async () => {
  const portico = await startPortico();
  const { devices } = portico.sandbox.gateway.world;
  const faceless = [...devices.values()].find(
    (each) => each.online && each.capabilities["Face"] !== true && each.users.has("1042"),
  );
  const serials = ["SN7A2300583", faceless?.DeviceSN ?? ""];
  for (const serialNumbers of [serials, serials.toReversed()]) {
    const { commands } = await mutate<{ commands: Command[] }>(
      portico,
      `enrollFace(input: { employeeCode: "1042", serialNumbers: ${JSON.stringify(serialNumbers)},
        source: { photo: "/9j/4AAQSkZJRgABAQAAAQABAAD/2Q==" } }) {
        commands { ${COMMAND} } }`,
    );
    expect(commands.map(({ device }) => device.serialNumber)).toEqual(serialNumbers);
    const refused = commands.find(({ device }) => device.serialNumber === faceless?.DeviceSN);
    expect(refused).toMatchObject({ status: "FAILED", statusCode: 65 });
    expect(refused?.failureReason).toBeTruthy();
    expect(commands.filter(({ status }) => status === "SUCCEEDED")).toHaveLength(1);
  }
});

test("the same idempotency key and input return the same command, and the door moves once", async () => {
  const portico = await startPortico();
  const open = (seconds: number) =>
    mutate<{ command: Command | null; userErrors: object[] }>(
      portico,
      `openDoor(input: { serialNumber: "SN7A2300583", durationSeconds: ${seconds}, options: { idempotencyKey: "visit 4711 — Ä" } }) {
        command { id operationId status } userErrors { __typename code path } }`,
    );
  const answers = await Promise.all([open(5), open(5), open(5)]);
  expect(new Set(answers.map(({ command }) => command?.id)).size).toBe(1);
  expect(await open(9)).toEqual({
    command: null,
    userErrors: [
      { __typename: "GatewayInputError", code: "IDEMPOTENCY_KEY_REUSED", path: ["input", "options", "idempotencyKey"] },
    ],
  });
  const opened = portico.sandbox.gateway.world.accessEvents.filter(({ EventType }) => EventType === "RemoteOpen");
  expect(opened.filter(({ CommandID }) => answers.some(({ command }) => command?.id === idOf(CommandID)))).toHaveLength(
    1,
  );
});

const idOf = (commandId: string | null): string => Buffer.from(`Command:${commandId}`).toString("base64url");

test("a new user is readable in the same request, and is gone from every device after deleteUser everywhere", async () => {
  const portico = await startPortico();
  const { data } = await portico.ask<
    { add: { user: object; commands: Command[] }; card: { commands: Command[] } },
    object
  >(`mutation {
    add: addUser(input: { employeeCode: "90002", firstName: "Ravi", lastName: "K", serialNumbers: ["SN7A2300584", "SN7A2300583"],
      role: USER }) {
      user { name enabled devices { nodes { serialNumber } edges { enrollment { syncState } } } } commands { status }
    }
    card: enrollCard(input: { employeeCode: "90002", serialNumbers: ["SN7A2300583"], cardNumber: "0099" }) {
      commands { status } user { credentials { kind } } }
  }`);
  expect(data.add.user).toEqual({
    name: "Ravi K",
    enabled: true,
    devices: {
      nodes: [{ serialNumber: "SN7A2300583" }, { serialNumber: "SN7A2300584" }],
      edges: [{ enrollment: { syncState: "SYNCED" } }, { enrollment: { syncState: "SYNCED" } }],
    },
  });
  expect(data.card).toEqual({ commands: [{ status: "SUCCEEDED" }], user: { credentials: [{ kind: "CARD" }] } });

  const { commands } = await mutate<{ commands: Command[] }>(
    portico,
    `deleteUser(input: { employeeCode: "90002", from: { everywhere: true } }) { commands { status device { serialNumber } } }`,
  );
  expect(commands.map(({ status }) => status)).toEqual(["SUCCEEDED", "SUCCEEDED"]);
  expect((await portico.ask(`{ user(employeeCode: "90002") { name } }`)).data).toEqual({ user: null });
});

test("null clears a validity date, and an absent field stays as it is", async () => {
  const portico = await startPortico();
  const update = (fields: string) =>
    mutate<{ user: object }>(
      portico,
      `updateUser(input: { employeeCode: "1042", ${fields} }) { user { firstName validFrom validTo } }`,
    );
  const set = await update(`validFrom: "2026-01-01T00:00:00", validTo: "2026-12-31T23:59:59"`);
  expect(set.user).toMatchObject({ validFrom: "2026-01-01T00:00:00", validTo: "2026-12-31T23:59:59" });
  const cleared = await update(`validTo: null, firstName: "Asha"`);
  expect(cleared.user).toEqual({ firstName: "Asha", validFrom: "2026-01-01T00:00:00", validTo: null });
});

test("an operation that the plan excludes is NOT_ALLOWED, with the gateway's status code", async () => {
  const portico = await startPortico();
  const denied = [...portico.sandbox.gateway.world.devices.values()].find((each) => !each.license.Valid);
  const { userErrors } = await mutate<{ userErrors: object[] }>(
    portico,
    `rebootDevice(input: { serialNumbers: ["${denied?.DeviceSN}"] }) {
      userErrors { __typename code ... on GatewayRefusedError { statusCode } } }`,
  );
  expect(userErrors).toEqual([{ __typename: "GatewayRefusedError", code: "NOT_ALLOWED", statusCode: 5 }]);
});

test("a rate limit on a command is reported at once: a command is sent once", async () => {
  const portico = await startPortico();
  portico.sandbox.faults.add({ kind: "429", retryAfter: 7, operation: "OpenDoor", times: null });
  const { userErrors } = await mutate<{ userErrors: object[] }>(
    portico,
    `openDoor(input: { serialNumber: "SN7A2300583" }) { userErrors { code ... on GatewayRateLimitError { retryAfterSeconds } } }`,
  );
  expect(userErrors).toEqual([{ code: "RATE_LIMITED", retryAfterSeconds: 7 }]);
  expect(tally(portico.upstream())).toEqual({ OpenDoor: 1 });
});

test("queued commands that are withdrawn are CANCELLED", async () => {
  const portico = await startPortico();
  const serialNumber = offline(portico);
  const { commands: queued } = await mutate<{ commands: Command[] }>(
    portico,
    `rebootDevice(input: { serialNumbers: ["${serialNumber}"], options: { waitSeconds: 0 } }) { commands { id status } }`,
  );
  const { commands } = await mutate<{ commands: Command[] }>(
    portico,
    `resetDeviceQueue(input: { serialNumber: "${serialNumber}" }) { commands { id status } restartedCallbacks }`,
  );
  expect(commands).toContainEqual({ id: queued[0]?.id, status: "CANCELLED" });
});

test("the URL of a registration is returned without possible secrets", async () => {
  const portico = await startPortico();
  const { callback } = await mutate<{ callback: object }>(
    portico,
    `registerCallback(input: { url: "https://hr.example.com/hooks/s3cret-path?key=s3cret", token: "0123456789abcdef0123",
      signingSecret: "a-signing-secret-of-ours" }) {
      callback { url active events devices { serialNumber } } }`,
  );
  expect(callback).toEqual({
    url: "https://hr.example.com/hooks/***",
    active: true,
    events: ["PUNCH_ADDED", "DEVICE_STATUS_CHANGED", "ENROLLMENT_UPDATED"],
    devices: null,
  });
});
