import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { createFrameReader, PONG_FRAME, textFrame } from "./frames.ts";

export interface Operation {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Many subscribers in this process, on sockets that cost it as little as can be. */
export interface Crowd {
  /** How many results came so far, on all sockets together. */
  readonly received: () => number;
  /** Called for each result, with the moment it was read. */
  onResult: (at: number) => void;
  readonly close: () => Promise<void>;
}

export interface CrowdOptions {
  readonly url: string;
  readonly size: number;
  readonly operationOf: (index: number) => Operation;
}

/** Each client sends a word so often: one that only listens is put into another mode of acknowledgement by the kernel. */
const WORD_EVERY_MS = 2_000;
const WORD_TICK_MS = 20;
const AT_ONCE = 50;

const PONG = textFrame(JSON.stringify({ type: "pong" }));
const RESULT = "i".charCodeAt(0);

/** Read into by all sockets, each of which is done with it before the next one reads. */
const BUFFER = Buffer.alloc(64 * 1024);

interface Client {
  readonly socket: Socket;
  onText: (text: Buffer) => void;
}

const waitFor = (client: Client, word: string): Promise<void> =>
  new Promise((resolve, reject) => {
    client.socket.once("close", () => reject(new Error("The socket was closed.")));
    client.onText = (text) => {
      if (text.includes(word)) resolve();
    };
  });

/** Connects, shakes hands, and subscribes; resolves when the server has taken the subscription. */
const join = async (url: URL, operation: Operation): Promise<Client> => {
  const reader = createFrameReader(
    (text) => client.onText(text),
    () => void client.socket.write(PONG_FRAME),
  );
  const callback = (bytes: number) => {
    reader(BUFFER.subarray(0, bytes));
    return true;
  };
  const socket = connect({ port: Number(url.port), host: url.hostname, onread: { buffer: BUFFER, callback } });
  const client: Client = { socket, onText: () => {} };
  socket.setNoDelay(true).on("error", () => {});
  await once(socket, "connect");
  const head = [
    "GET /graphql HTTP/1.1",
    `Host: ${url.host}`,
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    "Sec-WebSocket-Protocol: graphql-transport-ws",
  ];
  socket.write(`${head.join("\r\n")}\r\n\r\n`);
  socket.write(textFrame(JSON.stringify({ type: "connection_init" })));
  await waitFor(client, '"connection_ack"');
  socket.write(textFrame(JSON.stringify({ id: crypto.randomUUID(), type: "subscribe", payload: operation })));
  socket.write(textFrame(JSON.stringify({ type: "ping" })));
  await waitFor(client, '"pong"');
  return client;
};

export const openCrowd = async ({ url, size, operationOf }: CrowdOptions): Promise<Crowd> => {
  const clients: Client[] = [];
  let received = 0;
  const crowd: Crowd = {
    received: () => received,
    onResult: () => {},
    async close() {
      clearInterval(words);
      const closed = clients.map(({ socket }) => once(socket, "close"));
      for (const { socket } of clients) socket.destroy();
      await Promise.all(closed);
    },
  };
  while (clients.length < size) {
    const first = clients.length;
    const indexes = Array.from({ length: Math.min(AT_ONCE, size - first) }, (_, index) => first + index);
    clients.push(...(await Promise.all(indexes.map((index) => join(new URL(url), operationOf(index))))));
  }
  for (const client of clients) {
    client.onText = (text) => {
      if (text[2] !== RESULT) return;
      received += 1;
      crowd.onResult(performance.now());
    };
  }
  let next = 0;
  const words = setInterval(() => {
    const due = Math.ceil((size * WORD_TICK_MS) / WORD_EVERY_MS);
    for (let count = 0; count < due; count += 1) clients[next++ % size]?.socket.write(PONG);
  }, WORD_TICK_MS);
  return crowd;
};
