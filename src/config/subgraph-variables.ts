import type { Variable } from "./variable.ts";

/** The variables of Portico as a subgraph of a supergraph. */
export const SUBGRAPH_VARIABLES = [
  {
    name: "SUBGRAPH_CALLBACK_URLS",
    default: null,
    secret: false,
    meaning: "Comma-separated URL prefixes that routers may name for subscription callbacks.",
  },
  {
    name: "SUBGRAPH_CALLBACK_NETWORKS",
    default: null,
    secret: false,
    meaning: "Comma-separated networks, besides the public internet, that the names in those URLs may resolve to.",
  },
  {
    name: "SUBGRAPH_ROUTER_KEYS",
    default: null,
    secret: true,
    meaning: "Comma-separated keys that routers sign with; if set, unsigned requests are rejected.",
  },
  {
    name: "SUBGRAPH_HIVE_HMAC",
    default: "off",
    secret: false,
    meaning: "`on` also accepts the HMAC signature of Hive Gateway.",
  },
  {
    name: "SUBGRAPH_SCOPES",
    default: "off",
    secret: false,
    meaning: "`on` declares the required scopes in the schema that routers read.",
  },
  {
    name: "SUBGRAPH_STATUS",
    default: "accurate",
    secret: false,
    meaning: "`200` gives every well-formed GraphQL request the status 200.",
  },
  {
    name: "SUBGRAPH_STOP_RESULT",
    default: null,
    secret: false,
    meaning: "`on` ends subscriptions with a result when the server stops, which routers forward to their clients.",
  },
  {
    name: "SUBGRAPH_CACHE_HINTS",
    default: "off",
    secret: false,
    meaning: "`on` has responses say what a router may keep of them, and for how long.",
  },
  {
    name: "SUBGRAPH_INVALIDATION_URL",
    default: null,
    secret: false,
    meaning: "URL of a router's invalidation endpoint, to which Portico posts what has changed.",
  },
  { name: "SUBGRAPH_INVALIDATION_KEY", default: null, secret: true, meaning: "Key that the endpoint requires." },
  { name: "SUBGRAPH_NAME", default: "portico", secret: false, meaning: "Name of this subgraph in the supergraph." },
  { name: "SUBGRAPH_TYPE_PREFIX", default: null, secret: false, meaning: "Prefix of the name of every type." },
] as const satisfies readonly Variable[];
