import { buildSubgraphSchema } from "@apollo/subgraph";
import { parse } from "graphql";
import { createYoga } from "graphql-yoga";
import { startListener } from "./listener.ts";

type Resolvers = NonNullable<
  Extract<Parameters<typeof buildSubgraphSchema>[0], { readonly resolvers?: unknown }>["resolvers"]
>;

/** A small subgraph of the example that is not running yet. */
export interface Subgraph {
  readonly name: string;
  readonly sdl: string;
  readonly createResolvers: () => Resolvers;
}

export interface RunningSubgraph {
  readonly name: string;
  readonly sdl: string;
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/** Serves a subgraph on any free loopback port. */
export const startSubgraph = async ({ name, sdl, createResolvers }: Subgraph): Promise<RunningSubgraph> => {
  const schema = buildSubgraphSchema({ typeDefs: parse(sdl), resolvers: createResolvers() });
  const yoga = createYoga({ schema, logging: false, graphiql: false, landingPage: false });
  const { server, url, stop } = await startListener(0);
  server.on("request", (request, response) => void yoga(request, response));
  return { name, sdl, url: `${url}/graphql`, stop };
};
