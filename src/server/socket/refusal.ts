import type { Duplex } from "node:stream";

/** Node leaves the errors of a connection that is upgraded to whoever takes it: one that is reset would end the process. */
export const refuseUpgrade = (socket: Duplex, status: number, reason: string): void => {
  socket.on("error", () => socket.destroy());
  socket.once("finish", () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${reason}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
};
