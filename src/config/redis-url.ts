export interface RedisAddress {
  readonly host: string;
  readonly port: number;
}

/** Where Redis is and how to be let in. */
export interface RedisTarget {
  readonly kind: "server" | "sentinel" | "cluster";
  /** The server, the sentinels, or the nodes of the cluster to ask first. */
  readonly nodes: readonly RedisAddress[];
  /** What the sentinels call the master; empty unless there are sentinels. */
  readonly master: string;
  readonly tls: boolean;
  readonly db: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** For the sentinels themselves, which have a password of their own. */
  readonly sentinelPassword: string | undefined;
}

/** A URL of none of the forms. The value, which holds a password, is not in it. */
export class RedisUrlError extends Error {
  override readonly name = "RedisUrlError";
}

const FORMS =
  "redis://host:port/db, redis-sentinel://host:port,host:port/master/db or redis-cluster://host:port,host:port, each with user:password@ before the hosts where needed, and rediss for redis with TLS";

const URL_SHAPE = /^(rediss?)(?:-(sentinel|cluster))?:\/\/([^/?#]+)(?:\/([^?#]*))?(?:\?([^#]*))?$/;
const NODE_SHAPE = /^(\[[\da-fA-F:.]+\]|[^:[\]\s]+)(?::(\d{1,5}))?$/;

/**
 * Reads a URL of Redis; throws RedisUrlError.
 *
 * - `redis://user:password@host:6379/0`: one server, or a service that hides its replicas behind one address.
 * - `redis-sentinel://user:password@host:26379,host:26379/master/0?sentinelPassword=...`: sentinels, asked for the master.
 * - `redis-cluster://user:password@host:6379,host:6379`: nodes of a cluster, asked for the one that has our slot.
 *
 * `rediss`, `rediss-sentinel` and `rediss-cluster` are the same with TLS. User, password and parameters are percent-encoded.
 */
export const parseRedisUrl = (url: string): RedisTarget => {
  const [, scheme, kind = "server", authority = "", path = "", query = ""] = URL_SHAPE.exec(url) ?? [];
  if (scheme === undefined) throw wrong("something else came");
  const at = authority.lastIndexOf("@");
  const [username, password] = credentialsOf(at < 0 ? "" : authority.slice(0, at));
  const segments = path.split("/").filter((segment) => segment !== "");
  const master = kind === "sentinel" ? decode(segments.shift() ?? "") : "";
  if (kind === "sentinel" && master === "") throw wrong("no name of the master came");
  const [db = "0", ...rest] = segments;
  if (!/^\d{1,5}$/.test(db) || rest.length > 0) throw wrong("a path that is no number of a database came");
  if (kind === "cluster" && db !== "0") throw wrong("a database came, of which a cluster has only 0");
  const parameters = new URLSearchParams(query);
  const sentinelPassword = parameters.get("sentinelPassword") ?? undefined;
  if (parameters.size > (kind === "sentinel" && sentinelPassword !== undefined ? 1 : 0)) {
    throw wrong("a parameter other than sentinelPassword came");
  }
  const nodes = authority
    .slice(at + 1)
    .split(",")
    .map((node) => nodeOf(node, kind === "sentinel" ? 26_379 : 6_379));
  if (kind === "server" && nodes.length > 1) throw wrong("several hosts came for one server");
  return {
    kind: kind as RedisTarget["kind"],
    nodes,
    master,
    tls: scheme === "rediss",
    db: Number(db),
    username,
    password,
    sentinelPassword,
  };
};

const wrong = (what: string): RedisUrlError => new RedisUrlError(`${what}; wanted is ${FORMS}`);

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    throw wrong("a percent sign that encodes nothing came");
  }
};

const credentialsOf = (text: string): readonly [string | undefined, string | undefined] => {
  if (text === "") return [undefined, undefined];
  const colon = text.indexOf(":");
  if (colon < 0) throw wrong("a user without a password came");
  return [decode(text.slice(0, colon)) || undefined, decode(text.slice(colon + 1))];
};

const nodeOf = (text: string, defaultPort: number): RedisAddress => {
  const [, host, port = String(defaultPort)] = NODE_SHAPE.exec(text) ?? [];
  if (host === undefined || Number(port) < 1 || Number(port) > 65_535) throw wrong("a host or port that is none came");
  return { host: host.replace(/^\[|\]$/g, ""), port: Number(port) };
};
