import { setTimeout as delay } from "node:timers/promises";
import { median, quantile } from "../../bench/statistics.ts";
import { startLoad } from "../kit/gateway/load.ts";
import { type Claim, claim, count, milliseconds, type Proof } from "./proof.ts";
import { type Side, startSide, stopSide } from "./side.ts";

const DEVICES = 100;
/** On each side. */
const PER_SECOND = 50;
const WINDOW_MS = 5_000;
const WINDOWS = 10;
const MAX_RATIO = 1.5;
const DOORS = "query ($n: String!) { device(serialNumber: $n) { doors { number state } } }";

/** The results of the calls to one side. */
interface Log {
  /** Latencies of the responsive devices, by the time of the call. */
  readonly times: { readonly at: number; readonly ms: number }[];
  readonly outcomes: Map<string, number>;
}

/**
 * Sends the same calls to both sides at the same time, for `ms` milliseconds: each asks for the doors of one device, every
 * tenth for those of the device that hangs on the first side.
 */
const callBoth = async (
  sides: readonly Side[],
  serials: readonly string[],
  hanging: string,
  ms: number,
): Promise<readonly Log[]> => {
  const logs = sides.map((): Log => ({ times: [], outcomes: new Map() }));
  const startedAt = performance.now();
  const ask = async (number: number, { client }: Side, { times, outcomes }: Log) => {
    const serialNumber = number % 10 === 0 ? hanging : (serials[number % serials.length] ?? "");
    const at = performance.now() - startedAt;
    const reply = await client.ask(DOORS, { n: serialNumber });
    const name = serialNumber === hanging ? `${reply.outcome} (the hanging one)` : reply.outcome;
    outcomes.set(name, (outcomes.get(name) ?? 0) + 1);
    if (serialNumber !== hanging) times.push({ at, ms: reply.ms });
  };
  const load = startLoad(PER_SECOND, async (number) => {
    const calls = sides.map((side, index) => async () => {
      const log = logs[index];
      if (log !== undefined) await ask(number, side, log);
    });
    // The sides alternate in being called first.
    if (number % 2 === 0) calls.reverse();
    await Promise.all(calls.map((start) => start()));
    return "asked";
  });
  await delay(ms);
  load.stop();
  await load.ended;
  return logs;
};

/** The median over time windows of a quantile of the latencies. */
const medianOf = ({ times }: Log, part: number): number => {
  const windows = Map.groupBy(times, ({ at }) => Math.floor(at / WINDOW_MS));
  const whole = [...windows].filter(([number]) => number < WINDOWS).map(([, calls]) => calls.map(({ ms }) => ms));
  return median(whole.map((calls) => quantile(calls, part)));
};

const latencyOf = (log: Log): string =>
  `p50 ${milliseconds(medianOf(log, 0.5))}, p99 ${milliseconds(medianOf(log, 0.99))}`;

const outcomesOf = ({ outcomes }: Log): string =>
  [...outcomes].map(([name, times]) => `${count(times)} x ${name}`).join(", ");

const hasOnly = ({ outcomes }: Log, ...names: readonly string[]): boolean =>
  outcomes.size > 0 && [...outcomes.keys()].every((name) => names.includes(name));

/** Lets a device of the first side hang; the second side is the control. */
const hang = async (
  name: string,
  sides: readonly [Side, Side],
  serials: readonly string[],
): Promise<readonly Claim[]> => {
  const [hanging = "", ...healthy] = serials;
  await sides[0].sandbox.addFault({ kind: "hang", device: hanging, times: null });
  const [affected, control] = (await callBoth(sides, healthy, hanging, WINDOWS * WINDOW_MS)) as [Log, Log];
  await sides[0].sandbox.clearFaults();
  const ratio = medianOf(affected, 0.99) / medianOf(control, 0.99);
  const [slowest, usual] = [affected, control].map(({ times }) => Math.max(...times.map(({ ms }) => ms))) as [
    number,
    number,
  ];
  return [
    claim(
      `${name}: p99 of the ${healthy.length} other devices is at most ${MAX_RATIO} x the control's`,
      `${ratio.toFixed(2)} x (${latencyOf(affected)}; control ${latencyOf(control)}; medians of ${WINDOWS} windows)`,
      ratio <= MAX_RATIO,
    ),
    claim(
      `${name}: no other device waits for the hanging one`,
      `slowest ${milliseconds(slowest)}, of the control ${milliseconds(usual)}`,
      slowest < 3_000 + usual,
    ),
    claim(
      `${name}: the other devices answer, the hanging one does not`,
      outcomesOf(affected),
      hasOnly(affected, "answered", "UPSTREAM_UNAVAILABLE (the hanging one)"),
    ),
    claim(
      `${name}: the control answers`,
      outcomesOf(control),
      hasOnly(control, "answered", "answered (the hanging one)"),
    ),
  ];
};

export const HANGING: Proof = {
  name: "hanging",
  about: [
    `${DEVICES} devices, ${PER_SECOND} calls a second, one device hangs`,
    "compared with a control call by call, then with swapped sides",
  ].join("; "),
  async run(seed) {
    const sides: Side[] = [];
    try {
      sides.push(
        await startSide({ seed, people: 5, devices: DEVICES }),
        await startSide({ seed, people: 5, devices: DEVICES }),
      );
      const [a, b] = sides as [Side, Side];
      const { data } = await a.client.ask<{ devices: { nodes: { serialNumber: string }[] } }>(
        `{ devices(first: ${DEVICES}) { nodes { serialNumber } } }`,
      );
      const serials = (data?.devices.nodes ?? []).map(({ serialNumber }) => serialNumber);
      await callBoth(sides, serials, serials.at(-1) ?? "", WINDOW_MS);
      return [
        claim(`the account has ${DEVICES} devices`, count(serials.length), serials.length === DEVICES),
        ...(await hang("A", [a, b], serials)),
        ...(await hang("B", [b, a], serials)),
      ];
    } finally {
      for (const side of sides) await stopSide(side);
    }
  },
};
