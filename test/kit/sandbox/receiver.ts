import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

export interface Delivery {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly raw: string;
  /** Undefined when the body is not JSON. */
  readonly body: Readonly<Record<string, unknown>> | undefined;
}

/** How the receiver answers: done, an HTTP status, another body, or not at all. */
type Answering = "done" | "hang" | "close" | number | { readonly http: number; readonly body: string };

export interface Receiver {
  readonly url: string;
  readonly deliveries: readonly Delivery[];
  answering: Answering | ((delivery: Delivery) => Answering);
}

const parse = (raw: string): Delivery["body"] => {
  try {
    return JSON.parse(raw) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
};

/** A receiver of callbacks that records deliveries and answers as `answering` says. */
export const startReceiver = async (): Promise<Receiver> => {
  const deliveries: Delivery[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const raw = Buffer.concat(chunks).toString();
      const delivery = { url: request.url ?? "", headers: request.headers, raw, body: parse(raw) };
      deliveries.push(delivery);
      const { answering } = receiver;
      const answer = typeof answering === "function" ? answering(delivery) : answering;
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
    answering: "done",
  };
  return receiver;
};
