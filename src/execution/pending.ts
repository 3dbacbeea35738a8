/** How many values of one execution are still to come. */
export class Pending {
  readonly #signal: AbortSignal | undefined;
  #count = 0;
  #onIdle: (() => void) | undefined;

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
  }

  get isAborted(): boolean {
    return this.#signal?.aborted === true;
  }

  /** Whether all has come, and the signal is not aborted. */
  get isIdle(): boolean {
    return this.#count === 0 && !this.isAborted;
  }

  add(): void {
    this.#count += 1;
  }

  settled(count: number): void {
    this.#count -= count;
    if (this.#count === 0) this.#onIdle?.();
  }

  /** Resolves when nothing is to come any more; rejects with the reason as soon as the signal is aborted. */
  untilIdle(): Promise<void> {
    const signal = this.#signal;
    // A resolver may have aborted it before anybody listens.
    if (this.isAborted) return Promise.reject(reasonOf(signal));
    return new Promise((resolve, reject) => {
      this.#onIdle = resolve;
      // It is not removed: objects that removed a listener from their signal outlived many collections.
      signal?.addEventListener("abort", () => reject(reasonOf(signal)), { once: true });
    });
  }
}

/** Why an execution was aborted. */
export const reasonOf = (signal: AbortSignal | undefined): Error =>
  signal?.reason instanceof Error ? signal.reason : new Error("The execution was aborted.");
