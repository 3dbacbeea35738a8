import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

export interface Proxy {
  readonly port: number;
  /** Lets everything through, beginning with what was held back. */
  readonly pass: () => void;
  /** Holds back everything in both directions; connections are still accepted, as by a process that is suspended. */
  readonly stall: () => void;
  readonly latency: (milliseconds: number) => void;
  /** Resets all connections, and returns how many. */
  readonly cut: () => number;
  readonly stop: () => Promise<void>;
}

/** Starts a TCP proxy on loopback that fails on demand. */
export const startProxy = async (target: number): Promise<Proxy> => {
  const sockets = new Set<Socket>();
  let milliseconds = 0;
  let gate = Promise.resolve();
  let open = () => {};

  const relay = (from: Socket, to: Socket) => {
    let tail = Promise.resolve();
    from.on("data", (chunk) => {
      const due = milliseconds === 0 ? undefined : delay(milliseconds);
      const send = async () => {
        await due;
        await gate;
        if (to.writable) to.write(chunk);
      };
      tail = tail.then(send);
    });
    from.on("error", () => {});
    from.on("close", () => {
      sockets.delete(from);
      to.destroy();
    });
  };

  const server = createServer((client) => {
    const upstream = connect(target, "127.0.0.1");
    for (const socket of [client, upstream]) sockets.add(socket.setNoDelay(true));
    relay(client, upstream);
    relay(upstream, client);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");

  const pass = () => {
    open();
    gate = Promise.resolve();
    milliseconds = 0;
  };
  const cut = () => {
    const { size } = sockets;
    for (const socket of sockets) socket.resetAndDestroy();
    return size / 2;
  };

  return {
    port: (server.address() as AddressInfo).port,
    pass,
    stall() {
      pass();
      gate = new Promise((resolve) => {
        open = resolve;
      });
    },
    latency(delayMs) {
      pass();
      milliseconds = delayMs;
    },
    cut,
    async stop() {
      pass();
      cut();
      server.close();
      await once(server, "close");
    },
  };
};
