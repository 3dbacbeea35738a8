import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A TCP relay that can reset its connections. */
export interface Relay {
  readonly port: number;
  /** Resets a random connection in both directions; does nothing if there is none. */
  readonly reset: () => void;
  /** Resets a random connection when its next response arrives and drops it: the request took effect, but nobody learns of it. */
  readonly loseResponse: () => void;
  /** The number of connections reset so far. */
  readonly resets: () => number;
  readonly stop: () => Promise<void>;
}

interface Link {
  readonly client: Socket;
  readonly upstream: Socket;
  losesResponse: boolean;
}

export interface RelayOptions {
  /** Loopback ports that are available now; connections use them in turn. */
  readonly targets: () => readonly number[];
  /** Selects the connection: 0 <= n < 1. */
  readonly random: () => number;
}

const tryConnect = async (port: number): Promise<Socket | null> => {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  return Promise.race([once(socket, "connect").then(() => socket), once(socket, "close").then(() => null)]).catch(
    () => null,
  );
};

export const startRelay = async ({ targets, random }: RelayOptions): Promise<Relay> => {
  const links = new Set<Link>();
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
    const link: Link = { client: client.setNoDelay(true), upstream: upstream.setNoDelay(true), losesResponse: false };
    links.add(link);
    client.pipe(upstream);
    upstream.on("data", (chunk) => {
      if (link.losesResponse) cut(link);
      else client.write(chunk);
    });
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      from.on("close", () => {
        links.delete(link);
        to.destroy();
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
    resets: () => resets,
    async stop() {
      server.close();
      for (const { client, upstream } of links) {
        client.destroy();
        upstream.destroy();
      }
      await once(server, "close");
    },
  };
};
