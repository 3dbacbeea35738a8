import type { WebSocket } from "ws";
import type { RenderedEvent, Sink } from "../../../events/hub/subscription-spec.ts";
import type { WriteBuffer } from "../write-buffer.ts";
import { MessageType } from "./protocol.ts";

/** FIN and the opcode of a text message. */
const FINAL_TEXT = 0x81;
/** Lengths up to 125 are in the second byte; 126 and 127 there announce two or eight further bytes. */
const [MAX_INLINE_LENGTH, LENGTH_IN_2_BYTES, LENGTH_IN_8_BYTES] = [125, 126, 127] as const;

/**
 * Encodes a text message as one frame of a server. An event that many receive is framed once: `ws`, which frames messages for each
 * socket, tolerates what is written between its own frames, as long as none of them is split or compressed.
 */
const encodeFrame = (parts: readonly Buffer[]): Buffer => {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  let offset = length <= MAX_INLINE_LENGTH ? 2 : length < 2 ** 16 ? 4 : 10;
  const frame = Buffer.allocUnsafe(offset + length);
  frame[0] = FINAL_TEXT;
  frame[1] = offset === 2 ? length : offset === 4 ? LENGTH_IN_2_BYTES : LENGTH_IN_8_BYTES;
  if (offset === 4) frame.writeUInt16BE(length, 2);
  else if (offset === 10) frame.writeBigUInt64BE(BigInt(length), 2);
  for (const part of parts) offset += part.copy(frame, offset);
  return frame;
};

/** The offset of the payload in such a frame. */
const payloadOffset = (frame: Buffer): number =>
  frame[1] === LENGTH_IN_8_BYTES ? 10 : frame[1] === LENGTH_IN_2_BYTES ? 4 : 2;

const MIDDLE = Buffer.from('","type":"next","payload":');
const END = Buffer.from("}");

/**
 * All that receive an event share everything of its message but the operation's id: they copy the frame of the first one and write
 * their id over its id, which has the same length. `encoding` is the same for ids of one length.
 */
const sharedFrame = (rendered: RenderedEvent, encoding: string, head: Buffer): Buffer => {
  const known = rendered.encodings.get(encoding);
  if (known !== undefined) return known;
  const frame = encodeFrame([head, MIDDLE, rendered.json, END]);
  rendered.encodings.set(encoding, frame);
  return frame;
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
    send(rendered) {
      if (socket.readyState !== socket.OPEN) return false;
      sentCursor = rendered.cursor;
      const shared = sharedFrame(rendered, encoding, head);
      const frame = allocate(buffer, shared.length);
      shared.copy(frame);
      head.copy(frame, payloadOffset(shared));
      buffer.write(frame);
      return !buffer.isFull();
    },
    drained: buffer.drained,
    checkpoint(cursor) {
      if (socket.readyState !== socket.OPEN || buffer.isFull() || cursor === sentCursor) return;
      sentCursor = cursor;
      socket.send(JSON.stringify({ type: MessageType.Ping, payload: { id, cursor } }));
    },
    ...ends,
  };
};
