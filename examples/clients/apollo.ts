import { ApolloClient, HttpLink, InMemoryCache } from "@apollo/client";
import { createClient, createFollow, type PorticoClientOptions } from "portico-graphql/client";
import { apolloSource, porticoLink, possibleTypes, typePolicies } from "portico-graphql/client/apollo";
import { ADDED, TODAY } from "./documents.ts";

/** Today's punches through Apollo Client and its normalized cache. */
export const followWithApollo = (options: PorticoClientOptions) => {
  const link = porticoLink(createClient(options)).concat(new HttpLink({ uri: options.url }));
  const client = new ApolloClient({ link, cache: new InMemoryCache({ possibleTypes, typePolicies }) });
  return createFollow(apolloSource(client), {
    snapshot: TODAY,
    cursor: (data) => data.attendanceToday?.cursor,
    rows: (data) => data.attendanceToday?.punches.nodes,
    subscription: ADDED,
    row: (data) => data.punchAdded.punch,
    key: (punch) => punch.id,
  });
};
