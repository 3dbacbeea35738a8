import { createGatewayRuntime, getGraphQLWSOptions } from "@graphql-hive/gateway-runtime";
import http from "@graphql-mesh/transport-http";
import httpCallback from "@graphql-mesh/transport-http-callback";
import webSocket from "@graphql-mesh/transport-ws";
import { renderGraphiQL } from "@graphql-yoga/render-graphiql";
import { useServer } from "graphql-ws/use/ws";
import { WebSocketServer } from "ws";
import type { Listener } from "./listener.ts";
import { createPubSub } from "./pubsub.ts";

/** How the gateway takes Portico's subscriptions. */
export const UPSTREAMS = ["ws", "sse", "http-callback"] as const;
export type Upstream = (typeof UPSTREAMS)[number];

export interface GatewayOptions {
  readonly supergraph: string;
  /** Where it serves. */
  readonly listener: Listener;
  readonly upstream: Upstream;
}

export interface Gateway {
  /** Where GraphQL is served, and GraphiQL to a browser. */
  readonly url: string;
  readonly stop: () => Promise<void>;
}

const PATH = "/graphql";
/** Where Portico posts events to, of the protocol that is called so. */
export const CALLBACK_PATH = "/callback";
/** Headers that subgraphs get from clients. Over WebSocket the members of `connection_init` are taken for headers. */
const PROPAGATED = ["authorization"] as const;

/** The members that are texts. */
const headersOf = (members: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(members).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );

const subscriptionsOver = (upstream: Upstream, url: string) => {
  if (upstream === "sse") return {};
  if (upstream === "ws") {
    const connectionParams = { authorization: "{context.headers.authorization}" };
    return { subscriptions: { kind: "ws", location: PATH, options: { connectionParams } } };
  }
  const options = { public_url: `${url}${CALLBACK_PATH}`, path: CALLBACK_PATH, heartbeat_interval: 5_000 };
  return { subscriptions: { kind: "http-callback", location: PATH, options } };
};

/**
 * Left to itself this transport connects again in silence and subscribes anew, without a cursor: what came in between would be lost.
 * So the subscription ends with its socket, and the client goes on behind its last cursor.
 */
const ws: typeof webSocket = {
  getSubgraphExecutor: (options) =>
    webSocket.getSubgraphExecutor(options, (client) => client.on("closed", () => void client.dispose())),
};

/** Starts a gateway for a supergraph: queries and mutations over HTTP, subscriptions over WebSocket and server-sent events. */
export const startGateway = async ({ supergraph, listener, upstream }: GatewayOptions): Promise<Gateway> => {
  const { server, url } = listener;
  const gateway = createGatewayRuntime({
    supergraph,
    logging: false,
    landingPage: false,
    graphiql: { title: "Portico in a supergraph" },
    renderGraphiQL,
    transports: { http, ws, "http-callback": httpCallback },
    pubsub: createPubSub(),
    webhooks: upstream === "http-callback",
    transportEntries: { portico: { options: subscriptionsOver(upstream, url) } },
    propagateHeaders: {
      fromClientToSubgraphs: ({ request }) =>
        headersOf(Object.fromEntries(PROPAGATED.map((name) => [name, request.headers.get(name)]))),
    },
  });
  // The first request over HTTP makes the gateway load its supergraph; one over WebSocket would find none.
  const probe = await gateway.fetch(`${url}${PATH}?query={__typename}`);
  if (!probe.ok) throw new Error(`The gateway does not load the supergraph: it answers ${probe.status}.`);
  server.on("request", (request, response) => void gateway(request, response));
  const sockets = new WebSocketServer({ server, path: PATH });
  const serving = useServer(
    getGraphQLWSOptions(gateway, ({ connectionParams = {} }) => ({
      request: new Request(`${url}${PATH}`, { headers: headersOf(connectionParams) }),
    })),
    sockets,
  );
  return {
    url: `${url}${PATH}`,
    async stop() {
      await serving.dispose();
      await gateway[Symbol.asyncDispose]();
    },
  };
};
