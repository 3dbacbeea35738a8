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
  /** As of the options; it may be exchanged. */
  onResult: (at: number, index: number, text: Buffer) => void;
  /** How many sockets are open. */
  readonly open: () => number;
  /** These read nothing more until they are resumed. */
  readonly pause: (indexes: readonly number[]) => void;
  readonly resume: (indexes: readonly number[]) => void;
  readonly close: () => Promise<void>;
}

export interface CrowdOptions {
  readonly url: string;
  readonly size: number;
  readonly operationOf: (index: number) => Operation;
  /** Called for each result, and when a subscription completes, with the moment it was read; the text is good only until it returns. */
  readonly onResult?: (at: number, index: number, text: Buffer) => void;
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
  /** What is waited for, and whom to tell. */
  awaited: { readonly word: string; readonly resolve: () => void } | null;
}

const waitFor = (client: Client, word: string): Promise<void> =>
  new Promise((resolve, reject) => {
    client.socket.once("close", () => reject(new Error("The socket was closed.")));
    client.awaited = { word, resolve };
  });

/** Connects, shakes hands, and subscribes; resolves when the server has taken the subscription. */
const join = async (url: URL, operation: Operation, onResult: (text: Buffer) => void): Promise<Client> => {
  const onText = (text: Buffer) => {
    if (text[2] === RESULT) onResult(text);
    else if (client.awaited !== null && text.includes(client.awaited.word)) client.awaited.resolve();
  };
  const reader = createFrameReader(onText, () => void client.socket.write(PONG_FRAME));
  const callback = (bytes: number) => {
    reader(BUFFER.subarray(0, bytes));
    return true;
  };
  const socket = connect({ port: Number(url.port), host: url.hostname, onread: { buffer: BUFFER, callback } });
  const client: Client = { socket, awaited: null };
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
  client.awaited = null;
  return client;
};

export const openCrowd = async ({ url, size, operationOf, onResult = () => {} }: CrowdOptions): Promise<Crowd> => {
  const clients: Client[] = [];
  let received = 0;
  const crowd: Crowd = {
    received: () => received,
    onResult,
    open: () => clients.filter(({ socket }) => !socket.destroyed).length,
    pause: (indexes) => indexes.forEach((index) => clients[index]?.socket.pause()),
    resume: (indexes) => indexes.forEach((index) => clients[index]?.socket.resume()),
    async close() {
      clearInterval(words);
      const open = clients.filter(({ socket }) => !socket.destroyed);
      const closed = open.map(({ socket }) => once(socket, "close"));
      for (const { socket } of open) socket.destroy();
      await Promise.all(closed);
    },
  };
  const take = (index: number) => (text: Buffer) => {
    received += 1;
    crowd.onResult(performance.now(), index, text);
  };
  while (clients.length < size) {
    const first = clients.length;
    const indexes = Array.from({ length: Math.min(AT_ONCE, size - first) }, (_, index) => first + index);
    clients.push(...(await Promise.all(indexes.map((index) => join(new URL(url), operationOf(index), take(index))))));
  }
  let next = 0;
  const words = setInterval(() => {
    const due = Math.ceil((size * WORD_TICK_MS) / WORD_EVERY_MS);
    for (let count = 0; count < due; count += 1) clients[next++ % size]?.socket.write(PONG);
  }, WORD_TICK_MS);
  return crowd;
};
