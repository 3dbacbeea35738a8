import type { WebSocket } from "ws";
import type { Rendered, Sink } from "../../events/feed.ts";
import type { Outlet } from "../outlet.ts";
import { MessageType } from "./protocol.ts";

const MIDDLE = Buffer.from('","type":"next","payload":');
const END = Buffer.from("}");

/** Everything of a message but its operation's id is shared by all who get it. */
const tailOf = (rendered: Rendered): Buffer => {
  const known = rendered.made.get("ws");
  if (known !== undefined) return known;
  const tail = Buffer.concat([MIDDLE, rendered.json, END]);
  rendered.made.set("ws", tail);
  return tail;
};

const TEXT = { binary: false, compress: false };

/** One subscription of a socket. Its marks of progress come as pings, with the subscription's id. */
export const createSocketSink = (
  socket: WebSocket,
  outlet: Outlet,
  id: string,
  fail: () => void,
  complete: () => void,
): Sink => {
  const head = Buffer.from(`{"id":${JSON.stringify(id).slice(0, -1)}`);
  let told = "";
  return {
    send(rendered) {
      if (socket.readyState !== socket.OPEN) return false;
      told = rendered.cursor;
      socket.send(Buffer.concat([head, tailOf(rendered)]), TEXT);
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
