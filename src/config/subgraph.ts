import type { Reading } from "./access.ts";
import { parseNetworks, parseUrls } from "./values.ts";

export interface SubgraphConfig {
  /** Prefixes of the URLs that routers may have events posted to, without a slash at their end; none: that is off. */
  readonly callbackUrls: readonly string[];
  /** Where they may lead to besides the public internet. */
  readonly callbackNetworks: readonly string[];
}

/** What this server is to the routers of a supergraph. */
export const parseSubgraph = ({ read }: Pick<Reading, "read">): SubgraphConfig => ({
  callbackUrls: read("SUBGRAPH_CALLBACK_URLS", parseUrls, []),
  callbackNetworks: read("SUBGRAPH_CALLBACK_NETWORKS", parseNetworks, []),
});
