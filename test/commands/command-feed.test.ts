import { expect, onTestFinished, test } from "vitest";
import type { Command } from "../../src/commands/command.ts";
import { createCommandFeed } from "../../src/commands/feed.ts";
import { createCommandTracker } from "../../src/commands/tracker.ts";
import type { Sink } from "../../src/events/hub/subscription-spec.ts";
import { createGate, type Gate } from "../kit/events/sinks.ts";
import { openClient, openSandbox } from "../kit/gateway/upstream.ts";
import { startPortico, type TestApp, tally } from "../kit/portico/app.ts";
import { subscribeBySocket, subscribeBySse } from "../kit/portico/live.ts";

const FOLLOW = `subscription ($id: ID!) { commandUpdated(id: $id) { id status attempts completedAt failureReason } }`;

interface Followed {
  readonly commandUpdated: { readonly id: string; readonly status: string };
}

const statuses = ({ events }: { readonly events: readonly Followed[] }) =>
  events.map(({ commandUpdated }) => commandUpdated.status);

const TRANSPORTS = [
  ["WebSocket", subscribeBySocket],
  ["server-sent events", subscribeBySse],
] as const;

/** A reboot of a device that is offline: queued until it comes back. */
const queue = async (portico: TestApp): Promise<string> => {
  portico.sandbox.changeDevice("SN7A2300584", { online: false });
  const { data } = await portico.ask<{ resendUser: { commands: { id: string }[] } }, object>(
    `mutation { resendUser(input: { employeeCode: "1042", serialNumbers: ["SN7A2300584"], options: { waitSeconds: 0 } }) { commands { id } } }`,
  );
  return data.resendUser.commands[0]?.id ?? "";
};

test.for(TRANSPORTS)(
  "a command is followed to its end by %s, and the subscription completes",
  async ([, subscribe]) => {
    const portico = await startPortico();
    const id = await queue(portico);
    const follower = subscribe<Followed>(portico.url, FOLLOW, { id });
    await expect.poll(() => statuses(follower)).toEqual(["QUEUED"]);
    portico.sandbox.changeDevice("SN7A2300584", { online: true });
    await follower.ended;
    expect(statuses(follower).at(-1)).toBe("SUCCEEDED");
    expect(follower.errors).toEqual([]);
    portico.upstream();
    const late = subscribe<Followed>(portico.url, FOLLOW, { id });
    await late.ended;
    expect(statuses(late)).toEqual(["SUCCEEDED"]);
    expect((await portico.ask(`query ($id: ID!) { command(id: $id) { status } }`, { id })).data).toEqual({
      command: { status: "SUCCEEDED" },
    });
    expect(portico.upstream()).toEqual([]);
  },
);

test("a hundred watchers of one command cost one series of questions", async () => {
  const portico = await startPortico();
  const id = await queue(portico);
  portico.upstream();
  const watchers = Array.from({ length: 100 }, () => subscribeBySse<Followed>(portico.url, FOLLOW, { id }));
  await expect.poll(() => watchers.filter(({ events }) => events.length > 0).length).toBe(100);
  portico.sandbox.changeDevice("SN7A2300584", { online: true });
  await Promise.all(watchers.map(({ ended }) => ended));
  expect(watchers.every((watcher) => statuses(watcher).at(-1) === "SUCCEEDED")).toBe(true);
  const { GetCommandStatus: asked = 0 } = tally(portico.upstream());
  expect(asked).toBeGreaterThan(0);
  expect(asked).toBeLessThan(12);
});

test("a command that the gateway does not know is an error, and the subscription ends", async () => {
  const portico = await startPortico();
  const id = Buffer.from("Command:cmd_never_given").toString("base64url");
  for (const [, subscribe] of TRANSPORTS) {
    const follower = subscribe<Followed>(portico.url, FOLLOW, { id });
    await follower.ended;
    expect(follower.events).toEqual([]);
    expect(follower.errors).toMatchObject([{ extensions: { code: "NOT_FOUND" } }]);
  }
  const malformed = subscribeBySocket<Followed>(portico.url, FOLLOW, { id: "x" });
  await malformed.ended;
  expect(JSON.stringify(malformed.errors)).toContain("NOT_FOUND");
});

/** A client that has no room, or has all the room it needs. */
const createTestSink = (full: Gate | null) => {
  const got: (string | undefined)[] = [];
  let hasRoom = full === null;
  const sink: Sink = {
    send({ json }) {
      got.push((JSON.parse(json.toString()) as Command | null)?.status);
      return hasRoom;
    },
    async drained() {
      await full?.passed;
      hasRoom = true;
      return true;
    },
    checkpoint: () => {},
    complete: () => void got.push("complete"),
    fail: () => void got.push("fail"),
  };
  return { sink, got };
};

test("who does not keep up with a command is told its end when there is room again, and nothing is kept for it meanwhile", async () => {
  const sandbox = await openSandbox();
  const client = openClient(sandbox);
  const tracker = createCommandTracker({
    call: (name, input) => client.call(name, input),
    random: Math.random,
    now: Date.now,
    initialPollMs: 20,
    maxPollMs: 20,
  });
  onTestFinished(tracker.stop);
  const DeviceSN = "SN7A2300583";
  sandbox.changeDevice(DeviceSN, { online: false, acknowledgeMs: 300 });
  const given = await client.call("OpenDoor", { DeviceSN, DoorNo: 1, Wait: 0, ExpirySeconds: 60 });
  const following = {
    key: "one",
    command: { CommandID: given.CommandID ?? "" },
    render: async (state: Command | null) => Buffer.from(JSON.stringify(state)),
  };
  const faults: unknown[] = [];
  const follow = createCommandFeed(tracker, (error) => void faults.push(error));
  const gate = createGate();
  const [quick, slow, gone] = [createTestSink(null), createTestSink(gate), createTestSink(createGate())];
  const [, , last] = [quick, slow, gone].map(({ sink }) => follow(following, sink));
  await expect.poll(() => quick.got).toEqual(["Queued"]);
  sandbox.changeDevice(DeviceSN, { online: true });
  await expect.poll(() => quick.got).toEqual(["Queued", "Sent", "Done", "complete"]);
  last?.end();
  expect([slow.got, gone.got]).toEqual([["Queued"], ["Queued"]]);
  gate.open();
  await expect.poll(() => slow.got).toEqual(["Queued", "Done", "complete"]);
  expect([gone.got, faults]).toEqual([["Queued"], []]);
});
