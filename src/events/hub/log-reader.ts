import { compareOffsets, ZERO_OFFSET } from "../offset.ts";
import { isGap, type LoggedEvent } from "../event.ts";
import type { Appended, AppendedRun, EventLog, LogBounds, LogPage } from "../log/log.ts";
import { StoreUnavailableError } from "../../redis/errors.ts";

export interface LogReaderOptions {
  readonly log: EventLog;
  /** Called when the log was reached for the first time: from here on `logId` and `offset` are known. */
  readonly onOpen: () => void;
  /** Called for each event in order; `before` is the offset that it follows. */
  readonly onEvent: (event: LoggedEvent, before: string) => void;
  /**
   * Called before the reader continues at the end of the log, because events may be gone or the log is another one.
   * `isTailLost`: the log came back older than it was, and lacks events that were read from it.
   */
  readonly onDiscontinuity: (isTailLost: boolean) => void;
  /** Called for an entry that is a gap, before the reader goes on behind it. */
  readonly onGap: () => void;
  /** Called for each read that fails because the log cannot be reached. */
  readonly onUnavailable: () => void;
  readonly onFault: (error: unknown) => void;
}

const PAGE_SIZE = 500;

/** More events may exist, and none was passed along. */
const UNKNOWN: Appended = { runs: [], latest: null };

/**
 * Reads the log for all subscribers of the process, from where the log ends when it is reached first.
 *
 * States: not open, until the log was reached; then idle or reading. A notification during a read causes one more read, unless
 * the reader is already there.
 */
export class LogReader {
  readonly #options: LogReaderOptions;
  #logId = "";
  #offset = "";
  #readCount = 0;
  #isReading = false;
  #isNotified = false;
  /** Resolves the promises of those who wait for the next read, by who waits. */
  readonly #waiting = new Map<object, () => void>();

  constructor(options: LogReaderOptions) {
    this.#options = options;
  }

  /** The log that is read; empty before it was reached. */
  get logId(): string {
    return this.#logId;
  }

  /** The offset of the last event that was read; empty before the log was reached. */
  get offset(): string {
    return this.#offset;
  }

  get isOpen(): boolean {
    return this.#offset !== "";
  }

  /** How many reads have ended, successful or not. */
  get readCount(): number {
    return this.#readCount;
  }

  /**
   * Handles an append notification. Events that this instance appended directly after the reader's offset are dispatched from memory;
   * all others are read. During a read nothing is dispatched from memory, because the read may return it.
   */
  notify({ runs, latest }: Appended = UNKNOWN): void {
    if (!this.#isReading) this.#takeAll(runs);
    if (latest !== null && this.isOpen && compareOffsets(latest, this.#offset) <= 0) return;
    this.#isNotified = true;
    if (!this.#isReading) void this.#run();
  }

  /** The script that appended a run has proved that the log has the event before it, and nothing between them. */
  #takeAll(runs: readonly AppendedRun[]): void {
    let isTaken = false;
    for (const { logId, after, events } of runs) {
      if (logId !== this.#logId || after !== this.#offset) continue;
      for (const event of events) this.#dispatch(event);
      isTaken = true;
    }
    if (isTaken) this.endRead();
  }

  /** Resolves when a read has ended since `readCount` was `since`. */
  nextRead(since: number, waiter: object): Promise<void> {
    if (this.#readCount !== since) return Promise.resolve();
    return new Promise((resolve) => void this.#waiting.set(waiter, resolve));
  }

  /** Resolves the promise of this waiter now. */
  release(waiter: object): void {
    this.#waiting.get(waiter)?.();
    this.#waiting.delete(waiter);
  }

  /** Counts a read as ended, and resolves the promises of all waiters. */
  endRead(): void {
    this.#readCount += 1;
    for (const resolve of this.#waiting.values()) resolve();
    this.#waiting.clear();
  }

  async #run(): Promise<void> {
    this.#isReading = true;
    try {
      while (this.#isNotified) {
        this.#isNotified = false;
        await this.#readAll();
      }
    } catch (error) {
      this.#options.onFault(error);
    } finally {
      this.#isReading = false;
      this.endRead();
    }
  }

  /** Reads to the end of the log. While the log cannot be reached, subscribers wait. */
  async #readAll(): Promise<void> {
    const { log } = this.#options;
    try {
      if (!this.isOpen) await this.#open();
      for (;;) {
        const page = await log.read({ logId: this.#logId, offset: this.#offset }, PAGE_SIZE);
        if (page.gap) this.#continueAt(page.bounds);
        else this.#dispatchAll(page);
        if (page.gap || !page.hasMore) return;
      }
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
      this.#options.onUnavailable();
    }
  }

  async #open(): Promise<void> {
    ({ logId: this.#logId, latest: this.#offset } = await this.#options.log.bounds());
    this.#options.onOpen();
  }

  #dispatchAll({ events, end }: LogPage): void {
    for (const event of events) this.#dispatch(event);
    this.#offset = end;
  }

  #dispatch(event: LoggedEvent): void {
    try {
      if (isGap(event)) this.#options.onGap();
      else this.#options.onEvent(event, this.#offset);
    } catch (error) {
      // One event that another version wrote in another form must not hold up all that follow.
      this.#options.onFault(error);
    }
    this.#offset = event.offset;
  }

  #continueAt({ logId, oldest, latest }: LogBounds): void {
    this.#options.onDiscontinuity(logId === this.#logId && compareOffsets(this.#offset, oldest ?? ZERO_OFFSET) > 0);
    [this.#logId, this.#offset] = [logId, latest];
  }
}
