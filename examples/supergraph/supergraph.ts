import { compose, sdlAt } from "./compose.ts";
import { FACILITIES } from "./facilities.ts";
import { startGateway, type Upstream } from "./gateway.ts";
import { HR } from "./hr.ts";
import type { Listener } from "./listener.ts";
import { startSubgraph } from "./subgraph.ts";

export interface SupergraphOptions {
  /** Portico's base URL without a trailing slash. */
  readonly portico: string;
  /** The server that the gateway uses. */
  readonly listener: Listener;
  /** How the gateway takes Portico's subscriptions. */
  readonly upstream: Upstream;
}

export interface Supergraph {
  readonly url: string;
  readonly sdl: string;
  readonly stop: () => Promise<void>;
}

/** Starts two more subgraphs, composes them with a running Portico, and serves the supergraph. */
export const startSupergraph = async ({ portico, listener, upstream }: SupergraphOptions): Promise<Supergraph> => {
  const subgraphs = await Promise.all([HR, FACILITIES].map(startSubgraph));
  const url = `${portico}/graphql`;
  const sdl = compose([{ name: "portico", url, sdl: await sdlAt(url) }, ...subgraphs]);
  const gateway = await startGateway({ supergraph: sdl, listener, upstream });
  return {
    url: gateway.url,
    sdl,
    async stop() {
      await gateway.stop();
      for (const subgraph of subgraphs) await subgraph.stop();
    },
  };
};
