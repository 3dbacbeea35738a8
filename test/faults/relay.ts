import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A TCP relay that can reset its connections. */
export interface Relay {
  readonly port: number;
  /** Resets a random connection in both directions; does nothing if there is none. */
  readonly reset: () => void;
  /** Resets a random connection when its next response arrives and drops it: the request took effect, but nobody learns of it. */
  readonly loseResponse: () => void;
  /** Delays everything that passes by some milliseconds; 0 for not at all. */
  readonly delay: (ms: number) => void;
  /** Lets nothing pass, in either direction and on new connections, or passes on what has waited. */
  readonly swallow: (isOn: boolean) => void;
  /**
   * Resets a random connection in one direction only. The other end, the client's or the server's, believes that it lives, and hears
   * nothing any more.
   */
  readonly resetHalf: (end: "client" | "server") => void;
  /** The number of connections reset so far. */
  readonly resets: () => number;
  readonly stop: () => Promise<void>;
}

interface Link {
  readonly client: Socket;
  readonly upstream: Socket;
  losesResponse: boolean;
  /** One end is gone, and the other one does not learn of it. */
  isHalf: boolean;
  /** Passes on what waits, if it may. */
  readonly pass: () => void;
}

/** Passes chunks on in their order, each after its delay. */
const createLine = (
  write: (chunk: Buffer) => void,
  state: { readonly delayMs: number; readonly swallows: boolean },
) => {
  const waiting: { readonly chunk: Buffer; readonly due: number }[] = [];
  const pass = () => {
    while (!state.swallows && waiting[0] !== undefined && waiting[0].due <= performance.now()) {
      const [first] = waiting.splice(0, 1);
      if (first !== undefined) write(first.chunk);
    }
    if (!state.swallows && waiting[0] !== undefined)
      setTimeout(pass, Math.ceil(waiting[0].due - performance.now())).unref();
  };
  return {
    pass,
    add(chunk: Buffer) {
      if (waiting.length === 0 && state.delayMs === 0 && !state.swallows) return write(chunk);
      waiting.push({ chunk, due: performance.now() + state.delayMs });
      if (waiting.length === 1) pass();
    },
  };
};

export interface RelayOptions {
  /** Loopback ports that are available now; connections use them in turn. */
  readonly targets: () => readonly number[];
  /** Selects the connection: 0 <= n < 1. */
  readonly random: () => number;
}

/** Writes a chunk, and reads no more of its sender while the receiver does not keep up. */
const writeTo = (receiver: Socket, chunk: Buffer, sender: Socket): void => {
  if (receiver.write(chunk) || receiver.listenerCount("drain") > 0) return;
  sender.pause();
  receiver.once("drain", () => sender.resume());
};

const tryConnect = async (port: number): Promise<Socket | null> => {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  return Promise.race([once(socket, "connect").then(() => socket), once(socket, "close").then(() => null)]).catch(
    () => null,
  );
};

export const startRelay = async ({ targets, random }: RelayOptions): Promise<Relay> => {
  const links = new Set<Link>();
  /** Ends of connections whose other end is gone. */
  const ends = new Set<Socket>();
  const state = { delayMs: 0, swallows: false };
  let next = 0;
  let resets = 0;

  const cut = (link: Link) => {
    if (!links.delete(link)) return;
    resets += 1;
    link.client.resetAndDestroy();
    link.upstream.resetAndDestroy();
  };

  const connectUpstream = async (): Promise<Socket | null> => {
    const ports = targets();
    for (let tried = 0; tried < ports.length; tried += 1) {
      const socket = await tryConnect(ports[next++ % ports.length] ?? 0);
      if (socket !== null) return socket;
    }
    return null;
  };

  const relay = async (client: Socket) => {
    client.on("error", () => {});
    const upstream = await connectUpstream();
    if (upstream === null || client.destroyed) {
      upstream?.destroy();
      client.resetAndDestroy();
      return;
    }
    const up = createLine((chunk) => writeTo(upstream, chunk, client), state);
    const down = createLine((chunk) => {
      if (link.losesResponse) cut(link);
      else writeTo(client, chunk, upstream);
    }, state);
    const pass = () => {
      up.pass();
      down.pass();
    };
    const link: Link = {
      client: client.setNoDelay(true),
      upstream: upstream.setNoDelay(true),
      losesResponse: false,
      isHalf: false,
      pass,
    };
    links.add(link);
    client.on("data", (chunk: Buffer) => up.add(chunk));
    client.on("end", () => upstream.end());
    client.resume();
    upstream.on("data", (chunk: Buffer) => down.add(chunk));
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      from.on("close", () => {
        links.delete(link);
        ends.delete(from);
        if (!link.isHalf) to.destroy();
      });
    }
  };

  const pick = (): Link | undefined => [...links][Math.floor(random() * links.size)];

  const server = createServer({ pauseOnConnect: true }, (client) => void relay(client));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    reset() {
      const link = pick();
      if (link !== undefined) cut(link);
    },
    loseResponse() {
      const link = pick();
      if (link !== undefined) link.losesResponse = true;
    },
    resetHalf(end) {
      const link = pick();
      if (link === undefined || !links.delete(link)) return;
      resets += 1;
      link.isHalf = true;
      ends.add(end === "client" ? link.client : link.upstream);
      (end === "client" ? link.upstream : link.client).resetAndDestroy();
    },
    delay(ms) {
      state.delayMs = ms;
    },
    swallow(isOn) {
      state.swallows = isOn;
      for (const { pass } of links) pass();
    },
    resets: () => resets,
    async stop() {
      server.close();
      for (const end of ends) end.destroy();
      for (const { client, upstream } of links) {
        client.destroy();
        upstream.destroy();
      }
      await once(server, "close");
    },
  };
};
