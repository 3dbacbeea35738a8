import { expect, onTestFinished, test, vi } from "vitest";
import type { DeviceCommand } from "../../src/commands/command.ts";
import { createCommandFeed } from "../../src/commands/feed.ts";
import { createCommandTracker } from "../../src/commands/tracker.ts";
import type { Sink } from "../../src/events/hub/subscription-spec.ts";
import { GatewayError } from "../../src/gateway/errors.ts";
import { setBack } from "../kit/set-back.ts";
import { createGate, type Gate } from "../kit/events/sinks.ts";
import { startOnScratch } from "../kit/gateway/scratch.ts";
import { openClient, openSandbox } from "../kit/gateway/upstream.ts";
import { startPortico, type TestApp, tally } from "../kit/portico/app.ts";
import { subscribeBySocket, subscribeBySse } from "../kit/portico/live.ts";

const SUBSCRIPTION = `subscription ($id: ID!) { commandUpdated(id: $id) { id status attempts completedAt failureReason } }`;

interface Update {
  readonly commandUpdated: { readonly id: string; readonly status: string };
}

const statuses = ({ events }: { readonly events: readonly Update[] }) =>
  events.map(({ commandUpdated }) => commandUpdated.status);

const TRANSPORTS = [
  ["WebSocket", subscribeBySocket],
  ["server-sent events", subscribeBySse],
] as const;

/** Resends a user to a device that is offline: the command is queued until the device is back. */
const queueCommand = async (portico: TestApp): Promise<string> => {
  portico.sandbox.changeDevice("SN7A2300584", { online: false });
  const { data } = await portico.ask<{ resendUser: { commands: { id: string }[] } }, object>(
    `mutation { resendUser(input: { employeeCode: "1042", serialNumbers: ["SN7A2300584"], options: { waitSeconds: 0 } }) {
      commands { id } } }`,
  );
  return data.resendUser.commands[0]?.id ?? "";
};

test.for(TRANSPORTS)(
  "a subscription by %s reports a command until it is final, and completes",
  async ([, subscribe]) => {
    const portico = await startPortico();
    const id = await queueCommand(portico);
    const subscriber = subscribe<Update>(portico.url, SUBSCRIPTION, { id });
    await expect.poll(() => statuses(subscriber)).toEqual(["QUEUED"]);
    portico.sandbox.changeDevice("SN7A2300584", { online: true });
    await subscriber.ended;
    expect(statuses(subscriber).at(-1)).toBe("SUCCEEDED");
    expect(subscriber.errors).toEqual([]);
    portico.upstream();
    const late = subscribe<Update>(portico.url, SUBSCRIPTION, { id });
    await late.ended;
    expect(statuses(late)).toEqual(["SUCCEEDED"]);
    expect((await portico.ask(`query ($id: ID!) { command(id: $id) { status } }`, { id })).data).toEqual({
      command: { status: "SUCCEEDED" },
    });
    expect(portico.upstream()).toEqual([]);
  },
);

test("a hundred watchers of one command cost one series of polls", async () => {
  const portico = await startPortico();
  const id = await queueCommand(portico);
  portico.upstream();
  const watchers = Array.from({ length: 100 }, () => subscribeBySse<Update>(portico.url, SUBSCRIPTION, { id }));
  await expect.poll(() => watchers.filter(({ events }) => events.length > 0).length).toBe(100);
  portico.sandbox.changeDevice("SN7A2300584", { online: true });
  await Promise.all(watchers.map(({ ended }) => ended));
  expect(watchers.every((watcher) => statuses(watcher).at(-1) === "SUCCEEDED")).toBe(true);
  const { GetCommandStatus: polls = 0 } = tally(portico.upstream());
  expect(polls).toBeGreaterThan(0);
  expect(polls).toBeLessThan(12);
});

test("a command that the gateway does not know is an error and ends the subscription", async () => {
  const portico = await startPortico();
  const id = Buffer.from("Command:cmd_never_given").toString("base64url");
  for (const [, subscribe] of TRANSPORTS) {
    const subscriber = subscribe<Update>(portico.url, SUBSCRIPTION, { id });
    await subscriber.ended;
    expect(subscriber.events).toEqual([]);
    expect(subscriber.errors).toMatchObject([{ extensions: { code: "NOT_FOUND" } }]);
  }
  const malformed = subscribeBySocket<Update>(portico.url, SUBSCRIPTION, { id: "x" });
  await malformed.ended;
  expect(JSON.stringify(malformed.errors)).toContain("NOT_FOUND");
});

test.each([
  [
    "does not allow it",
    { http: 403, StatusCode: 35, Status: "API_RESPONSE_OPERATION_NOT_ALLOWED" },
    "UPSTREAM_NOT_ALLOWED",
  ],
  [
    "does not allow it in a 200",
    { StatusCode: 35, Status: "API_RESPONSE_OPERATION_NOT_ALLOWED" },
    "UPSTREAM_NOT_ALLOWED",
  ],
  ["refuses it", { http: 400, StatusCode: 1, Status: "API_RESPONSE_INVALID_REQUEST_DATA" }, "UPSTREAM_REFUSED"],
])(
  "a command whose state the gateway %s is an error and ends the subscription",
  async (_how, GetCommandStatus, code) => {
    const portico = await startOnScratch({ GetCommandStatus });
    const id = Buffer.from("Command:cmd_1").toString("base64url");
    for (const [, subscribe] of TRANSPORTS) {
      const subscriber = subscribe<Update>(portico.url, SUBSCRIPTION, { id });
      await subscriber.ended;
      expect(subscriber.events).toEqual([]);
      expect(subscriber.errors).toMatchObject([{ extensions: { code } }]);
    }
  },
);

