import type { Writable } from "node:stream";

export interface WriteBufferLimits {
  /** How much may wait for a client that does not keep up. */
  readonly maxBufferedBytes: number;
  /** How long a client may take to read what waits for it, once that is too much. */
  readonly stallMs: number;
}

/** What is written to one client, and whether the client keeps up. */
export interface WriteBuffer {
  readonly isEmpty: () => boolean;
  /** Whether what is written next will have to wait. */
  readonly isBehind: () => boolean;
  readonly isFull: () => boolean;
  /** All that is written in one turn of the event loop leaves together: a system call costs more than the rest of a delivery. */
  readonly write: (chunk: Buffer) => void;
  /** Resolves when there is room again, true; or when the client has gone or reads too slowly, false. */
  readonly drained: () => Promise<boolean>;
}

/** What is written in one turn of the event loop is less as a rule. */
const BEHIND_BYTES = 4 * 1024;

/** More than this does not wait for the end of the turn. */
const GATHERED_BYTES = 16 * 1024;

const uncork = (stream: Writable) => stream.uncork();

/** However many wait for the same client, they wait together: on one listener of each kind. */
export const createWriteBuffer = (
  stream: Writable,
  { maxBufferedBytes, stallMs }: WriteBufferLimits,
  onStall: () => void,
): WriteBuffer => {
  let waiting: Promise<boolean> | undefined;
  const isFull = () => stream.writableLength >= maxBufferedBytes;

  const wait = () =>
    new Promise<boolean>((resolve) => {
      const settle = (hasRoom: boolean) => {
        clearTimeout(late);
        stream.off("drain", onDrain).off("close", onClose);
        waiting = undefined;
        resolve(hasRoom);
      };
      const onDrain = () => settle(true);
      const onClose = () => settle(false);
      const late = setTimeout(() => {
        settle(false);
        onStall();
      }, stallMs);
      stream.on("drain", onDrain).on("close", onClose);
    });

  return {
    isEmpty: () => stream.writableLength === 0,
    isBehind: () => stream.writableLength > BEHIND_BYTES,
    isFull,
    write(chunk) {
      if (stream.writableCorked === 0) {
        stream.cork();
        process.nextTick(uncork, stream);
      }
      stream.write(chunk);
      if (stream.writableLength > GATHERED_BYTES) stream.uncork();
    },
    drained() {
      if (stream.destroyed || stream.writableEnded) return Promise.resolve(false);
      return waiting ?? (isFull() ? (waiting = wait()) : Promise.resolve(true));
    },
  };
};
