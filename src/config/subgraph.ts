import type { EnvironmentReader } from "./environment.ts";
import { parseChoice, parseNetworks, parseSecrets, parseTypePrefix, parseUrls } from "./values.ts";

/** The settings of Portico as a subgraph of a supergraph. */
export interface SubgraphConfig {
  /** Prefixes of the URLs that routers may name for subscription callbacks, without a trailing slash; empty disables them. */
  readonly callbackUrls: readonly string[];
  /** Networks, besides the public internet, that the names in `callbackUrls` may resolve to. */
  readonly callbackNetworks: readonly string[];
  /** Keys that routers sign requests with; empty if requests need no signature. */
  readonly routerKeys: readonly string[];
  /** Whether the HMAC signature of Hive Gateway is accepted. */
  readonly hiveHmac: boolean;
  /** Whether the schema of the subgraph declares the required scopes to routers. */
  readonly scopes: boolean;
  /** Whether every well-formed request gets status 200, because some routers read no errors from another response. */
  readonly constantStatus: boolean;
  /** Prefix of the name of every type. */
  readonly typePrefix: string;
}

/** Reads the SUBGRAPH variables. */
export const parseSubgraph = ({ isSet, read, faults }: EnvironmentReader): SubgraphConfig => {
  const hiveHmac = read("SUBGRAPH_HIVE_HMAC", parseChoice(["on", "off"]), "off") === "on";
  if (hiveHmac && !isSet("SUBGRAPH_ROUTER_KEYS")) {
    faults.push("SUBGRAPH_ROUTER_KEYS is required when SUBGRAPH_HIVE_HMAC=on; set it to the secret of Hive Gateway.");
  }
  return {
    callbackUrls: read("SUBGRAPH_CALLBACK_URLS", parseUrls, []),
    callbackNetworks: read("SUBGRAPH_CALLBACK_NETWORKS", parseNetworks, []),
    routerKeys: read("SUBGRAPH_ROUTER_KEYS", parseSecrets, []),
    hiveHmac,
    scopes: read("SUBGRAPH_SCOPES", parseChoice(["on", "off"]), "off") === "on",
    constantStatus: read("SUBGRAPH_STATUS", parseChoice(["accurate", "200"]), "accurate") === "200",
    typePrefix: read("SUBGRAPH_TYPE_PREFIX", parseTypePrefix, ""),
  };
};