test("a command whose state the gateway fails to say for a while is reported when it does", async () => {
  const failures = [
    500,
    { http: 409 },
    { http: 429, StatusCode: 62 },
    { Command: { CommandID: "cmd_2", OperationID: "o", DeviceSN: "X" } },
  ];
  const done = {
    CommandID: "cmd_1",
    OperationID: "operation-1",
    DeviceSN: "GATE-001",
    Operation: "OpenDoor",
    CommandStatus: "Done",
  };
  const portico = await startOnScratch({ GetCommandStatus: () => failures.shift() ?? { Command: done } });
  const id = Buffer.from("Command:cmd_1").toString("base64url");
  const subscriber = subscribeBySse<Update>(portico.url, SUBSCRIPTION, { id });
  await subscriber.ended;
  expect(statuses(subscriber)).toEqual(["SUCCEEDED"]);
  expect(subscriber.errors).toEqual([]);
});

test("a command with an ID that no request can have is not known", async () => {
  const portico = await startOnScratch({});
  const id = Buffer.from(`Command:${"x".repeat(65)}`).toString("base64url");
  const subscriber = subscribeBySse<Update>(portico.url, SUBSCRIPTION, { id });
  await subscriber.ended;
  expect(subscriber.errors).toMatchObject([{ extensions: { code: "NOT_FOUND" } }]);
});

/** A client with room for one state until `full` opens, or for all if `full` is null. */
const createTestSink = (full: Gate | null) => {
  const received: (string | undefined)[] = [];
  let left = full === null ? Infinity : 1;
  const sink: Sink = {
    send({ events }) {
      const taken = events.slice(0, left);
      left -= taken.length;
      received.push(...taken.map(({ json }) => (JSON.parse(json.toString()) as DeviceCommand | null)?.status));
      return taken.length;
    },
    async drained() {
      await full?.opened;
      left = Infinity;
      return true;
    },
    checkpoint: () => {},
    complete: () => void received.push("complete"),
    fail: () => void received.push("fail"),
  };
  return { sink, received };
};

test("an accepted command that the gateway does not know is missing after a minute, also if the clock is set back", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  onTestFinished(() => void vi.useRealTimers());
  const facts = { operation: "GetCommandStatus" } as const;
  const absent = new GatewayError("UPSTREAM_NOT_FOUND", "It is not known.", facts);
  const tracker = createCommandTracker({ call: () => Promise.reject(absent), random: () => 1 });
  const seen: unknown[] = [];
  tracker.accepted("cmd_00000001", {});
  setBack();
  const watcher = { onChange: (state: unknown) => seen.push(state), onEnd: () => seen.push("end") };
  tracker.watch({ CommandID: "cmd_00000001" }, watcher);
  await vi.advanceTimersByTimeAsync(59_000);
  expect(seen).toEqual([]);
  await vi.advanceTimersByTimeAsync(11_000);
  expect(seen).toEqual([null, "end"]);
});

test("a client that does not keep up gets only the newest state when it has room again", async () => {
  const sandbox = await openSandbox();
  const client = openClient(sandbox);
  const tracker = createCommandTracker({
    call: (name, input) => client.call(name, input),
    random: Math.random,
    initialPollMs: 20,
    maxPollMs: 20,
  });
  onTestFinished(tracker.stop);
  const DeviceSN = "SN7A2300583";
  sandbox.changeDevice(DeviceSN, { online: false, acknowledgeMs: 300 });
  const answer = await client.call("OpenDoor", { DeviceSN, DoorNo: 1, Wait: 0, ExpirySeconds: 60 });
  const subscription = {
    key: "one",
    command: { CommandID: answer.CommandID ?? "" },
    render: async (state: object | null) => Buffer.from(JSON.stringify(state)),
  };
  const faults: unknown[] = [];
  const subscribe = createCommandFeed(tracker, (error) => void faults.push(error));
  const gate = createGate();
  const [quick, slow, gone] = [createTestSink(null), createTestSink(gate), createTestSink(createGate())];
  const [, , last] = [quick, slow, gone].map(({ sink }) => subscribe(subscription, sink));
  await expect.poll(() => quick.received).toEqual(["Queued"]);
  sandbox.changeDevice(DeviceSN, { online: true });
  await expect.poll(() => quick.received).toEqual(["Queued", "Sent", "Done", "complete"]);
  last?.end();
  expect([slow.received, gone.received]).toEqual([["Queued"], ["Queued"]]);
  gate.open();
  await expect.poll(() => slow.received).toEqual(["Queued", "Done", "complete"]);
  expect([gone.received, faults]).toEqual([["Queued"], []]);
});
