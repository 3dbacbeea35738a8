import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";

/** Runs work that can be aborted, for a limited time, and not beyond the end of another signal. */
export const withDeadline = async <Result>(
  ms: number,
  outer: AbortSignal | null,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> => {
  // A signal made by AbortSignal.any may be collected before it fires.
  const controller = new AbortController();
  const abort = () => controller.abort();
  const timer = setTimeout(abort, ms);
  outer?.addEventListener("abort", abort, { once: true });
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener("abort", abort);
  }
};

/**
 * Waits longer on a machine that is busy with other work. A control, which does a fixed piece of work in a process of its own twice
 * a second, says how much slower the machine is now than it was at its best in this run.
 */
export interface Patience {
  /** Milliseconds that are longer by as much as the machine is slower now; an integer. */
  readonly stretch: (ms: number) => number;
  /** Waits until the fact holds; returns whether it did so before the time is up, which passes slower on a slow machine. */
  readonly holds: (fact: () => boolean | Promise<boolean>, ms: number, giveUp?: () => boolean) => Promise<boolean>;
  readonly stop: () => Promise<void>;
}

const MEASURED = 5;
const POLL_MS = 10;

export const startPatience = async (): Promise<Patience> => {
  const child = fork(new URL("./control.process.ts", import.meta.url), {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  let recent: readonly number[] = [];
  let best = Number.POSITIVE_INFINITY;
  child.on("message", (ms: number) => {
    best = Math.min(best, ms);
    recent = [...recent.slice(1 - MEASURED), ms];
  });
  await once(child, "message");
  const middle = () => recent.toSorted((a, b) => a - b)[recent.length >> 1] ?? best;
  const factor = () => Math.max(1, middle() / best);
  return {
    stretch: (ms) => Math.ceil(ms * factor()),
    async holds(fact, ms, giveUp = () => false) {
      let left = ms;
      for (let last = performance.now(); ; ) {
        if (await fact()) return true;
        if (left < 0 || giveUp()) return false;
        await delay(POLL_MS);
        const now = performance.now();
        left -= (now - last) / factor();
        last = now;
      }
    },
    async stop() {
      child.disconnect();
      await once(child, "exit");
    },
  };
};
