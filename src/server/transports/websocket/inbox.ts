import type { RawData, WebSocket } from "ws";

/** A message before it is read. */
interface ReceivedMessage {
  readonly data: Buffer;
  readonly isBinary: boolean;
}

/** The connection, as its inbox sees it. */
export interface InboxOwner {
  /** Called with whatever the client sends. */
  onActivity(): void;
  /** Resolves when a message may be handled; undefined if that is now. */
  awaitTurn(): Promise<void> | undefined;
  /** Handles a message; the next one waits until the promise resolves. It does not reject. */
  handle(data: Buffer, isBinary: boolean): Promise<void> | void;
  /** Whether the client reads what it is sent. */
  hasRoom(): boolean;
}

/** Hands the messages of a socket to its connection, one after the other, each in its turn. Nothing more is read while some wait. */
export class SocketInbox {
  readonly #socket: WebSocket;
  readonly #owner: InboxOwner;
  /** Messages behind one that is not handled yet; undefined if there is none. */
  #waiting: ReceivedMessage[] | undefined;
  /** The last ping that is not answered yet. */
  #ping: Buffer | undefined;

  constructor(socket: WebSocket, owner: InboxOwner) {
    this.#socket = socket;
    this.#owner = owner;
    socket.on("message", (data: RawData, isBinary) => this.#onMessage({ data: data as Buffer, isBinary }));
    socket.on("ping", (data) => this.#onPing(data));
  }

  /** Whether a message is not handled yet. */
  get isWaiting(): boolean {
    return this.#waiting !== undefined;
  }

  #onMessage(received: ReceivedMessage): void {
    this.#owner.onActivity();
    if (this.#waiting !== undefined) {
      this.#waiting.push(received);
      if (!this.#socket.isPaused) this.#socket.pause();
      return;
    }
    const turn = this.#owner.awaitTurn();
    const handled = turn === undefined ? this.#handle(received) : turn.then(() => this.#handle(received));
    if (handled instanceof Promise) void this.#handleWaiting(handled);
  }

  async #handleWaiting(first: Promise<void>): Promise<void> {
    const waiting: ReceivedMessage[] = [];
    this.#waiting = waiting;
    await first;
    for (let next = waiting.shift(); next !== undefined && this.#isOpen(); next = waiting.shift()) {
      await this.#owner.awaitTurn();
      await this.#handle(next);
    }
    this.#waiting = undefined;
    if (this.#socket.isPaused) this.#socket.resume();
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
    this.#owner.onActivity();
    if (this.#ping === undefined) setImmediate(() => this.#pong());
    this.#ping = data;
  }

  #pong(): void {
    const data = this.#ping;
    this.#ping = undefined;
    if (this.#isOpen() && this.#owner.hasRoom()) this.#socket.pong(data);
  }
}
