import { ApolloGateway, RemoteGraphQLDataSource } from "@apollo/gateway";
import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import { type GraphOptions, startGraph } from "../../examples/supergraph/supergraph.ts";
import { versionOf } from "./hive.ts";
import type { Router, RunningRouter } from "./router.ts";

interface ClientContext {
  readonly authorization?: string | undefined;
}

type Sending = Parameters<NonNullable<RemoteGraphQLDataSource<ClientContext>["willSendRequest"]>>[0];

class ForwardingDataSource extends RemoteGraphQLDataSource<ClientContext> {
  override willSendRequest({ request, context: { authorization } }: Sending): void {
    if (authorization !== undefined) request.http?.headers.set("authorization", authorization);
  }
}

const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

/** Starts Apollo Gateway, which serves queries and mutations, in front of the example's graph. */
export const startApolloGateway = async (options: GraphOptions): Promise<RunningRouter> => {
  const graph = await startGraph(options);
  const gateway = new ApolloGateway({
    supergraphSdl: graph.sdl,
    buildService: ({ url = "" }) => new ForwardingDataSource({ url }),
    logger: SILENT,
  });
  const server = new ApolloServer<ClientContext>({ gateway, logger: SILENT, includeStacktraceInErrorResponses: false });
  const { url } = await startStandaloneServer(server, {
    listen: { port: 0, host: "127.0.0.1" },
    context: async ({ req }) => ({ authorization: req.headers.authorization }),
  });
  return {
    url,
    async stop() {
      await server.stop();
      await graph.stop();
    },
  };
};

export const APOLLO: Router = {
  name: `Apollo Gateway ${versionOf("@apollo/gateway")}`,
  transport: null,
  start: startApolloGateway,
};
