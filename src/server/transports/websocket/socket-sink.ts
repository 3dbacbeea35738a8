import type { WebSocket } from "ws";
import {
  countWithin,
  type EncodedBatch,
  type RenderedBatch,
  type Sink,
} from "../../../events/hub/subscription-spec.ts";
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

/** Frames, and where the payload of each begins. */
interface Frames extends EncodedBatch {
  readonly payloads: readonly number[];
}

/**
 * Encodes each event as the frame of a text message. What many receive is framed once: `ws`, which frames messages for each socket,
 * tolerates what is written between its own frames, as long as none of them is split or compressed.
 */
const encodeFrames = ({ events }: RenderedBatch, head: Buffer): Frames => {
  const lengths = events.map(({ json }) => head.length + MIDDLE.length + json.length + END.length);
  const bytes = Buffer.allocUnsafeSlow(lengths.reduce((sum, length) => sum + headLengthOf(length) + length, 0));
  const [payloads, ends]: [number[], number[]] = [[], []];
  let at = 0;
  for (const [index, { json }] of events.entries()) {
    at = writeHead(bytes, at, lengths[index] ?? 0);
    payloads.push(at);
    for (const part of [head, MIDDLE, json, END]) at += part.copy(bytes, at);
    ends.push(at);
  }
  return { bytes, payloads, ends };
};

/**
 * All that receive a batch share everything of its frames but the operation's id: they copy the frames of the first one and write
 * their id over its id, which has the same length. `encoding` is the same for ids of one length.
 */
const sharedFrames = (batch: RenderedBatch, encoding: string, head: Buffer): Frames => {
  const known = batch.encodings.get(encoding);
  if (known !== undefined) return known as Frames;
  const frames = encodeFrames(batch, head);
  batch.encodings.set(encoding, frames);
  return frames;
};

/**
 * A slice of the pool of buffers keeps eight kilobytes of it in memory for as long as it lives: a client that does not read would keep
 * what was sent to its neighbors, twelve times what waits for it.
 */
const allocate = (buffer: WriteBuffer, bytes: number): Buffer =>
  buffer.isBehind() ? Buffer.allocUnsafeSlow(bytes) : Buffer.allocUnsafe(bytes);

/** The sink of one subscription of a socket. Checkpoints are pings with the id of the subscription. */
export const createSocketSink = (
  socket: WebSocket,
  buffer: WriteBuffer,
  id: string,
  ends: Pick<Sink, "fail" | "complete">,
): Sink => {
  const head = Buffer.from(`{"id":${JSON.stringify(id).slice(0, -1)}`);
  const encoding = `ws ${head.length}`;
  let sentCursor = "";
  return {
    send(batch) {
      if (socket.readyState !== socket.OPEN || buffer.isFull()) return 0;
      const { bytes, payloads, ends } = sharedFrames(batch, encoding, head);
      const taken = countWithin({ bytes, ends }, buffer.room());
      const own = allocate(buffer, ends[taken - 1] ?? 0);
      bytes.copy(own, 0, 0, own.length);
      for (let index = 0; index < taken; index += 1) head.copy(own, payloads[index]);
      sentCursor = batch.events[taken - 1]?.cursor ?? sentCursor;
      buffer.write(own);
      return taken;
    },
    drained: () => (socket.readyState === socket.OPEN ? buffer.drained() : Promise.resolve(false)),
    checkpoint(cursor) {
      if (socket.readyState !== socket.OPEN || buffer.isFull() || cursor === sentCursor) return;
      sentCursor = cursor;
      socket.send(JSON.stringify({ type: MessageType.Ping, payload: { id, cursor } }));
    },
    ...ends,
  };
};
