import type { EnvironmentReader } from "./access.ts";
import { parseNetworks, parseSecrets, parseTypePrefix, parseUrls, parseWord } from "./values.ts";

export interface SubgraphConfig {
  /** Prefixes of the URLs that routers may have events posted to, without a slash at their end; none: that is off. */
  readonly callbackUrls: readonly string[];
  /** Where they may lead to besides the public internet. */
  readonly callbackNetworks: readonly string[];
  /** What routers sign with; none: requests need no signature. */
  readonly routerKeys: readonly string[];
  /** Whether Hive Gateway's signature counts. */
  readonly hiveHmac: boolean;
  /** Whether the subgraph's schema tells routers who may read what. */
  readonly scopes: boolean;
  /** Begins the name of every type. */
  readonly typePrefix: string;
}

/** What this server is to the routers of a supergraph. */
export const parseSubgraph = ({ raw, read, faults }: EnvironmentReader): SubgraphConfig => {
  const hiveHmac = read("SUBGRAPH_HIVE_HMAC", parseWord(["on", "off"]), "off") === "on";
  if (hiveHmac && raw("SUBGRAPH_ROUTER_KEYS") === "") {
    faults.push("SUBGRAPH_ROUTER_KEYS: nothing came; SUBGRAPH_HIVE_HMAC needs the secret that the gateway signs with.");
  }
  return {
    callbackUrls: read("SUBGRAPH_CALLBACK_URLS", parseUrls, []),
    callbackNetworks: read("SUBGRAPH_CALLBACK_NETWORKS", parseNetworks, []),
    routerKeys: read("SUBGRAPH_ROUTER_KEYS", parseSecrets, []),
    hiveHmac,
    scopes: read("SUBGRAPH_SCOPES", parseWord(["on", "off"]), "off") === "on",
    typePrefix: read("SUBGRAPH_TYPE_PREFIX", parseTypePrefix, ""),
  };
};
