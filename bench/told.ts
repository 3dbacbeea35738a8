import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { readBody } from "../src/server/http/body.ts";

const MOST_BYTES = 2 ** 20;

/** A server that hands on the body of each request, and answers when that is dealt with; 500 where it fails. */
export const createToldServer = (deal: (body: string) => Promise<void> | void): Server => {
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      await deal(String(await readBody(request, MOST_BYTES)));
      response.end('{"status":"done"}');
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  };
  return createServer((request, response) => void take(request, response));
};

/** Where it listens, on loopback and any free port. */
export const listen = async (server: Server): Promise<string> => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};
