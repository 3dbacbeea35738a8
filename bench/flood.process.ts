import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { FloodOptions } from "./flood.cases.ts";
import { serveMeasurements } from "./measurements.ts";

/*
 * Floods a server from many connections until its parent disconnects: each connection sends its next request after its last answer, or all
 * of them send at once and wait for each other. It costs as little as possible, because it shares the machine with the server.
 */
const { url, connections, together, head, bodies } = JSON.parse(process.argv[2] ?? "") as FloodOptions;
const { hostname, port } = new URL(url);
let sent = 0;

/** Each request has another number in its document, so that no two are equal if the case wants that. */
const nextRequest = (): string => {
  sent += 1;
  const body = (bodies[sent % bodies.length] ?? "").replace("NUMBER", String(sent));
  return `${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
};

/** Resolves when a response with a length is complete. */
const answered = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    let missing = -1;
    const onData = (chunk: Buffer) => {
      if (missing < 0) {
        const text = chunk.toString("latin1", 0, 2_000);
        const end = text.indexOf("\r\n\r\n") + 4;
        missing = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0) - (chunk.length - end);
      } else missing -= chunk.length;
      if (missing > 0) return;
      socket.off("data", onData);
      resolve();
    };
    socket.on("data", onData);
  });

const sockets: Socket[] = [];
while (sockets.length < connections) {
  const socket = connect(Number(port), hostname);
  socket.on("error", () => process.exit(1));
  await once(socket, "connect");
  sockets.push(socket);
}
serveMeasurements({ url });

const send = (socket: Socket): Promise<void> => {
  const answer = answered(socket);
  socket.write(nextRequest());
  return answer;
};
const again = async (socket: Socket): Promise<never> => {
  for (;;) await send(socket);
};
if (together) for (;;) await Promise.all(sockets.map(send));
else await Promise.all(sockets.map(again));
