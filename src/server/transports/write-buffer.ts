import type { Writable } from "node:stream";

/** Limits of what waits for one client. */
export interface WriteBufferLimits {
  /** Bytes that may wait for a client that does not keep up. */
  readonly maxBufferedBytes: number;
  /** Milliseconds that a client may take to read what is buffered, once the buffer is full. */
  readonly stallMs: number;
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

/** Buffers what is written to one client, and applies backpressure. All that wait for it share one promise. */
export class WriteBuffer {
  readonly #stream: Writable;
  readonly #limits: WriteBufferLimits;
  readonly #cork: Cork;
  readonly #onStall: () => void;
  #draining: Promise<boolean> | undefined;

  /** `onStall` is called when the client has taken longer than `stallMs` to make room. */
  constructor(stream: Writable, limits: WriteBufferLimits, cork: Cork, onStall: () => void) {
    this.#stream = stream;
    this.#limits = limits;
    this.#cork = cork;
    this.#onStall = onStall;
  }

  isEmpty(): boolean {
    return this.#stream.writableLength === 0;
  }

  /** Whether the next write has to wait for the client. */
  isBehind(): boolean {
    return this.#stream.writableLength > BEHIND_BYTES;
  }

  isFull(): boolean {
    return this.#stream.writableLength >= this.#limits.maxBufferedBytes;
  }

  /** Bytes that may still be written; 0 or less if it is full. */
  room(): number {
    return this.#limits.maxBufferedBytes - this.#stream.writableLength;
  }

  /** Bytes that wait for the client. */
  waiting(): number {
    return this.#stream.writableLength;
  }

  /** Writes of one turn of the event loop leave together: a system call costs more than the rest of a delivery. */
  write(chunk: Buffer): void {
    const stream = this.#stream;
    if (stream.writableCorked === 0) this.#cork(stream);
    stream.write(chunk);
    if (stream.writableLength > MAX_CORKED_BYTES) stream.uncork();
    // A client that reads nothing more is closed even if nothing more is written.
    if (this.isFull() && !stream.destroyed) this.#draining ??= this.#waitForDrain();
  }

  /**
   * Writes at once what no other write has to leave with. Returns whether the chunk is free again, because the system has taken all of it:
   * the usual case, in which many clients can be sent the same bytes. If it is not, nobody may change it any more.
   */
  writeNow(chunk: Buffer): boolean {
    const stream = this.#stream;
    stream.write(chunk);
    if (stream.writableLength === 0) return true;
    if (this.isFull() && !stream.destroyed) this.#draining ??= this.#waitForDrain();
    return false;
  }

  /** Resolves to true when there is room again, or to false when the client disconnects or reads too slowly. */
  drained(): Promise<boolean> {
    const { destroyed, writableEnded } = this.#stream;
    if (destroyed || writableEnded) return Promise.resolve(false);
    return this.#draining ?? (this.isFull() ? (this.#draining = this.#waitForDrain()) : Promise.resolve(true));
  }

  #waitForDrain(): Promise<boolean> {
    const stream = this.#stream;
    return new Promise<boolean>((resolve) => {
      const settle = (hasRoom: boolean) => {
        clearTimeout(stallTimer);
        stream.off("drain", onDrain).off("close", onClose);
        this.#draining = undefined;
        resolve(hasRoom);
      };
      const onDrain = () => settle(true);
      const onClose = () => settle(false);
      const stallTimer = setTimeout(() => {
        settle(false);
        this.#onStall();
      }, this.#limits.stallMs);
      stream.on("drain", onDrain).on("close", onClose);
    });
  }
}
