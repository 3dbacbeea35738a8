import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { useServer } from "graphql-ws/use/ws";
import { createPubSub, createSchema, createYoga } from "graphql-yoga";
import { Redis } from "ioredis";
import { WebSocketServer } from "ws";

/*
 * The wiring that the documentation of graphql-yoga, graphql-ws and ioredis suggests: a callback is published to Redis and
 * acknowledged, and every instance forwards messages to its subscribers. For comparison only.
 */

interface Punch {
  readonly DeviceSN: string;
  readonly EmployeeCode?: string;
}

const url = process.env["REDIS_URL"] ?? "";
const publisher = new Redis(url);
const listener = new Redis(url);
for (const redis of [publisher, listener]) redis.on("error", () => {});

const pubSub = createPubSub<{ punch: [Punch] }>();
listener.on("message", (_channel, text) => pubSub.publish("punch", JSON.parse(text) as Punch));
await listener.subscribe("punches");

const schema = createSchema({
  typeDefs: `type Punch { DeviceSN: String! EmployeeCode: String }
    type Query { isHere: Boolean! }
    type Subscription { punchAdded: Punch! }`,
  resolvers: {
    Query: { isHere: () => true },
    Subscription: {
      punchAdded: { subscribe: () => pubSub.subscribe("punch"), resolve: (punch: Punch) => punch },
    },
  },
});

const read = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
};

const yoga = createYoga({ schema, logging: false });
const receive = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  try {
    await publisher.publish("punches", await read(request));
    response.end('{"status":"done"}');
  } catch {
    response.writeHead(500).end();
  }
};

const server = createServer((request, response) => {
  if (request.url === "/health/live") response.end("live");
  else if (request.url === "/callbacks") void receive(request, response);
  else void yoga(request, response);
});
useServer({ schema }, new WebSocketServer({ server, path: "/graphql" }));
server.listen(Number(process.env["PORT"]), process.env["HOST"]);
