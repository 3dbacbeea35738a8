import { type Composable, compose, sdlAt } from "./compose.ts";
import { FACILITIES } from "./facilities.ts";
import { type GatewayOptions, startGateway } from "./gateway.ts";
import { HR, withScopes } from "./hr.ts";
import { startSubgraph } from "./subgraph.ts";

export interface GraphOptions {
  /** Portico's base URL without a trailing slash. */
  readonly portico: string;
  /** A credential with which Portico may be introspected. @default none */
  readonly authorization?: string;
}

export interface SupergraphOptions extends GraphOptions, Omit<GatewayOptions, "supergraph"> {}

/** The subgraphs beside Portico are running, and all three are composed. */
export interface ComposedGraph {
  readonly sdl: string;
  readonly subgraphs: readonly Composable[];
  readonly stop: () => Promise<void>;
}

export interface Supergraph extends Omit<ComposedGraph, "subgraphs"> {
  readonly url: string;
}

/** Starts two more subgraphs and composes them with a running Portico. */
export const startGraph = async ({ portico, authorization }: GraphOptions): Promise<ComposedGraph> => {
  const url = `${portico}/graphql`;
  const sdl = await sdlAt(url, authorization);
  const hr = sdl.includes("@requiresScopes") ? withScopes(HR) : HR;
  const running = await Promise.all([hr, FACILITIES].map(startSubgraph));
  const subgraphs = [{ name: "portico", url, sdl }, ...running];
  return {
    sdl: compose(subgraphs),
    subgraphs,
    async stop() {
      for (const subgraph of running) await subgraph.stop();
    },
  };
};

/** Starts the graph and serves it by Hive Gateway. */
export const startSupergraph = async ({
  portico,
  authorization,
  ...options
}: SupergraphOptions): Promise<Supergraph> => {
  const graph = await startGraph({ portico, ...(authorization === undefined ? {} : { authorization }) });
  const gateway = await startGateway({ ...options, supergraph: graph.sdl });
  return {
    url: gateway.url,
    sdl: graph.sdl,
    async stop() {
      await gateway.stop();
      await graph.stop();
    },
  };
};
