import { FairQueues } from "./fair-queue.ts";

/** How much CPU time one turn of the event loop may use, in microseconds; what is not queued waits no longer. */
const TURN_US = 8_000;
const FIRST_PER_TURN = 4;
const MAX_PER_TURN = 32;

/**
 * Spreads the start of requests over turns of the event loop, so that what is never queued (health, callbacks, answers of the gateway,
 * sockets) runs in between. Waiting callers are served round robin. After a turn that used too much CPU the number of starts per turn is
 * halved; after a full turn that did not it grows by one. Only this process's CPU time counts, and only turns after a full one are
 * measured.
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

/** CPU time that this process has used, in microseconds. */
const processorTime = (): number => {
  const { user, system } = process.cpuUsage();
  return user + system;
};
