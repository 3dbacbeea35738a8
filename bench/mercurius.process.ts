import fastify from "fastify";
import { mercurius } from "mercurius";
import { serveMeasurements } from "./measurements.ts";
import { createPeer } from "./peer-schema.ts";

const { schema, context } = createPeer();
const app = fastify();
await app.register(mercurius, { schema, context, jit: 1 });
serveMeasurements({ url: await app.listen({ port: 0, host: "127.0.0.1" }) });
