import type { Redis } from "ioredis";
import type { Script } from "./script.ts";

export interface ScriptCall {
  readonly script: Script;
  readonly keys: readonly string[];
  readonly args: readonly (string | number)[];
}

/** Runs a script; rejects with the error that Redis answered. A function is called when the script is sent. */
export type RunScript = (call: ScriptCall | (() => ScriptCall)) => Promise<unknown>;

export interface ScriptBatcherOptions {
  readonly redis: Redis;
  /** How many replicas have to have what was written before a call succeeds. */
  readonly waitReplicas: number;
}

type Outcome = readonly [error: Error | null, result?: unknown];

interface Waiting {
  readonly call: ScriptCall | (() => ScriptCall);
  readonly settle: (outcome: Outcome) => void;
}

interface Pending extends Waiting {
  readonly call: ScriptCall;
}

/** Shorter than the timeout of a command. */
const WAIT_MS = 1_000;
/** The calls that may wait in this process while Redis stalls; further calls fail at once. */
export const MAX_PENDING = 10_000;
const CLOSED = "The connection was closed.";

/** As many calls wait as may wait. */
export class QueueFullError extends Error {
  constructor() {
    super("Too many calls are waiting: this one timed out before it was sent.");
  }
}

/** Sends all calls of one turn of the event loop as one pipeline. A script that Redis does not know is sent in full. */
export const createScriptBatcher = ({ redis, waitReplicas }: ScriptBatcherOptions): RunScript => {
  let pending = 0;
  let queue: Waiting[] = [];

  /** Settles the calls of a batch, but for those whose script Redis does not know; it returns those. */
  const settle = async (batch: readonly Pending[], verb: "eval" | "evalsha"): Promise<readonly Pending[]> => {
    const pipeline = redis.pipeline();
    for (const { script, keys, args } of batch.map(({ call }) => call)) {
      pipeline[verb](verb === "eval" ? script.lua : script.sha, keys.length, ...keys, ...args);
    }
    if (waitReplicas > 0) pipeline.wait(waitReplicas, WAIT_MS);
    const outcomes: readonly Outcome[] = (await pipeline.exec()) ?? [];
    const missing = waitReplicas > 0 ? missingReplicas(outcomes.at(-1), waitReplicas) : null;
    return batch.filter((each, index) => {
      const [error, result] = outcomes[index] ?? [new Error(CLOSED)];
      if (error?.message.startsWith("NOSCRIPT")) return true;
      each.settle([error ?? missing, result]);
      return false;
    });
  };

  const flush = async () => {
    const batch = queue.map(
      ({ call, settle: settleOne }): Pending => ({
        call: typeof call === "function" ? call() : call,
        settle: settleOne,
      }),
    );
    queue = [];
    try {
      const unknown = await settle(batch, "evalsha");
      if (unknown.length > 0) await settle(unknown, "eval");
    } catch (error) {
      for (const each of batch) each.settle([error as Error]);
    } finally {
      pending -= batch.length;
    }
  };

  return (call) =>
    new Promise((resolve, reject) => {
      if (pending >= MAX_PENDING) {
        reject(new QueueFullError());
        return;
      }
      pending += 1;
      queue.push({ call, settle: ([error, result]) => (error === null ? resolve(result) : reject(error)) });
      if (queue.length === 1) setImmediate(() => void flush());
    });
};

const missingReplicas = (outcome: Outcome | undefined, required: number): Error | null => {
  const [error, count] = outcome ?? [new Error(CLOSED)];
  if (error !== null) return error;
  return Number(count) >= required ? null : new Error(`NOREPLICAS: ${String(count)} of ${required} replicas answered.`);
};
