import type { Duplex } from "node:stream";
import type { RawData, WebSocket } from "ws";
import { SMALL_BYTES } from "../../admission/caller-memory.ts";
import type { SocketEntrance, SocketSender } from "../../admission/entrance.ts";
import type { CallerMemoryShare } from "../../http/body.ts";
import type { WriteBuffer } from "../write-buffer.ts";

/** The mask and the length of a frame from a client that is a ping or a pong. */
const CONTROL_HEAD_BYTES = 6;

/** A message before it is read. */
interface ReceivedMessage {
  readonly data: Buffer;
  readonly isBinary: boolean;
}

/** What an inbox reads from. */
interface InboxSources {
  readonly socket: WebSocket;
  /** What carries the socket. */
  readonly stream: Duplex;
  /** What waits for the client. */
  readonly buffer: WriteBuffer;
}

/** The connection, as its inbox sees it. */
export interface InboxOwner extends SocketSender {
  /** Called with whatever the client sends. */
  onActivity(): void;
  /** Handles a message; the next one waits until the promise resolves. It does not reject. */
  handle(data: Buffer, isBinary: boolean): Promise<void> | void;
  /** Called when the client sends more than it may have in memory. */
  tryAgainLater(): void;
}

/**
 * Hands the messages of a socket to its connection, one after the other, each in its turn. Nothing more is read while some wait. What is
 * not complete or waits takes memory of the client.
 */
export class SocketInbox {
  readonly #socket: WebSocket;
  readonly #buffer: WriteBuffer;
  readonly #owner: InboxOwner;
  readonly #entrance: SocketEntrance;
  /** Messages behind one that is not handled yet; undefined if there is none. */
  #waiting: ReceivedMessage[] | undefined;
  /** Bytes of messages that are not handled yet. */
  #unhandled = 0;
  /** Undefined as long as they are few. */
  #memory: CallerMemoryShare | undefined;
  /** The last ping that is not answered yet. */
  #ping: Buffer | undefined;

  constructor({ socket, stream, buffer }: InboxSources, owner: InboxOwner, entrance: SocketEntrance) {
    this.#socket = socket;
    this.#buffer = buffer;
    this.#owner = owner;
    this.#entrance = entrance;
    // Before the listener of the socket, which emits the messages that a chunk completes.
    stream.prependListener("data", (chunk: Buffer) => this.#onChunk(chunk.length));
    socket.on("message", (data: RawData, isBinary) => this.#onMessage({ data: data as Buffer, isBinary }));
    socket.on("ping", (data) => this.#onPing(data));
    socket.on("pong", (data) => this.#onControl(data));
  }

  /** Whether a message is not handled yet. */
  get isWaiting(): boolean {
    return this.#waiting !== undefined;
  }

  /** What is left of a chunk behind a message is not counted: a chunk is small. */
  #onChunk(bytes: number): void {
    if (!this.#isOpen()) return;
    this.#unhandled += bytes;
    if (this.#unhandled <= SMALL_BYTES) return;
    try {
      if (this.#memory !== undefined) return this.#memory.take(bytes);
      this.#memory = this.#entrance.memoryOf(this.#owner);
      this.#memory.take(this.#unhandled);
    } catch {
      this.#owner.tryAgainLater();
      // It would be kept until the client confirms that the socket is closed.
      this.#socket.pause();
    }
  }

  /** A ping or a pong, which may be between the parts of a message. */
  #onControl(data: Buffer): void {
    this.#owner.onActivity();
    this.#unhandled = Math.max(0, this.#unhandled - data.length - CONTROL_HEAD_BYTES);
  }

  /** Frees what it has taken of the memory of the client. */
  free(): void {
    this.#unhandled = 0;
    this.#memory?.release();
    this.#memory = undefined;
  }

  #onMessage(received: ReceivedMessage): void {
    this.#owner.onActivity();
    if (this.#waiting !== undefined) {
      this.#waiting.push(received);
      if (!this.#socket.isPaused) this.#socket.pause();
      return;
    }
    const turn = this.#awaitTurn();
    const handled = turn === undefined ? this.#handle(received) : turn.then(() => this.#handle(received));
    if (handled instanceof Promise) void this.#handleWaiting(handled);
    else this.free();
  }

  async #handleWaiting(first: Promise<void>): Promise<void> {
    const waiting: ReceivedMessage[] = [];
    this.#waiting = waiting;
    await first;
    for (let next = waiting.shift(); next !== undefined && this.#isOpen(); next = waiting.shift()) {
      await this.#awaitTurn();
      await this.#handle(next);
    }
    this.#waiting = undefined;
    this.free();
    if (this.#socket.isPaused) this.#socket.resume();
  }

  /** While the client does not read, nothing is begun for it: it could send further requests, and responses would pile up. */
  #awaitTurn(): Promise<void> | undefined {
    if (!this.#buffer.isFull()) return this.#entrance.awaitTurn(this.#owner);
    return this.#buffer.drained().then((hasRoom) => (hasRoom ? this.#awaitTurn() : undefined));
  }

  #handle({ data, isBinary }: ReceivedMessage): Promise<void> | void {
    // Messages that arrive behind the one that closed the socket must not be executed.
    if (this.#isOpen()) return this.#owner.handle(data, isBinary);
  }

  #isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  /** Of pings that arrive together only the last one is answered, and none while the client does not read. */
  #onPing(data: Buffer): void {
    this.#onControl(data);
    if (this.#ping === undefined) setImmediate(() => this.#pong());
    this.#ping = data;
  }

  #pong(): void {
    const data = this.#ping;
    this.#ping = undefined;
    if (this.#isOpen() && !this.#buffer.isFull()) this.#socket.pong(data);
  }
}
