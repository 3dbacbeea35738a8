import { setTimeout as delay } from "node:timers/promises";
import type { Instance } from "../instance.ts";
import { type FaultKind, REACH_MS, type Scene } from "./kinds/kind.ts";
import type { Ledger } from "./ledger.ts";
import type { Patience } from "./patience.ts";
import { randomFor } from "./random.ts";
import { writeScript } from "./script.ts";
import type { Variant } from "./variants.ts";
import type { Loss } from "./verdict.ts";

export interface Plan {
  readonly variant: Variant;
  readonly seed: number;
  /** The faults go on until so many events are acknowledged. */
  readonly events: number;
  readonly perSecond: number;
  /** Maximum number of events in one callback. */
  readonly maxRows: number;
  /** Ends the faults after this time, in any case. */
  readonly maxMs: number;
  /** Between two faults, on average. */
  readonly pauseMs: number;
  /** Between two resets of a connection beside the faults, on average. */
  readonly resetMs: number;
  /** How long the slow reader does not read, and another one stays away at most. */
  readonly awayMs: number;
}

/** How long it took after one fault, in milliseconds. */
export interface Recovery {
  readonly kind: string;
  readonly acknowledgedMs: number;
  readonly readyMs: number;
}

export const RECOVERY_MS = 60_000;
const READY_MS = 2_000;

export const isReady = async ({ port, isUp }: Instance): Promise<boolean> => {
  if (!isUp()) return false;
  const signal = AbortSignal.timeout(READY_MS);
  const headers = { connection: "close" };
  return fetch(`http://127.0.0.1:${port}/health/ready`, { headers, signal }).then(
    ({ ok }) => ok,
    () => false,
  );
};

/** Applies one fault after the other, each when the last one is over, and notes how long it took. */
export const applyFaults = async (plan: Plan, scene: Scene, ledger: Ledger, patience: Patience) => {
  const random = randomFor(plan.seed, `${plan.variant.name}: pauses`);
  const startedAt = performance.now();
  const isOver = () =>
    performance.now() - startedAt > plan.maxMs || scene.instances.some(({ hasCrashed }) => hasCrashed());
  const losses: Loss[] = [];
  const recoveries: Recovery[] = [];
  const complaints: string[] = [];
  let master = await scene.store.master();
  let masterSince = performance.now();
  /** Where there are replicas, a master is also replaced because the machine is slow. */
  const noteNewMaster = async () => {
    const now = await scene.store.master();
    const at = performance.now();
    if (now !== master) losses.push({ from: masterSince, until: at, reachMs: REACH_MS["the last events"] });
    [master, masterSince] = [now, at];
  };
  const apply = async ({ name, cost, apply }: FaultKind) => {
    const from = performance.now();
    await apply(scene);
    const endedAt = performance.now();
    let [acknowledgedMs, readyMs] = [-1, -1];
    const note = async () => {
      const now = performance.now() - endedAt;
      if (acknowledgedMs < 0 && ledger.lastAcknowledgedAt > endedAt)
        acknowledgedMs = ledger.lastAcknowledgedAt - endedAt;
      if (readyMs < 0 && (await Promise.all(scene.instances.map(isReady))).every(Boolean)) readyMs = now;
      return acknowledgedMs >= 0 && readyMs >= 0;
    };
    if (!(await patience.holds(note, RECOVERY_MS, () => scene.instances.some(({ hasCrashed }) => hasCrashed()))))
      complaints.push(`After "${name}" ${readyMs < 0 ? "an instance is not ready" : "no event is acknowledged"}.`);
    else recoveries.push({ kind: name, acknowledgedMs, readyMs });
    await noteNewMaster();
    if (cost !== "nothing") losses.push({ from, until: performance.now(), reachMs: REACH_MS[cost] });
  };
  for (let round = 0; round === 0 || ledger.acknowledged < plan.events; round += 1) {
    for (const kind of writeScript(plan.variant.kinds, plan.seed + round)) {
      if (isOver() || complaints.length > 0) return { losses, recoveries, complaints };
      await delay(random() * 2 * plan.pauseMs);
      await apply(kind);
    }
  }
  return { losses, recoveries, complaints };
};
