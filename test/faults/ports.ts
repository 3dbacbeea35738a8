import { once } from "node:events";
import { createServer } from "node:net";

/** Below the range that systems take ports of outgoing connections from. */
const [LOWEST, HIGHEST] = [20_000, 32_000];

const isFree = async (port: number): Promise<boolean> => {
  const server = createServer();
  const failed = once(server, "error").then(() => false);
  const listening = once(server.listen(port, "127.0.0.1"), "listening").then(() => true);
  const free = await Promise.race([failed, listening]);
  if (!free) return false;
  server.close();
  await once(server, "close");
  return true;
};

/** A port for a server that comes and goes: while it is gone, no outgoing connection can happen to take it. */
export const steadyPort = async (): Promise<number> => {
  for (;;) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    if (await isFree(port)) return port;
  }
};
