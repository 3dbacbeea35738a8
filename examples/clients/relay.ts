import { createClient, createFollow, type PorticoClientOptions } from "portico-graphql/client";
import { createRelayNetwork, relaySource } from "portico-graphql/client/relay";
import { Environment, RecordSource, Store } from "relay-runtime";
import ADDED, {
  type documentsAddedSubscription$data,
} from "./relay/__generated__/documentsAddedSubscription.graphql.ts";
import TODAY, { type documentsTodayQuery$data } from "./relay/__generated__/documentsTodayQuery.graphql.ts";

/** Today's punches through a Relay environment. With Relay's compiler plugin, the documents are `graphql` tags here. */
export const followWithRelay = (options: PorticoClientOptions) => {
  const network = createRelayNetwork(createClient(options));
  const environment = new Environment({ network, store: new Store(new RecordSource()) });
  return createFollow(relaySource(environment), {
    snapshot: TODAY,
    cursor: (data: documentsTodayQuery$data) => data.attendanceToday?.cursor,
    rows: (data) => data.attendanceToday?.punches.nodes,
    subscription: ADDED,
    row: (data: documentsAddedSubscription$data) => data.punchAdded.punch,
    key: (punch) => punch.id,
  });
};
