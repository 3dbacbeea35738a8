import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

export interface Delivery {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly raw: string;
  /** Undefined if the body is not JSON. */
  readonly body: Readonly<Record<string, unknown>> | undefined;
}

/** How the receiver replies: done, an HTTP status, another body, or not at all. */
type ReceiverReply = "done" | "hang" | "close" | number | { readonly http: number; readonly body: string };

export interface Receiver {
  readonly url: string;
  readonly deliveries: readonly Delivery[];
  reply: ReceiverReply | ((delivery: Delivery) => ReceiverReply);
}

const parse = (raw: string): Delivery["body"] => {
  try {
    return JSON.parse(raw) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
};

/** Starts a receiver that records callbacks and replies as configured. */
export const startReceiver = async (): Promise<Receiver> => {
  const deliveries: Delivery[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const raw = Buffer.concat(chunks).toString();
      const delivery = { url: request.url ?? "", headers: request.headers, raw, body: parse(raw) };
      deliveries.push(delivery);
      const { reply } = receiver;
      const answer = typeof reply === "function" ? reply(delivery) : reply;
      if (answer === "hang") return;
      if (answer === "close") response.destroy();
      else if (answer === "done") response.end('{"status":"done"}');
      else if (typeof answer === "number") response.writeHead(answer).end("no");
      else response.writeHead(answer.http).end(answer.body);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    deliveries,
    reply: "done",
  };
  return receiver;
};
