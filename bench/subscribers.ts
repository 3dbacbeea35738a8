import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { createFrameReader, PONG_FRAME, textFrame } from "./frames.ts";

export interface Operation {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Many subscribers in this process, on sockets that cost it as little as possible. */
export interface SubscriberCrowd {
  /** The number of results received so far on all sockets. */
  readonly received: () => number;
  /** Initially from the options; it can be replaced. */
  onResult: (at: number, index: number, text: Buffer) => void;
  /** The number of open sockets. */
  readonly open: () => number;
  /** Stops reading from these sockets until they are resumed. */
  readonly pause: (indexes: readonly number[]) => void;
  readonly resume: (indexes: readonly number[]) => void;
  readonly close: () => Promise<void>;
}

export interface CrowdOptions {
  readonly url: string;
  readonly size: number;
  readonly operationOf: (index: number) => Operation;
  /**
   * Called for each result and for each completion, with the time at which it was read. The text is valid only until it
   * returns.
   */
  readonly onResult?: (at: number, index: number, text: Buffer) => void;
}

/** How often each client sends a message: the kernel delays TCP acknowledgements for a client that only receives. */
const PONG_EVERY_MS = 2_000;
const PONG_TICK_MS = 20;
const CONCURRENT_JOINS = 50;

const PONG = textFrame(JSON.stringify({ type: "pong" }));
const RESULT = "i".charCodeAt(0);

/** Shared by all sockets; each has processed it before the next one reads. */
const BUFFER = Buffer.alloc(64 * 1024);

interface Client {
  readonly socket: Socket;
  /** The text that a waiter expects, and how to resume it. */
  awaited: { readonly text: string; readonly resolve: () => void } | null;
}

const waitFor = (client: Client, text: string): Promise<void> =>
  new Promise((resolve, reject) => {
    client.socket.once("close", () => reject(new Error("The socket was closed.")));
    client.awaited = { text, resolve };
  });

/** Connects, performs the handshake and subscribes. Resolves when the server has accepted the subscription. */
const join = async (url: URL, operation: Operation, onResult: (text: Buffer) => void): Promise<Client> => {
  const onText = (text: Buffer) => {
    if (text[2] === RESULT) onResult(text);
    else if (client.awaited !== null && text.includes(client.awaited.text)) client.awaited.resolve();
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

/** Opens all sockets and subscribes on each. */
export const openCrowd = async ({
  url,
  size,
  operationOf,
  onResult = () => {},
}: CrowdOptions): Promise<SubscriberCrowd> => {
  const clients: Client[] = [];
  let received = 0;
  const crowd: SubscriberCrowd = {
    received: () => received,
    onResult,
    open: () => clients.filter(({ socket }) => !socket.destroyed).length,
    pause: (indexes) => indexes.forEach((index) => clients[index]?.socket.pause()),
    resume: (indexes) => indexes.forEach((index) => clients[index]?.socket.resume()),
    async close() {
      clearInterval(pongTimer);
      const open = clients.filter(({ socket }) => !socket.destroyed);
      const closed = open.map(({ socket }) => once(socket, "close"));
      for (const { socket } of open) socket.destroy();
      await Promise.all(closed);
    },
  };
  const handleResult = (index: number) => (text: Buffer) => {
    received += 1;
    crowd.onResult(performance.now(), index, text);
  };
  while (clients.length < size) {
    const first = clients.length;
    const indexes = Array.from({ length: Math.min(CONCURRENT_JOINS, size - first) }, (_, index) => first + index);
    clients.push(
      ...(await Promise.all(indexes.map((index) => join(new URL(url), operationOf(index), handleResult(index))))),
    );
  }
  let next = 0;
  const pongTimer = setInterval(() => {
    const due = Math.ceil((size * PONG_TICK_MS) / PONG_EVERY_MS);
    for (let count = 0; count < due; count += 1) clients[next++ % size]?.socket.write(PONG);
  }, PONG_TICK_MS);
  return crowd;
};
