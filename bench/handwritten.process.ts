import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createHandwritten } from "./handwritten.ts";
import { serveMeasurements } from "./measurements.ts";

const client = createHandwritten(JSON.parse(process.argv[2] ?? "{}") as { url: string; token: string });

const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const { pathname, searchParams } = new URL(request.url ?? "", "http://localhost");
  const range = { from: searchParams.get("from") ?? "", to: searchParams.get("to") ?? "" };
  const data = await (pathname === "/newest" ? client.newest(range) : client.day(range));
  const body = JSON.stringify({ data });
  response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
  response.end(body);
};

const server = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
});

server.listen(0, "127.0.0.1");
await once(server, "listening");
serveMeasurements({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
