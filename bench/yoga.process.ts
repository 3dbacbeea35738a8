import { createServer } from "node:http";
import { createYoga } from "graphql-yoga";
import { listen } from "./body-server.ts";
import { serveMeasurements } from "./measurements.ts";
import { createPeer } from "./peer-schema.ts";

const { schema, context } = createPeer();
const yoga = createYoga({ schema, context, logging: false });
const server = createServer((request, response) => void yoga(request, response));
serveMeasurements({ url: await listen(server) });
