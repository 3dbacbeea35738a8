import { createServer } from "node:http";
import { createSchema, createYoga, type Plugin } from "graphql-yoga";
import { Redis } from "ioredis";
import { serveMeasurements } from "./measurements.ts";
import { listen } from "./body-server.ts";

/** Callbacks as a route inside Yoga: authenticated, deduplicated, stored and published with the usual commands. */
const redis = new Redis(String(process.env["REDIS_URL"]), { enableAutoPipelining: true });
const token = String(process.env["TOKEN"]);
const DAY_MS = 86_400_000;

interface Callback {
  readonly AuthToken: string;
  readonly EventID: string;
}

const useCallbacks: Plugin = {
  async onRequest(event) {
    const { request, url, fetchAPI } = event;
    if (url.pathname !== "/callbacks") return;
    const { AuthToken, ...callback } = (await request.json()) as Callback;
    if (AuthToken !== token) return event.endResponse(new fetchAPI.Response(null, { status: 401 }));
    const isNew = await redis.set(`naive:${callback.EventID}`, "", "PX", DAY_MS, "NX");
    if (isNew !== null) {
      const id = await redis.xadd("naive", "MAXLEN", "~", 100_000, "*", "event", JSON.stringify(callback));
      await redis.publish("naive", String(id));
    }
    event.endResponse(fetchAPI.Response.json({ status: "done" }));
  },
};

const schema = createSchema({ typeDefs: "type Query { isHere: Boolean! }" });
const yoga = createYoga({ schema, plugins: [useCallbacks], logging: false });
const server = createServer((request, response) => void yoga(request, response));
serveMeasurements({ url: await listen(server) });
