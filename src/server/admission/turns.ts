import { FairQueue } from "./fair-queue.ts";

/** How long the requests that begin in one turn of the event loop may take together; what is not queued waits no longer. */
const TURN_MS = 8;
const MAX_PER_TURN = 32;

/**
 * Spreads the beginning of requests over turns of the event loop. Between two turns the loop serves what is never queued: health,
 * callbacks of the gateway, answers of the gateway, sockets. Of those that wait, callers have their turn one after the other, however
 * many requests one of them has sent. How many begin in a turn follows from how long the last turn took.
 */
export class Turns {
  readonly #waiting = new FairQueue<() => void>();
  #perTurn = MAX_PER_TURN;
  #begun = 0;
  #isScheduled = false;
  #startedAt = 0;

  /** Undefined if the request may begin now; otherwise resolves when it is the caller's turn. */
  enter(key: string): Promise<void> | undefined {
    this.#schedule();
    if (this.#waiting.isEmpty && this.#begun < this.#perTurn) {
      this.#begun += 1;
      return undefined;
    }
    return new Promise((resolve) => this.#waiting.add(key, resolve));
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#startedAt = performance.now();
    setImmediate(() => this.#nextTurn());
  }

  #nextTurn(): void {
    const isLong = performance.now() - this.#startedAt > TURN_MS;
    this.#perTurn = isLong ? Math.max(1, this.#perTurn >> 1) : Math.min(MAX_PER_TURN, this.#perTurn + 1);
    this.#isScheduled = false;
    this.#begun = 0;
    if (this.#waiting.isEmpty) return;
    this.#schedule();
    while (this.#begun < this.#perTurn) {
      const begin = this.#waiting.next();
      if (begin === undefined) return;
      this.#begun += 1;
      begin();
    }
  }
}
