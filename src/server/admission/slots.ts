import { FairQueue } from "./fair-queue.ts";
import type { Release } from "./quotas.ts";

/** Queries of all callers that are executed at a time. */
export const MAX_EXECUTIONS = 128;

/**
 * Bounds the queries that are executed at a time. A caller may have as many as there are free slots: alone it gets half of all, a second
 * one half of the rest, and there is always a slot left for the next one. The others wait, callers in turn.
 */
export class Slots {
  readonly #max: number;
  readonly #taken = new Map<string, number>();
  readonly #waiting = new FairQueue<() => void>();
  #total = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** Takes a slot of a caller, or resolves when there is one. */
  acquire(key: string): Release | Promise<Release> {
    if (this.#mayTake(key)) return this.#take(key);
    return new Promise((resolve) => this.#waiting.add(key, () => resolve(this.#take(key))));
  }

  #mayTake(key: string): boolean {
    return (this.#taken.get(key) ?? 0) < Math.max(1, this.#max - this.#total) && this.#total < this.#max;
  }

  #take(key: string): Release {
    this.#total += 1;
    this.#taken.set(key, (this.#taken.get(key) ?? 0) + 1);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#total -= 1;
      const left = (this.#taken.get(key) ?? 0) - 1;
      if (left > 0) this.#taken.set(key, left);
      else this.#taken.delete(key);
      this.#startWaiting();
    };
  }

  #startWaiting(): void {
    for (let start = this.#next(); start !== undefined; start = this.#next()) start();
  }

  #next(): (() => void) | undefined {
    return this.#waiting.next((key) => this.#mayTake(key));
  }
}
