import type { WebSocket } from "ws";
import type { Subscription } from "../../../events/hub/hub.ts";
import {
  countWithin,
  type EncodedBatch,
  type RenderedBatch,
  type Sink,
} from "../../../events/hub/subscription-spec.ts";
import type { OperationCaller } from "../../execution/operation.ts";
import { stoppingResult } from "../stopping.ts";
import type { WriteBuffer } from "../write-buffer.ts";
import { MessageType } from "./protocol.ts";

/** FIN and the opcode of a text message. */
const FINAL_TEXT = 0x81;
/** Lengths up to 125 are in the second byte; 126 and 127 there announce two or eight further bytes. */
const [MAX_INLINE_LENGTH, LENGTH_IN_2_BYTES, LENGTH_IN_8_BYTES] = [125, 126, 127] as const;

const MIDDLE = Buffer.from('","type":"next","payload":');
const END = Buffer.from("}");

/** The bytes of a frame before a payload of this length. */
const headLengthOf = (length: number): number => (length <= MAX_INLINE_LENGTH ? 2 : length < 2 ** 16 ? 4 : 10);

/** Writes what a server's frame of a text message begins with; returns where its payload begins. */
const writeHead = (bytes: Buffer, at: number, length: number): number => {
  const size = headLengthOf(length);
  bytes[at] = FINAL_TEXT;
  bytes[at + 1] = size === 2 ? length : size === 4 ? LENGTH_IN_2_BYTES : LENGTH_IN_8_BYTES;
  if (size === 4) bytes.writeUInt16BE(length, at + 2);
  else if (size === 10) bytes.writeBigUInt64BE(BigInt(length), at + 2);
  return at + size;
};

/** Frames of a batch, which all who receive it share: they write the ids of their operations over each other's, which have one length. */
interface Frames extends EncodedBatch {
  bytes: Buffer;
  /** Whether a client that does not keep up still reads the bytes: the next one needs a copy. */
  isLent: boolean;
  /** Where the payload of each frame begins. */
  readonly payloads: readonly number[];
}

/**
 * Encodes each event as the frame of a text message. What many receive is framed once: `ws`, which frames messages for each socket,
 * tolerates what is written between its own frames, as long as none of them is split or compressed.
 */
const encodeFrames = ({ events }: RenderedBatch, head: string, headLength: number): Frames => {
  const lengths = events.map(({ json }) => headLength + MIDDLE.length + json.length + END.length);
  const bytes = Buffer.allocUnsafeSlow(lengths.reduce((sum, length) => sum + headLengthOf(length) + length, 0));
  const [payloads, ends]: [number[], number[]] = [[], []];
  let at = 0;
  for (const [index, { json }] of events.entries()) {
    at = writeHead(bytes, at, lengths[index] ?? 0);
    payloads.push(at);
    at += bytes.write(head, at);
    for (const part of [MIDDLE, json, END]) at += part.copy(bytes, at);
    ends.push(at);
  }
  return { bytes, isLent: false, payloads, ends };
};

const framesOf = (batch: RenderedBatch, head: string, headLength: number): Frames => {
  const known = batch.encodings.get(headLength);
  if (known !== undefined) return known as Frames;
  const frames = encodeFrames(batch, head, headLength);
  batch.encodings.set(headLength, frames);
  return frames;
};

/**
 * A slice of the pool of buffers keeps eight kilobytes of it in memory for as long as it lives: a client that does not read would keep
 * what was sent to its neighbors, twelve times what waits for it.
 */
const allocate = (buffer: WriteBuffer, bytes: number): Buffer =>
  buffer.isBehind() ? Buffer.allocUnsafeSlow(bytes) : Buffer.allocUnsafe(bytes);

