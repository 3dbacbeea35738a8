import { cacheExchange } from "@urql/exchange-graphcache";
import { Client, fetchExchange } from "@urql/core";
import { createClient, createFollow, type PorticoClientOptions } from "portico-graphql/client";
import { graphcacheKeys, porticoExchange, urqlSource } from "portico-graphql/client/urql";
import { ADDED, TODAY } from "./documents.ts";

/** Today's punches through urql and its normalized cache. */
export const followWithUrql = (options: PorticoClientOptions) => {
  const exchanges = [cacheExchange({ keys: graphcacheKeys }), porticoExchange(createClient(options)), fetchExchange];
  const client = new Client({ url: options.url, exchanges, preferGetMethod: false });
  return createFollow(urqlSource(client), {
    snapshot: TODAY,
    cursor: (data) => data.attendanceToday?.cursor,
    rows: (data) => data.attendanceToday?.punches.nodes,
    subscription: ADDED,
    row: (data) => data.punchAdded.punch,
    key: (punch) => punch.id,
  });
};
