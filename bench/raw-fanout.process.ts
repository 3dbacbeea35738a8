import { WebSocketServer } from "ws";
import { beMeasured } from "./measured.ts";
import { createToldServer, listen } from "./told.ts";

/** The limit: the bytes of a result, made by somebody else, sent to every socket. */
const server = createToldServer((body) => {
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
beMeasured({ url: await listen(server) });
