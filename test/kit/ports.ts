import { once } from "node:events";
import { createServer } from "node:net";

/** Below the ports that systems use for outgoing connections. */
const [LOWEST, HIGHEST] = [20_000, 32_000];

/**
 * A port on loopback for a server that comes and goes: while it is down, no outgoing connection can take the port.
 * A client that retries a dead port above this range may even connect to itself.
 */
export const freePort = async (): Promise<number> => {
  const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
  const server = createServer().listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch {
    return freePort();
  }
  server.close();
  await once(server, "close");
  return port;
};
