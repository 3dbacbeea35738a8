import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** Stands between two that talk over TCP, and cuts them off. */
export interface Relay {
  readonly port: number;
  /** Resets a connection, both ways; does nothing where there is none. */
  readonly reset: () => void;
  /** Resets a connection when its next answer comes, and keeps the answer: what was asked is done, and nobody hears of it. */
  readonly loseAnswer: () => void;
  /** How many connections were reset so far. */
  readonly resets: () => number;
  readonly stop: () => Promise<void>;
}

interface Link {
  readonly client: Socket;
  readonly upstream: Socket;
  doomed: boolean;
}

export interface RelayOptions {
  /** Ports on loopback that may be connected to now; connections go round them. */
  readonly targets: () => readonly number[];
  /** Chooses the connection: 0 <= n < 1. */
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

  const choose = async (): Promise<Socket | null> => {
    const ports = targets();
    for (let tried = 0; tried < ports.length; tried += 1) {
      const socket = await tryConnect(ports[next++ % ports.length] ?? 0);
      if (socket !== null) return socket;
    }
    return null;
  };

  const join = async (client: Socket) => {
    client.on("error", () => {});
    const upstream = await choose();
    if (upstream === null || client.destroyed) {
      upstream?.destroy();
      client.resetAndDestroy();
      return;
    }
    const link: Link = { client: client.setNoDelay(true), upstream: upstream.setNoDelay(true), doomed: false };
    links.add(link);
    client.pipe(upstream);
    upstream.on("data", (chunk) => {
      if (link.doomed) cut(link);
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

  const server = createServer({ pauseOnConnect: true }, (client) => void join(client));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    reset() {
      const link = pick();
      if (link !== undefined) cut(link);
    },
    loseAnswer() {
      const link = pick();
      if (link !== undefined) link.doomed = true;
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
