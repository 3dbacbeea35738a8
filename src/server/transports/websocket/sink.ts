import type { WebSocket } from "ws";
import type { RenderedEvent, Sink } from "../../../events/hub/subscription-spec.ts";
import type { WriteBuffer } from "../write-buffer.ts";
import { frameOf, payloadAt } from "./frame.ts";
import { MessageType } from "./protocol.ts";

const MIDDLE = Buffer.from('","type":"next","payload":');
const END = Buffer.from("}");

/**
 * Everything of a message but its operation's id is shared by all who get it: the frame of whoever came first, over whose
 * id others of the same length write theirs. `name` is the same for those.
 */
const sharedFrame = (rendered: RenderedEvent, name: string, head: Buffer): Buffer => {
  const known = rendered.encodings.get(name);
  if (known !== undefined) return known;
  const frame = frameOf([head, MIDDLE, rendered.json, END]);
  rendered.encodings.set(name, frame);
  return frame;
};

/**
 * What is cut from the pool of buffers holds eight kilobytes of it for as long as it lives: a client that does not read
 * would hold what was sent to its neighbours, twelve times what waits for it.
 */
const allocate = (outlet: WriteBuffer, bytes: number): Buffer =>
  outlet.isBehind() ? Buffer.allocUnsafeSlow(bytes) : Buffer.allocUnsafe(bytes);

/** One subscription of a socket. Its marks of progress come as pings, with the subscription's id. */
export const createSocketSink = (
  socket: WebSocket,
  outlet: WriteBuffer,
  id: string,
  fail: () => void,
  complete: () => void,
): Sink => {
  const head = Buffer.from(`{"id":${JSON.stringify(id).slice(0, -1)}`);
  const name = `ws ${head.length}`;
  let told = "";
  return {
    send(rendered) {
      if (socket.readyState !== socket.OPEN) return false;
      told = rendered.cursor;
      const shared = sharedFrame(rendered, name, head);
      const frame = allocate(outlet, shared.length);
      shared.copy(frame);
      head.copy(frame, payloadAt(shared));
      outlet.write(frame);
      return !outlet.isFull();
    },
    drained: outlet.drained,
    checkpoint(cursor) {
      if (socket.readyState !== socket.OPEN || outlet.isFull() || cursor === told) return;
      told = cursor;
      socket.send(JSON.stringify({ type: MessageType.Ping, payload: { id, cursor } }));
    },
    complete,
    fail,
  };
};
