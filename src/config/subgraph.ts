import type { EnvironmentReader } from "./environment.ts";
import {
  parseChoice,
  parseNetworks,
  parseSecret,
  parseSecrets,
  parseSubgraphName,
  parseTypePrefix,
  parseUrl,
  parseUrls,
} from "./values.ts";

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
  /** Whether a subscription over server-sent events or WebSocket ends with a result when the server stops, as routers need it. */
  readonly stopResult: boolean;
  /** Whether responses say what a router may keep of them. */
  readonly cacheHints: boolean;
  /** URL to which changes are posted, so that a router drops what it keeps; null for none. */
  readonly invalidationUrl: string | null;
  /** The key that the router requires there; null for none. */
  readonly invalidationKey: string | null;
  /** The name of this subgraph in the supergraph. */
  readonly name: string;
  /** Prefix of the name of every type. */
  readonly typePrefix: string;
}

/** Reads the SUBGRAPH variables. */
export const parseSubgraph = ({ isSet, read, faults }: EnvironmentReader): SubgraphConfig => {
  const hiveHmac = read("SUBGRAPH_HIVE_HMAC", parseChoice(["on", "off"]), "off") === "on";
  if (hiveHmac && !isSet("SUBGRAPH_ROUTER_KEYS")) {
    faults.push("SUBGRAPH_ROUTER_KEYS is required when SUBGRAPH_HIVE_HMAC=on; set it to the secret of Hive Gateway.");
  }
  const cacheHints = read("SUBGRAPH_CACHE_HINTS", parseChoice(["on", "off"]), "off") === "on";
  if (isSet("SUBGRAPH_INVALIDATION_URL") && !cacheHints) {
    faults.push(
      "SUBGRAPH_CACHE_HINTS must be on when SUBGRAPH_INVALIDATION_URL is set; received off, so that a router has no tags.",
    );
  }
  return {
    callbackUrls: read("SUBGRAPH_CALLBACK_URLS", parseUrls, []),
    callbackNetworks: read("SUBGRAPH_CALLBACK_NETWORKS", parseNetworks, []),
    routerKeys: read("SUBGRAPH_ROUTER_KEYS", parseSecrets, []),
    hiveHmac,
    scopes: read("SUBGRAPH_SCOPES", parseChoice(["on", "off"]), "off") === "on",
    constantStatus: read("SUBGRAPH_STATUS", parseChoice(["accurate", "200"]), "accurate") === "200",
    stopResult:
      read("SUBGRAPH_STOP_RESULT", parseChoice(["on", "off"]), isSet("SUBGRAPH_ROUTER_KEYS") ? "on" : "off") === "on",
    cacheHints,
    invalidationUrl: read("SUBGRAPH_INVALIDATION_URL", (raw) => parseUrl(raw, "anywhere"), null),
    invalidationKey: read("SUBGRAPH_INVALIDATION_KEY", parseSecret, null),
    name: read("SUBGRAPH_NAME", parseSubgraphName, "portico"),
    typePrefix: read("SUBGRAPH_TYPE_PREFIX", parseTypePrefix, ""),
  };
};
