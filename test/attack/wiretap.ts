import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { createScanner } from "./canaries.ts";

/** A relay in front of a server that scans its answers for canaries. */
export interface Wiretap {
  readonly url: string;
  readonly port: number;
  /** Returns the canaries found since the last call. */
  readonly leaks: () => readonly string[];
  /** Closes every connection. */
  readonly cut: () => void;
  readonly stop: () => Promise<void>;
}

export const startWiretap = async (port: number): Promise<Wiretap> => {
  const clients = new Set<Socket>();
  let found = new Set<string>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const scan = createScanner();
    const upstream = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    clients.add(client);
    upstream.on("data", (chunk: Buffer) => {
      for (const name of scan(chunk.toString("latin1"))) found.add(name);
    });
    client.pipe(upstream).pipe(client);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      from.on("error", () => to.resetAndDestroy());
      from.on("close", () => {
        clients.delete(client);
        to.destroySoon();
      });
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const own = (server.address() as AddressInfo).port;
  const cut = () => {
    for (const client of clients) client.destroy();
  };
  return {
    url: `http://127.0.0.1:${own}`,
    port: own,
    leaks() {
      const names = [...found];
      found = new Set();
      return names;
    },
    cut,
    async stop() {
      cut();
      server.close();
      await once(server, "close");
    },
  };
};
