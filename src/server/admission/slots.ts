import { FairQueue } from "./fair-queue.ts";
import type { Release } from "./quotas.ts";

/** Queries of all callers that are executed at a time. */
export const MAX_EXECUTIONS = 128;

/** A query that runs longer waits for the gateway and not for the CPU: its slot goes to another query. */
const MAX_HELD_MS = 250;

/** A slot that is taken. */
interface Held {
  readonly key: string;
  readonly takenAt: number;
}

/**
 * Limits the queries that run at a time. A caller may hold as many slots as are free: one caller alone gets half, a second one half of
 * the rest, and the last slot is for a caller that has none. Others wait, round robin. While a query waits, slots that were taken 250 ms
 * ago are released: their queries go on, but wait for the gateway and not for the CPU.
 */
export class Slots {
  readonly #max: number;
  readonly #maxHeldMs: number;
  readonly #taken = new Map<string, number>();
  /** In the order in which they were taken. */
  readonly #held = new Set<Held>();
  readonly #waiting = new FairQueue<() => void>();
  #expiry: NodeJS.Timeout | undefined;

  constructor(max: number, maxHeldMs: number = MAX_HELD_MS) {
    this.#max = max;
    this.#maxHeldMs = maxHeldMs;
  }

  /** Takes a slot of a caller, or resolves when there is one. */
  acquire(key: string): Release | Promise<Release> {
    if (this.#mayTake(key)) return this.#take(key);
    return new Promise((resolve) => {
      this.#waiting.add(key, () => resolve(this.#take(key)));
      this.#watchExpiry();
    });
  }

  #mayTake(key: string): boolean {
    const total = this.#held.size;
    return (this.#taken.get(key) ?? 0) < Math.max(1, this.#max - total) && total < this.#max;
  }

  #take(key: string): Release {
    const held = { key, takenAt: performance.now() };
    this.#held.add(held);
    this.#taken.set(key, (this.#taken.get(key) ?? 0) + 1);
    return () => this.#release(held);
  }

  #release(held: Held): void {
    if (!this.#held.delete(held)) return;
    const left = (this.#taken.get(held.key) ?? 0) - 1;
    if (left > 0) this.#taken.set(held.key, left);
    else this.#taken.delete(held.key);
    this.#startWaiting();
  }

  /** While queries wait, slots that are held for too long are released. */
  #watchExpiry(): void {
    const [oldest] = this.#held;
    if (this.#expiry !== undefined || oldest === undefined || this.#waiting.isEmpty) return;
    const ms = Math.max(0, oldest.takenAt + this.#maxHeldMs - performance.now());
    this.#expiry = setTimeout(() => {
      this.#expiry = undefined;
      const before = performance.now() - this.#maxHeldMs;
      for (const held of this.#held) {
        if (held.takenAt > before) break;
        this.#release(held);
      }
      this.#watchExpiry();
    }, ms);
  }

  #startWaiting(): void {
    for (let start = this.#next(); start !== undefined; start = this.#next()) start();
  }

  #next(): (() => void) | undefined {
    return this.#waiting.next((key) => this.#mayTake(key));
  }
}
