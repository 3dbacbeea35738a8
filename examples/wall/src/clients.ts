import { cacheExchange } from "@urql/exchange-graphcache";
import { createClient, type FollowSource, type PorticoClient } from "portico-graphql/client";
import { graphcacheKeys, porticoExchange, urqlSource } from "portico-graphql/client/urql";
import { Client, fetchExchange } from "urql";

const URL_OF_GRAPHQL = "/graphql";

/** What the components read, follow and command with. */
export interface Clients {
  readonly portico: PorticoClient;
  readonly urql: Client;
  readonly source: FollowSource;
}

/**
 * Creates the clients of one caller. Their cache ends with them. `onRefused` is called whenever the server refuses the key: at the
 * first request, and when the key expires or is removed while the page is open.
 */
export const createClients = (key: string | null, onRefused: () => void): Clients => {
  const headers: Record<string, string> = key === null ? {} : { authorization: `Bearer ${key}` };
  const portico = createClient({
    url: URL_OF_GRAPHQL,
    credentials({ isRefused }) {
      if (isRefused) onRefused();
      return headers;
    },
  });
  const urql = new Client({
    url: URL_OF_GRAPHQL,
    preferGetMethod: false,
    fetchOptions: { headers },
    async fetch(input, init) {
      const response = await fetch(input, init);
      if (response.status === 401) onRefused();
      return response;
    },
    exchanges: [cacheExchange({ keys: graphcacheKeys }), porticoExchange(portico), fetchExchange],
  });
  return { portico, urql, source: urqlSource(urql) };
};
