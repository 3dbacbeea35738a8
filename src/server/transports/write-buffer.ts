import type { Writable } from "node:stream";

/** Limits of what waits for one client. */
export interface WriteBufferLimits {
  /** Bytes that may wait for a client that does not keep up. */
  readonly maxBufferedBytes: number;
  /** Milliseconds that a client may take to read what is buffered, once the buffer is full. */
  readonly stallMs: number;
}

/** Buffers what is written to one client, and applies backpressure. */
export interface WriteBuffer {
  readonly isEmpty: () => boolean;
  /** Whether the next write has to wait for the client. */
  readonly isBehind: () => boolean;
  readonly isFull: () => boolean;
  /** Bytes that may still be written; 0 or less if it is full. */
  readonly room: () => number;
  /** Bytes that wait for the client. */
  readonly waiting: () => number;
  /** Writes of one turn of the event loop leave together: a system call costs more than the rest of a delivery. */
  readonly write: (chunk: Buffer) => void;
  /** Resolves to true when there is room again, or to false when the client disconnects or reads too slowly. */
  readonly drained: () => Promise<boolean>;
}

/** Writes of one turn of the event loop are usually smaller. */
const BEHIND_BYTES = 4 * 1024;

/** A larger batch does not wait for the end of the turn. */
const MAX_CORKED_BYTES = 16 * 1024;

/** Corks a stream until the end of the turn. */
export type Cork = (stream: Writable) => void;

/** Creates a cork for the streams of a server: they are uncorked together, because a thousand of them are corked in one turn. */
export const createCork = (): Cork => {
  let corked: Writable[] = [];
  const uncorkAll = () => {
    const streams = corked;
    corked = [];
    // One that was uncorked before must not be uncorked again: a response would then keep what is written next.
    for (const stream of streams) if (stream.writableCorked > 0) stream.uncork();
  };
  return (stream) => {
    stream.cork();
    if (corked.push(stream) === 1) process.nextTick(uncorkAll);
  };
};

/** All that wait for the same client share one promise, with one listener of each kind. `onStall` is called when `stallMs` is over. */
export const createWriteBuffer = (
  stream: Writable,
  { maxBufferedBytes, stallMs }: WriteBufferLimits,
  cork: Cork,
  onStall: () => void,
): WriteBuffer => {
  let draining: Promise<boolean> | undefined;
  const isFull = () => stream.writableLength >= maxBufferedBytes;

  const waitForDrain = () =>
    new Promise<boolean>((resolve) => {
      const settle = (hasRoom: boolean) => {
        clearTimeout(stallTimer);
        stream.off("drain", onDrain).off("close", onClose);
        draining = undefined;
        resolve(hasRoom);
      };
      const onDrain = () => settle(true);
      const onClose = () => settle(false);
      const stallTimer = setTimeout(() => {
        settle(false);
        onStall();
      }, stallMs);
      stream.on("drain", onDrain).on("close", onClose);
    });

  return {
    isEmpty: () => stream.writableLength === 0,
    isBehind: () => stream.writableLength > BEHIND_BYTES,
    isFull,
    room: () => maxBufferedBytes - stream.writableLength,
    waiting: () => stream.writableLength,
    write(chunk) {
      if (stream.writableCorked === 0) cork(stream);
      stream.write(chunk);
      if (stream.writableLength > MAX_CORKED_BYTES) stream.uncork();
      // A client that reads nothing more is closed even if nothing more is written.
      if (isFull() && !stream.destroyed) draining ??= waitForDrain();
    },
    drained() {
      if (stream.destroyed || stream.writableEnded) return Promise.resolve(false);
      return draining ?? (isFull() ? (draining = waitForDrain()) : Promise.resolve(true));
    },
  };
};
