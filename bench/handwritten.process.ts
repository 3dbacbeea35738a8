import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { listen } from "./body-server.ts";
import { createGatewayClient } from "./gateway-client.ts";
import { createHandwritten } from "./handwritten.ts";
import { serveMeasurements } from "./measurements.ts";

const screens = createHandwritten(
  createGatewayClient(JSON.parse(process.argv[2] ?? "{}") as { url: string; token: string }),
);

const read = async (request: IncomingMessage): Promise<unknown> => {
  const { pathname, searchParams } = new URL(request.url ?? "", "http://localhost");
  const range = { from: searchParams.get("from") ?? "", to: searchParams.get("to") ?? "" };
  if (pathname === "/newest") return screens.newest(range);
  if (pathname === "/day") return screens.day(range);
  if (pathname === "/device") return screens.device(searchParams.get("serialNumber") ?? "");
  return { __typename: "Query" };
};

const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const body = JSON.stringify({ data: await read(request) });
  response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
  response.end(body);
};

const server = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
});
serveMeasurements({ url: await listen(server) });
