import { setTimeout as delay } from "node:timers/promises";
import { median, quantile } from "../../bench/statistics.ts";
import type { Instance } from "../faults/instance.ts";
import { startLoad } from "../kit/gateway/load.ts";
import { type Asker, createAsker } from "./asker.ts";
import { startPrograms, urlOf } from "./program.ts";
import { type Claim, claim, count, milliseconds, type Proof } from "./proof.ts";
import { type RemoteSandbox, startRemoteSandbox } from "./sandbox.ts";

const DEVICES = 100;
/** On each side. */
const PER_SECOND = 50;
const WINDOW_MS = 5_000;
const WINDOWS = 10;
const MOST = 1.5;
const DOORS = "query ($n: String!) { device(serialNumber: $n) { doors { number state } } }";

/** An instance with a gateway of its own. */
interface Side {
  readonly sandbox: RemoteSandbox;
  readonly instance: Instance;
  readonly asker: Asker;
}

/** What came of the calls to one side. */
interface Log {
  /** Of the devices that are not sick, by when they were asked for. */
  readonly times: { readonly at: number; readonly ms: number }[];
  readonly outcomes: Map<string, number>;
}

const startSide = async (seed: number): Promise<Side> => {
  const sandbox = await startRemoteSandbox({ seed, people: 5, devices: DEVICES });
  const [instance] = await startPrograms(1, { gateway: sandbox });
  if (instance === undefined) throw new Error("There is no instance.");
  return { sandbox, instance, asker: createAsker(urlOf(instance)) };
};

const stopSide = async ({ sandbox, instance, asker }: Side): Promise<void> => {
  await asker.stop();
  await instance.kill();
  await sandbox.stop();
};

/**
 * Asks both sides the same at the same moment, for so long: for the doors of all devices, one to a call, and in every tenth
 * call for those of the device that is sick at the first side.
 */
const askBoth = async (
  sides: readonly Side[],
  serials: readonly string[],
  sick: string,
  ms: number,
): Promise<readonly Log[]> => {
  const logs = sides.map((): Log => ({ times: [], outcomes: new Map() }));
  const began = performance.now();
  const ask = async (number: number, { asker }: Side, { times, outcomes }: Log) => {
    const serialNumber = number % 10 === 0 ? sick : (serials[number % serials.length] ?? "");
    const at = performance.now() - began;
    const reply = await asker.ask(DOORS, { n: serialNumber });
    const name = serialNumber === sick ? `${reply.outcome} (the sick one)` : reply.outcome;
    outcomes.set(name, (outcomes.get(name) ?? 0) + 1);
    if (serialNumber !== sick) times.push({ at, ms: reply.ms });
  };
  const load = startLoad(PER_SECOND, async (number) => {
    const asking = sides.map((side, index) => async () => {
      const log = logs[index];
      if (log !== undefined) await ask(number, side, log);
    });
    // Now the one side is asked first, now the other.
    if (number % 2 === 0) asking.reverse();
    await Promise.all(asking.map((start) => start()));
    return "asked";
  });
  await delay(ms);
  load.stop();
  await load.ended;
  return logs;
};

/** The median over windows of time of how long calls took. */
const middle = ({ times }: Log, part: number): number => {
  const windows = Map.groupBy(times, ({ at }) => Math.floor(at / WINDOW_MS));
  const whole = [...windows].filter(([number]) => number < WINDOWS).map(([, calls]) => calls.map(({ ms }) => ms));
  return median(whole.map((calls) => quantile(calls, part)));
};

const shown = (log: Log): string => `p50 ${milliseconds(middle(log, 0.5))}, p99 ${milliseconds(middle(log, 0.99))}`;

const told = ({ outcomes }: Log): string =>
  [...outcomes].map(([name, times]) => `${count(times)} x ${name}`).join(", ");

const hasOnly = ({ outcomes }: Log, ...names: readonly string[]): boolean =>
  outcomes.size > 0 && [...outcomes.keys()].every((name) => names.includes(name));

/** A device of the first side hangs; the second side is the control. */
const hang = async (
  name: string,
  sides: readonly [Side, Side],
  serials: readonly string[],
): Promise<readonly Claim[]> => {
  const [sick = "", ...healthy] = serials;
  await sides[0].sandbox.misbehave({ kind: "hang", device: sick, times: null });
  const [beside, control] = (await askBoth(sides, healthy, sick, WINDOWS * WINDOW_MS)) as [Log, Log];
  await sides[0].sandbox.heal();
  const ratio = middle(beside, 0.99) / middle(control, 0.99);
  const slowest = Math.max(...beside.times.map(({ ms }) => ms));
  return [
    claim(
      `${name}: p99 of the ${healthy.length} others at most ${MOST} x the control's`,
      `${ratio.toFixed(2)} x (${shown(beside)}; control ${shown(control)}; medians of ${WINDOWS} windows)`,
      ratio <= MOST,
    ),
    claim(`${name}: none of the others waits for the sick one`, `slowest ${milliseconds(slowest)}`, slowest < 3_000),
    claim(
      `${name}: the others are answered, the sick one is not`,
      told(beside),
      hasOnly(beside, "answered", "UPSTREAM_UNAVAILABLE (the sick one)"),
    ),
    claim(`${name}: the control is answered`, told(control), hasOnly(control, "answered", "answered (the sick one)")),
  ];
};

export const HANGING: Proof = {
  name: "hanging",
  about: `${DEVICES} devices, ${PER_SECOND} calls a second, one device hangs; beside a control, call by call, then the other way round`,
  async run(seed) {
    const sides: Side[] = [];
    try {
      sides.push(await startSide(seed), await startSide(seed));
      const [a, b] = sides as [Side, Side];
      const { data } = await a.asker.ask<{ devices: { nodes: { serialNumber: string }[] } }>(
        `{ devices(first: ${DEVICES}) { nodes { serialNumber } } }`,
      );
      const serials = (data?.devices.nodes ?? []).map(({ serialNumber }) => serialNumber);
      await askBoth(sides, serials, serials.at(-1) ?? "", WINDOW_MS);
      return [
        claim(`there are ${DEVICES} devices`, count(serials.length), serials.length === DEVICES),
        ...(await hang("A", [a, b], serials)),
        ...(await hang("B", [b, a], serials)),
      ];
    } finally {
      for (const side of sides) await stopSide(side);
    }
  },
};
