/** The stores that instances share. The value is how error messages name the store. */
export type StoreName =
  | "event log"
  | "store of idempotency keys"
  | "store of router signatures"
  | "rate limit"
  | "limits of callers"
  | "cache invalidation";

/** Thrown by every function that needs a store which cannot be used now. The message names the store. */
export class StoreUnavailableError extends Error {
  override readonly name = "StoreUnavailableError";
  readonly store: StoreName;

  /** `problem` is a sentence; `operation` is what failed because of it, such as "storing an event". */
  constructor(store: StoreName, problem: string, operation?: string) {
    super(`The ${store} is unavailable: ${operation === undefined ? "" : `${operation} failed. `}${problem}`);
    this.store = store;
  }
}

/** Failures of Redis and of the connection to it, and the sentence that explains each to an operator. */
const SENTENCES: readonly (readonly [RegExp, string])[] = [
  [/\b(WRONGPASS|NOAUTH)\b|invalid password/, "Redis rejects the user or the password in REDIS_URL."],
  [
    /\bNOPERM\b|ACL failure|executing the script can't/,
    "Redis forbids a command to this user: streams, scripts and sharded channels have to be allowed.",
  ],
  [/\bOOM\b/, "Redis is full: maxmemory is reached, and eviction is off."],
  [/\bREADONLY\b/, "Redis is a replica and accepts no writes."],
  [/\bLOADING\b/, "Redis is loading its data."],
  [/\bMISCONF\b/, "Redis accepts no writes because it cannot write to its disk."],
  [/\bNOREPLICAS\b/, "Redis accepts no writes because too few of its replicas answer."],
  [/\b(CLUSTERDOWN|MASTERDOWN)\b|serves our slot/, "The Redis cluster or its master is down."],
  [/\b(MOVED|ASK|TRYAGAIN)\b/, "The Redis cluster is moving the data to another node."],
  [/\bBUSY\b/, "Redis is busy running a script."],
  [/sentinels are unreachable/, "No Redis sentinel can be reached, or no sentinel knows the master."],
  [/entry .* is not JSON/, "The log in Redis contains an entry that is not an event."],
  [/timed out|Socket timeout|ETIMEDOUT/, "Redis does not answer."],
  [/closed|isn't writeable|max retries|aborted|ECONNRESET|EPIPE/i, "The connection to Redis was lost."],
  [
    /unknown command|unknown subcommand|entries-added/i,
    "Redis is older than 7.0, or forbids commands that are needed.",
  ],
];

/** Describes any failure of Redis in one sentence, without the values and passwords that an error reply contains. */
export const describeRedisError = (error: unknown): string => {
  const { message, code } = error as NodeJS.ErrnoException;
  const known = SENTENCES.find(([pattern]) => pattern.test(message));
  if (known !== undefined) return known[1];
  if (code !== undefined) return `Redis cannot be reached (${code}).`;
  return `Redis answered ${JSON.stringify(/^\S{0,40}/.exec(message)?.[0] ?? "")}.`;
};
