import { closeSync, constants, openSync, writeSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/** A destination of lines that never blocks and never throws: lines wait while they cannot be written, up to a limit. */
export interface LineWriter {
  /** Adds a line, which ends with a line feed. Beyond the limit of what may wait, the line is dropped and counted. */
  readonly write: (line: string) => void;
  /** Writes as much as can be written at once. The logger calls it for fatal lines. */
  readonly flushSync: () => void;
  /** Writes what waits, as long as that takes, but for at most `ms` milliseconds. */
  readonly flush: (ms: number) => Promise<void>;
  /** Returns the number of lines that were dropped. */
  readonly lost: () => number;
  /** Returns whether lines wait because of a failure. */
  readonly isFailing: () => boolean;
}

export interface LineWriterOptions {
  /** An open file. If it is a pipe or a socket, it must not block. */
  readonly fd: number;
  /** Milliseconds that lines are collected before they are written together; 0 writes each line before `write` returns. */
  readonly collectMs: number;
  /** Called once when lines cannot be written; not again before `onRecovery`. */
  readonly onFault: (error: Error) => void;
  /** Called when all that waited is written, with the number of lines that were dropped meanwhile. */
  readonly onRecovery: (lost: number) => void;
}

/** Number of characters that may wait. */
const MAX_WAITING = 1024 * 1024;
/** Number of collected characters that are written without further delay. */
const MAX_COLLECTED = 64 * 1024;
/** A reader that does not keep up is tried again soon, and less often the longer it reads nothing; a full disk is not. */
const RETRY_MS = { first: 1, most: 32, failed: 1_000 } as const;
const EMPTY = Buffer.alloc(0);

/** Creates a writer of lines to an open file or pipe, to which nothing else may write meanwhile. */
export const createLineWriter = ({ fd, collectMs, onFault, onRecovery }: LineWriterOptions): LineWriter => {
  let lines: string[] = [];
  let waiting = 0;
  /** Taken from `lines`, and not written yet: the rest of a line comes before the next one. */
  let rest: Buffer = EMPTY;
  let timer: NodeJS.Timeout | undefined;
  let isRetrying = false;
  let retryMs: number = RETRY_MS.first;
  let isFailing = false;
  let lost = 0;
  let lostBefore = 0;

  const isWaiting = () => isRetrying;
  const schedule = (ms: number) => {
    timer ??= setTimeout(flushSync, ms);
    timer.unref();
  };
  const fail = (error: Error) => {
    if (isFailing) return;
    isFailing = true;
    lostBefore = lost;
    onFault(error);
  };
  const writeAll = () => {
    for (;;) {
      if (rest.length === 0) {
        if (lines.length === 0) return;
        rest = Buffer.from(lines.join(""));
        lines = [];
        waiting = rest.length;
      }
      rest = rest.subarray(writeSync(fd, rest));
      retryMs = RETRY_MS.first;
    }
  };
  const flushSync = () => {
    clearTimeout(timer);
    timer = undefined;
    try {
      writeAll();
      isRetrying = false;
      waiting = 0;
      if (!isFailing) return;
      isFailing = false;
      onRecovery(lost - lostBefore);
    } catch (error) {
      const isFull = (error as NodeJS.ErrnoException).code === "EAGAIN";
      if (!isFull) fail(error as Error);
      isRetrying = true;
      schedule(isFull ? retryMs : RETRY_MS.failed);
      retryMs = Math.min(2 * retryMs, RETRY_MS.most);
    }
  };

  return {
    write(line) {
      if (waiting + line.length > MAX_WAITING) {
        fail(Object.assign(new Error("The reader does not keep up; lines are dropped."), { code: "EAGAIN" }));
        lost += 1;
        return;
      }
      lines.push(line);
      waiting += line.length;
      if (isRetrying) return;
      if (collectMs === 0 || waiting > MAX_COLLECTED) flushSync();
      else schedule(collectMs);
    },
    flushSync,
    async flush(ms) {
      const deadline = performance.now() + ms;
      for (flushSync(); isWaiting() && performance.now() < deadline; flushSync()) await delay(RETRY_MS.most);
    },
    lost: () => lost,
    isFailing: () => isFailing,
  };
};

/** A file that lines are appended to. */
export interface LineFile extends LineWriter {
  /** Writes what waits, for at most half a second, and closes the file. */
  readonly close: () => Promise<void>;
}

const CLOSE_MS = 500;

/**
 * Opens a file for appending and creates it, readable by its owner only, if it does not exist. Each line is written to the
 * current end of the file before `write` returns, so that the file may be copied and truncated meanwhile.
 *
 * @throws if the file cannot be opened, or is a pipe that nobody reads.
 */
export const openLineFile = (path: string, handlers: Pick<LineWriterOptions, "onFault" | "onRecovery">): LineFile => {
  const { O_APPEND, O_CREAT, O_WRONLY, O_NONBLOCK } = constants;
  const fd = openSync(path, O_APPEND | O_CREAT | O_WRONLY | O_NONBLOCK, 0o600);
  const writer = createLineWriter({ fd, collectMs: 0, ...handlers });
  return {
    ...writer,
    async close() {
      await writer.flush(CLOSE_MS);
      closeSync(fd);
    },
  };
};
