import { setTimeout as delay } from "node:timers/promises";

export interface WaitOptions {
  /**
   * What the wait is for, as the error says it.
   * @default the source text of the fact
   */
  readonly what?: string;
  /** @default 5000 */
  readonly timeoutMs?: number;
  /** @default 5 */
  readonly intervalMs?: number;
  /** Ends the wait before its deadline: the fact cannot come true any more. */
  readonly giveUp?: () => boolean;
}

type Truthy<Value> = Exclude<Value, false | 0 | "" | null | undefined>;

/** Polls the fact; null at the deadline. Works without vitest: the programs in faults, proofs and bench wait with it too. */
const firstOf = async <Value>(
  fact: () => Value | Promise<Value>,
  { timeoutMs = 5_000, intervalMs = 5, giveUp = () => false }: WaitOptions = {},
): Promise<Truthy<Value> | null> => {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await fact();
    if (value) return value as Truthy<Value>;
    if (giveUp() || performance.now() > deadline) return null;
    await delay(intervalMs);
  }
};

/** Waits until the fact holds and returns its first truthy value. @throws at the deadline, with what it waited for */
export const until = async <Value>(
  fact: () => Value | Promise<Value>,
  options: WaitOptions = {},
): Promise<Truthy<Value>> => {
  const began = performance.now();
  const value = await firstOf(fact, options);
  if (value !== null) return value;
  throw new Error(`Waited ${Math.round(performance.now() - began)} ms for ${options.what ?? String(fact)}.`);
};

/** Waits until the fact holds; returns whether it did so before the deadline. */
export const holds = async (fact: () => boolean | Promise<boolean>, options: WaitOptions = {}): Promise<boolean> =>
  (await firstOf(fact, options)) !== null;
