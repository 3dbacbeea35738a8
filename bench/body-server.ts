import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { readBody } from "../src/server/http/body.ts";

const MAX_BODY_BYTES = 2 ** 20;
const UNLIMITED = { take: () => {}, release: () => {} };

/** Creates a server that passes on the body of each request and answers after it is processed; 500 if that fails. */
export const createBodyServer = (processBody: (body: string) => Promise<void> | void): Server => {
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      await processBody(String(await readBody(request, MAX_BODY_BYTES, UNLIMITED)));
      response.end('{"status":"done"}');
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  };
  return createServer((request, response) => void handle(request, response));
};

/** Listens on any free port of the loopback interface and returns the URL. */
export const listen = async (server: Server): Promise<string> => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};
