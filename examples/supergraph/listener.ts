import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface Listener {
  readonly server: Server;
  /** The base URL without a trailing slash. */
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/** Starts an HTTP server on a loopback port, 0 for any free one. It answers after a request handler is attached. */
export const startListener = async (port: number): Promise<Listener> => {
  const server = createServer();
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    server,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
