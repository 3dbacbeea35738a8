import { WebSocketServer } from "ws";
import { serveMeasurements } from "./measurements.ts";
import { createBodyServer, listen } from "./body-server.ts";

/** The limit: sends the prepared bytes of a result to every socket. */
const server = createBodyServer((body) => {
  for (const frame of body.split("\n")) {
    const bytes = Buffer.from(frame);
    for (const client of sockets.clients) client.send(bytes, { binary: false });
  }
});
const sockets = new WebSocketServer({ server, path: "/graphql", handleProtocols: ([first = ""]) => first });
sockets.on("connection", (socket) => {
  socket.on("error", () => {});
  socket.on("message", (data: Buffer) => {
    const { type } = JSON.parse(data.toString()) as { type: string };
    if (type === "connection_init") socket.send('{"type":"connection_ack"}');
    else if (type === "ping") socket.send('{"type":"pong"}');
  });
});
serveMeasurements({ url: await listen(server) });
