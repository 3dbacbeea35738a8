import type { Duplex } from "node:stream";

const RETRY_AFTER_SECONDS = 10;

/** Node leaves the errors of a connection that is upgraded to whoever takes it: one that is reset would end the process. */
export const refuseUpgrade = (socket: Duplex, status: number, reason: string): void => {
  socket.on("error", () => socket.destroy());
  socket.once("finish", () => socket.destroy());
  const later = status === 429 || status === 503 ? `Retry-After: ${RETRY_AFTER_SECONDS}\r\n` : "";
  socket.end(`HTTP/1.1 ${status} ${reason}\r\n${later}Connection: close\r\nContent-Length: 0\r\n\r\n`);
};
