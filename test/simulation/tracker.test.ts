import { expect } from "vitest";
import { type CommandKey, createCommandTracker } from "../../src/commands/tracker.ts";
import { OPERATIONS } from "../../src/contract/operations.ts";
import { GatewayError } from "../../src/gateway/errors.ts";
import { simulate, type World } from "./world.ts";

const STATUSES = ["Queued", "Sent", "Done"] as const;
const DEVICE = "SN7A2300583";

/** A gateway with some commands, which are carried out step by step. */
const createGateway = (world: World) => {
  const progress = new Map<string, number>();
  const asked = { inFlight: 0, total: 0 };
  const answerFor = (id: string) => {
    const step = progress.get(id);
    if (step === undefined) throw new GatewayError("UPSTREAM_NOT_FOUND", "", { operation: "GetCommandStatus" });
    return {
      CommandID: id,
      OperationID: `op-${id}`,
      Operation: "OpenDoor",
      DeviceSN: DEVICE,
      CommandStatus: STATUSES[step] ?? "Done",
    };
  };
  return {
    asked,
    /** Lets a command be known, or go one step further. */
    advance: (id: string) => void progress.set(id, Math.min(STATUSES.length - 1, (progress.get(id) ?? -1) + 1)),
    async call(input: { readonly CommandID?: string; readonly OperationID?: string }) {
      asked.inFlight += 1;
      asked.total += 1;
      try {
        return await world.remote(() => {
          if (world.chance(0.3)) throw new GatewayError("UPSTREAM_UNAVAILABLE", "", { operation: "GetCommandStatus" });
          const { CommandID, OperationID } = input;
          const body =
            CommandID === undefined
              ? { Commands: [answerFor((OperationID ?? "").slice("op-".length))] }
              : { Command: answerFor(CommandID) };
          return OPERATIONS.GetCommandStatus.output.read({ StatusCode: 0, Status: "done", ...body });
        });
      } finally {
        asked.inFlight -= 1;
      }
    },
  };
};

interface Watch {
  readonly id: string;
  readonly states: (string | null)[];
  ended: number;
  isStopped: boolean;
  stop: () => void;
}

const keyOf = (id: string, isById: boolean): CommandKey =>
  isById ? { CommandID: id } : { OperationID: `op-${id}`, DeviceSN: DEVICE };

simulate("every watcher of a command sees its states in order, its end once, and nothing afterwards", async (world) => {
  const gateway = createGateway(world);
  const tracker = createCommandTracker({
    call: (_name, input) => gateway.call(input),
    random: world.random,
    now: world.now,
  });
  const watches: Watch[] = [];
  const watch = (id: string, isById: boolean) => {
    const own: Watch = { id, states: [], ended: 0, isStopped: false, stop: () => {} };
    const requireWatching = () => {
      if (own.isStopped || own.ended > 0) throw new Error(`a watcher of ${id} hears of it although it has ended`);
    };
    watches.push(own);
    own.stop = tracker.watch(keyOf(id, isById), {
      onChange(state) {
        requireWatching();
        own.states.push(state?.status ?? null);
      },
      onEnd() {
        requireWatching();
        own.ended += 1;
      },
    });
  };
  const ids: readonly [string, ...string[]] = world.chance(0.7) ? ["a"] : ["a", "b"];
  for (const id of ids) if (world.chance(0.9)) gateway.advance(id);
  for (let step = 0; step < 40; step += 1) {
    const id = world.pick(ids);
    const what = world.int(0, 6);
    if (what === 0) watch(id, world.chance(0.5));
    else if (what === 1) gateway.advance(id);
    else if (what === 2) tracker.refresh(id);
    else if (what <= 4) {
      const one = watches.find(({ isStopped, ended }) => !isStopped && ended === 0);
      if (one !== undefined) {
        one.isStopped = true;
        one.stop();
        // Others come while the last question is on its way.
        if (world.chance(0.5)) watch(one.id, world.chance(0.8));
      }
    } else world.advance(world.int(1, 3_000));
    await world.proceed(world.int(0, 4));
    // One question for each way of asking, and one that was on its way when its watchers left.
    const left = watches.filter(({ isStopped }) => isStopped).length;
    if (gateway.asked.inFlight > 4 + left) throw new Error(`${gateway.asked.inFlight} questions at once`);
  }
  for (const id of ids) for (let step = 0; step < STATUSES.length; step += 1) gateway.advance(id);
  for (let turn = 0; turn < 40; turn += 1) {
    await world.settle();
    world.advance(10_000);
  }
  await world.settle();
  for (const { id, states, ended, isStopped } of watches) {
    const order = states.map((state) => (state === null ? -1 : STATUSES.indexOf(state as "Done")));
    expect(order, `the states of ${id}`).toEqual([...new Set(order)].toSorted((a, b) => a - b));
    if (!isStopped) expect(ended, `the ends of ${id}`).toBe(1);
    if (!isStopped && states.at(-1) !== null) expect(states.at(-1)).toBe("Done");
  }
  const { total } = gateway.asked;
  world.advance(60_000);
  await world.settle();
  expect(gateway.asked.total, "questions about commands that have ended").toBe(total);
});

simulate("however many watch one command, it is asked about once at a time", async (world) => {
  const gateway = createGateway(world);
  gateway.advance("a");
  const tracker = createCommandTracker({
    call: (_name, input) => gateway.call(input),
    random: world.random,
    now: world.now,
  });
  for (let step = 0; step < 30; step += 1) {
    if (world.chance(0.5)) tracker.watch({ CommandID: "a" }, { onChange: () => {}, onEnd: () => {} });
    if (world.chance(0.5)) tracker.refresh("a");
    if (world.chance(0.3)) world.advance(world.int(1, 2_000));
    await world.proceed(world.int(0, 2));
    expect(gateway.asked.inFlight).toBeLessThanOrEqual(1);
  }
  tracker.stop();
});

simulate("one who comes while the question of one who left is on its way sees the end", async (world) => {
  const gateway = createGateway(world);
  for (const _status of STATUSES) gateway.advance("a");
  const tracker = createCommandTracker({
    call: (_name, input) => gateway.call(input),
    random: world.random,
    now: world.now,
  });
  const leave = tracker.watch({ CommandID: "a" }, { onChange: () => {}, onEnd: () => {} });
  await world.proceed(world.int(0, 1));
  leave();
  let ended = 0;
  tracker.watch({ CommandID: "a" }, { onChange: () => {}, onEnd: () => void (ended += 1) });
  for (let turn = 0; turn < 40; turn += 1) {
    await world.settle();
    world.advance(10_000);
  }
  expect(ended).toBe(1);
});
