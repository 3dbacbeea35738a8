import type { WebSocket } from "ws";
import type { Rendered, Sink } from "../../events/feed.ts";

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

export interface SocketLimits {
  /** How much may wait for a client that does not keep up. */
  readonly maxBufferedBytes: number;
  /** How long a client may stop reading. */
  readonly stallMs: number;
}

const TEXT = { binary: false, compress: false };

/** One subscription of a socket. */
export const createSocketSink = (
  socket: WebSocket,
  id: string,
  { maxBufferedBytes, stallMs }: SocketLimits,
  onProgress: (cursor: string) => void,
  tooSlow: () => void,
): Sink => {
  const head = Buffer.from(`{"id":${JSON.stringify(id).slice(0, -1)}`);
  return {
    send(rendered) {
      if (socket.readyState !== socket.OPEN) return false;
      socket.send(Buffer.concat([head, tailOf(rendered)]), TEXT);
      return socket.bufferedAmount < maxBufferedBytes;
    },
    drained() {
      if (socket.readyState !== socket.OPEN) return Promise.resolve(false);
      if (socket.bufferedAmount < maxBufferedBytes) return Promise.resolve(true);
      return new Promise((resolve) => {
        const settle = (caughtUp: boolean) => {
          clearTimeout(late);
          socket.off("close", onClose);
          resolve(caughtUp);
        };
        const onClose = () => settle(false);
        const late = setTimeout(() => {
          settle(false);
          tooSlow();
        }, stallMs);
        socket.on("close", onClose);
        // Answered when all that was sent before has left: there is no other word of it.
        socket.ping(undefined, undefined, (error?: Error | null) => settle(error == null));
      });
    },
    progress: onProgress,
  };
};
