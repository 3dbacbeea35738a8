import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import { serveMeasurements } from "./measurements.ts";
import { createPeer } from "./peer-schema.ts";

const { schema, context } = createPeer();
const server = new ApolloServer<ReturnType<typeof context>>({ schema });
const { url } = await startStandaloneServer(server, {
  listen: { port: 0, host: "127.0.0.1" },
  context: () => Promise.resolve(context()),
});
serveMeasurements({ url: url.replace(/\/$/, "") });
