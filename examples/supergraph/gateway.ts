import { createGatewayRuntime, getGraphQLWSOptions } from "@graphql-hive/gateway-runtime";
import http from "@graphql-mesh/transport-http";
import httpCallback from "@graphql-mesh/transport-http-callback";
import webSocket from "@graphql-mesh/transport-ws";
import { renderGraphiQL } from "@graphql-yoga/render-graphiql";
import { useServer } from "graphql-ws/use/ws";
import { WebSocketServer } from "ws";
import type { Listener } from "./listener.ts";
import { planner } from "./planner.ts";
import { createPubSub } from "./pubsub.ts";

/** How the gateway takes Portico's subscriptions. */
export const UPSTREAMS = ["ws", "sse", "http-callback"] as const;
export type Upstream = (typeof UPSTREAMS)[number];

export interface GatewayOptions {
  readonly supergraph: string;
  /** The server that the gateway uses. */
  readonly listener: Listener;
  readonly upstream: Upstream;
  /** Whether the WebSocket transport reconnects by itself, as it does by default. @default false */
  readonly reconnects?: boolean;
}

export interface Gateway {
  /** The URL of GraphQL and, for a browser, GraphiQL. */
  readonly url: string;
  readonly stop: () => Promise<void>;
}

const PATH = "/graphql";
/** The path to which Portico posts events in the subscription callback protocol. */
export const CALLBACK_PATH = "/callback";
/** Client headers that subgraphs receive. Over WebSocket, the members of `connection_init` are used as headers. */
const PROPAGATED = ["authorization"] as const;

/** The members that are strings. */
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
 * By default this transport reconnects silently and subscribes again without a cursor: events in between would be lost. So the
 * subscription ends with its socket, and the client continues after its last cursor.
 */
const ws: typeof webSocket = {
  getSubgraphExecutor: (options) =>
    webSocket.getSubgraphExecutor(options, (client) => client.on("closed", () => void client.dispose())),
};

/** Starts a gateway for a supergraph: queries and mutations over HTTP, subscriptions over WebSocket and server-sent events. */
export const startGateway = async (options: GatewayOptions): Promise<Gateway> => {
  const { supergraph, listener, upstream, reconnects = false } = options;
  const { server, url } = listener;
  const gateway = createGatewayRuntime({
    supergraph,
    unifiedGraphHandler: planner,
    logging: false,
    landingPage: false,
    graphiql: { title: "Portico in a supergraph" },
    renderGraphiQL,
    transports: { http, ws: reconnects ? webSocket : ws, "http-callback": httpCallback },
    pubsub: createPubSub(),
    webhooks: upstream === "http-callback",
    transportEntries: { portico: { options: subscriptionsOver(upstream, url) } },
    propagateHeaders: {
      fromClientToSubgraphs: ({ request }) =>
        headersOf(Object.fromEntries(PROPAGATED.map((name) => [name, request.headers.get(name)]))),
    },
  });
  // The first HTTP request makes the gateway load its supergraph; a first request over WebSocket would find none.
  const response = await gateway.fetch(`${url}${PATH}?query={__typename}`);
  if (!response.ok) throw new Error(`The gateway must load the supergraph; it answered ${response.status}.`);
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
