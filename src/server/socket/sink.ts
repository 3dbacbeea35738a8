import type { WebSocket } from "ws";
import type { Rendered, Sink } from "../../events/feed.ts";
import type { Outlet } from "../outlet.ts";
import { frameOf, payloadAt } from "./frame.ts";
import { MessageType } from "./protocol.ts";

const MIDDLE = Buffer.from('","type":"next","payload":');
const END = Buffer.from("}");

/** Everything of a message but its operation's id is shared by all who get it; `name` is the same for ids of one length. */
const blankOf = (rendered: Rendered, name: string, idBytes: number): Buffer => {
  const known = rendered.made.get(name);
  if (known !== undefined) return known;
  const blank = frameOf([Buffer.alloc(idBytes), MIDDLE, rendered.json, END]);
  rendered.made.set(name, blank);
  return blank;
};

/** One subscription of a socket. Its marks of progress come as pings, with the subscription's id. */
export const createSocketSink = (
  socket: WebSocket,
  outlet: Outlet,
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
      const blank = blankOf(rendered, name, head.length);
      const frame = Buffer.allocUnsafe(blank.length);
      blank.copy(frame);
      head.copy(frame, payloadAt(blank));
      outlet.write(frame);
      return !outlet.isFull();
    },
    drained: outlet.drained,
    progress(cursor) {
      if (socket.readyState !== socket.OPEN || outlet.isFull() || cursor === told) return;
      told = cursor;
      socket.send(JSON.stringify({ type: MessageType.Ping, payload: { id, cursor } }));
    },
    complete,
    fail,
  };
};