/** The operations of the socket, as a subscription sees them. */
export interface SocketSubscriptionOwner {
  readonly socket: WebSocket;
  readonly buffer: WriteBuffer;
  /** The number of operations: only what several send is collected until the end of the turn. */
  readonly size: number;
  /** Whether a subscription ends with a result when the server stops, because its callers are routers. */
  readonly endsWithResult: boolean;
  send(message: object): void;
  /** Called once at its end, however it ends. */
  onOperationEnd(caller: OperationCaller): void;
  /** Called when there are no more events. */
  onComplete(id: string, caller: OperationCaller): void;
  /** Called when it cannot continue. */
  onFailure(): void;
}

/**
 * One subscription of a socket: its sink, and its end. Checkpoints are pings with the id of the subscription. It holds little, because
 * most of the memory of a server with many idle subscribers is in these objects.
 */
export class SocketSubscription implements Sink {
  readonly #owner: SocketSubscriptionOwner;
  readonly #id: string;
  readonly #caller: OperationCaller;
  /** What each of its messages begins with. */
  readonly #head: string;
  readonly #headLength: number;
  #subscription: Subscription | undefined;
  #sentCursor = "";

  constructor(owner: SocketSubscriptionOwner, id: string, caller: OperationCaller) {
    this.#owner = owner;
    this.#id = id;
    this.#caller = caller;
    this.#head = `{"id":${JSON.stringify(id).slice(0, -1)}`;
    // This also makes the text flat: its pieces would take twice the memory.
    this.#headLength = Buffer.byteLength(this.#head);
  }

  /** Connects it to the subscription that feeds it. */
  attach(subscription: Subscription): void {
    this.#subscription = subscription;
  }

  send(batch: RenderedBatch): number {
    const { socket, buffer, size } = this.#owner;
    if (socket.readyState !== socket.OPEN || buffer.isFull()) return 0;
    const head = this.#head;
    const frames = framesOf(batch, head, this.#headLength);
    if (frames.isLent) Object.assign(frames, { bytes: Buffer.from(frames.bytes), isLent: false });
    const { bytes, payloads } = frames;
    const taken = countWithin(frames, buffer.room());
    // Faster, and the same for ASCII.
    const encoding = head.length === this.#headLength ? "latin1" : "utf8";
    for (let index = 0; index < taken; index += 1) bytes.write(head, payloads[index] ?? 0, this.#headLength, encoding);
    this.#sentCursor = batch.events[taken - 1]?.cursor ?? this.#sentCursor;
    // A part is copied: it would keep all of the bytes in memory for as long as its client does not read it.
    if (size === 1 && taken === payloads.length && buffer.isEmpty()) {
      frames.isLent = !buffer.writeNow(bytes);
    } else {
      const length = frames.ends[taken - 1] ?? 0;
      const own = allocate(buffer, length);
      bytes.copy(own, 0, 0, length);
      buffer.write(own);
    }
    return taken;
  }

  drained(): Promise<boolean> {
    const { socket, buffer } = this.#owner;
    return socket.readyState === socket.OPEN ? buffer.drained() : Promise.resolve(false);
  }

  checkpoint(cursor: string): void {
    const { socket, buffer } = this.#owner;
    if (socket.readyState !== socket.OPEN || buffer.isFull() || cursor === this.#sentCursor) return;
    this.#sentCursor = cursor;
    socket.send(JSON.stringify({ type: MessageType.Ping, payload: { id: this.#id, cursor } }));
  }

  complete(): void {
    this.#owner.onComplete(this.#id, this.#caller);
  }

  fail(): void {
    this.#owner.onFailure();
  }

  /** Sends the last cursor, or a last result. */
  sendLast(): void {
    const last = this.#subscription?.cursor() ?? null;
    if (!this.#owner.endsWithResult) {
      if (last !== null) this.checkpoint(last);
      return;
    }
    const id = this.#id;
    this.#owner.send({ id, type: MessageType.Next, payload: stoppingResult(last) });
    this.#owner.send({ id, type: MessageType.Complete });
  }

  end(): void {
    this.#subscription?.end();
    this.#owner.onOperationEnd(this.#caller);
  }
}
