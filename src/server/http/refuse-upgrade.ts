import type { Duplex } from "node:stream";

const RETRY_AFTER_SECONDS = 10;

/**
 * Rejects an upgrade and closes the connection. Node leaves the errors of an upgraded connection to its new owner: without a
 * listener, a reset would end the process.
 */
export const refuseUpgrade = (socket: Duplex, status: number, reason: string): void => {
  socket.on("error", () => socket.destroy());
  socket.once("finish", () => socket.destroy());
  const retryAfter = status === 429 || status === 503 ? `Retry-After: ${RETRY_AFTER_SECONDS}\r\n` : "";
  socket.end(`HTTP/1.1 ${status} ${reason}\r\n${retryAfter}Connection: close\r\nContent-Length: 0\r\n\r\n`);
};
