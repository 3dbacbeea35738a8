import type { ParseResult } from "./values.ts";

export interface RedisAddress {
  readonly host: string;
  readonly port: number;
}

/** The location of Redis and the credentials for it. */
export interface RedisTarget {
  readonly kind: "server" | "sentinel" | "cluster";
  /** The server, the sentinels, or the seed nodes of the cluster. */
  readonly nodes: readonly RedisAddress[];
  /** The name of the master that the sentinels watch; empty for the other kinds. */
  readonly master: string;
  readonly tls: boolean;
  readonly db: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** The password of the sentinels, which is separate from that of the master. */
  readonly sentinelPassword: string | undefined;
}

const EXPECTED = [
  "redis://host:port/db, redis-sentinel://host:port,host:port/master/db or redis-cluster://host:port,host:port",
  "each with user:password@ before the hosts if required, and with rediss in place of redis for TLS",
].join(", ");

const URL_SHAPE = /^(rediss?)(?:-(sentinel|cluster))?:\/\/([^/?#]+)(?:\/([^?#]*))?(?:\?([^#]*))?$/;
const NODE_SHAPE = /^(\[[\da-fA-F:.]+\]|[^:[\]\s]+)(?::(\d{1,5}))?$/;

/**
 * Parses a Redis URL. The received value, which may hold a password, is never part of a fault.
 *
 * - `redis://user:password@host:6379/0`: one server, or a service that hides its replicas behind one address.
 * - `redis-sentinel://user:password@host:26379,host:26379/master/0?sentinelPassword=...`: sentinels, which name the master.
 * - `redis-cluster://user:password@host:6379,host:6379`: nodes of a cluster, which name the node that has our slot.
 *
 * `rediss`, `rediss-sentinel` and `rediss-cluster` are the same with TLS. User, password and parameters are percent-encoded.
 */
export const parseRedisUrl = (url: string): ParseResult<RedisTarget> => {
  const [, scheme, kind = "server", authority = "", path = "", query = ""] = URL_SHAPE.exec(url) ?? [];
  if (scheme === undefined) return invalid("a different form");
  const at = authority.lastIndexOf("@");
  const userInfo = at < 0 ? "" : authority.slice(0, at);
  const colon = userInfo.indexOf(":");
  if (userInfo !== "" && colon < 0) return invalid("a user name without a password");
  const rawPassword = userInfo === "" ? undefined : userInfo.slice(colon + 1);
  const segments = path.split("/").filter((segment) => segment !== "");
  const username = decode(userInfo.slice(0, Math.max(colon, 0)));
  const password = rawPassword === undefined ? undefined : decode(rawPassword);
  const master = decode(kind === "sentinel" ? (segments.shift() ?? "") : "");
  if (username === null || password === null || master === null) return invalid("an invalid percent-encoding");
  if (kind === "sentinel" && master === "") return invalid("no name of the master");
  const [db = "0", ...rest] = segments;
  if (!/^\d{1,5}$/.test(db) || rest.length > 0) return invalid("a path that is not a database number");
  if (kind === "cluster" && db !== "0") return invalid("a database number for a cluster, which has database 0 only");
  const parameters = new URLSearchParams(query);
  const sentinelPassword = parameters.get("sentinelPassword") ?? undefined;
  if (parameters.size > (kind === "sentinel" && sentinelPassword !== undefined ? 1 : 0)) {
    return invalid("a parameter other than sentinelPassword for sentinels");
  }
  const defaultPort = kind === "sentinel" ? 26_379 : 6_379;
  const parts = authority.slice(at + 1).split(",");
  const nodes = parts.map((part) => parseNode(part, defaultPort)).filter((node) => node !== null);
  if (nodes.length < parts.length) return invalid("an invalid host or port");
  if (kind === "server" && nodes.length > 1) return invalid("several hosts for one server");
  // The scrubber of the log spells a secret in the usual ways; a URL may spell it in others, hence the text as written.
  const [, rawSentinelPassword] = /(?:^|&)sentinelPassword=([^&]*)/.exec(query) ?? [];
  const secrets = [password, rawPassword, sentinelPassword, rawSentinelPassword].filter((each) => each !== undefined);
  return {
    value: {
      kind: kind as RedisTarget["kind"],
      nodes,
      master,
      tls: scheme === "rediss",
      db: Number(db),
      username: username || undefined,
      password,
      sentinelPassword,
    },
    secrets: secrets.filter((secret) => secret !== ""),
  };
};

const invalid = (received: string): ParseResult<RedisTarget> => ({ expected: EXPECTED, received });

const decode = (text: string): string | null => {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
};

const parseNode = (text: string, defaultPort: number): RedisAddress | null => {
  const [, host, port = String(defaultPort)] = NODE_SHAPE.exec(text) ?? [];
  if (host === undefined || Number(port) < 1 || Number(port) > 65_535) return null;
  return { host: host.replace(/^\[|\]$/g, ""), port: Number(port) };
};
