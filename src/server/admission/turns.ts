import { FairQueues } from "./fair-queue.ts";

/** How much of the processor one turn of the event loop may take, in microseconds; what is not queued waits no longer. */
const TURN_US = 8_000;
const FIRST_PER_TURN = 4;
const MAX_PER_TURN = 32;

/**
 * Spreads the beginning of requests over turns of the event loop. Between two turns the loop serves what is never queued: health,
 * callbacks of the gateway, answers of the gateway, sockets. Of those that wait, callers have their turn one after the other, however
 * many requests one of them has sent. How many begin in a turn follows from what the last turns took: half as many after a turn that took
 * too much, one more after a turn in which as many began as might. A processor that others take away meanwhile does not count. Only the
 * turns after a full one are measured.
 */
export class Turns {
  readonly #waiting = new FairQueues<() => void>();
  #perTurn = FIRST_PER_TURN;
  #begun = 0;
  #isScheduled = false;
  /** Undefined if this turn is not measured. */
  #usedBefore: number | undefined;
  #wasFull = false;

  /** Undefined if the request may begin now; otherwise resolves when it is the caller's turn, and in it that of the sender. */
  enter(caller: string, sender = ""): Promise<void> | undefined {
    this.#schedule();
    if (this.#waiting.isEmpty && this.#begun < this.#perTurn) {
      this.#begun += 1;
      return undefined;
    }
    return new Promise((resolve) => this.#waiting.add(caller, sender, resolve));
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#usedBefore = this.#wasFull ? processorTime() : undefined;
    setImmediate(() => this.#nextTurn());
  }

  #nextTurn(): void {
    this.#wasFull = this.#begun >= this.#perTurn;
    if (this.#usedBefore !== undefined && processorTime() - this.#usedBefore > TURN_US)
      this.#perTurn = Math.max(1, this.#perTurn >> 1);
    else if (this.#wasFull) this.#perTurn = Math.min(MAX_PER_TURN, this.#perTurn + 1);
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

/** What this process has used of the processor, in microseconds. */
const processorTime = (): number => {
  const { user, system } = process.cpuUsage();
  return user + system;
};
