/** The stores that instances share. The value is how error messages name the store. */
export type StoreName = "event log" | "store of idempotency keys" | "store of router signatures" | "rate limit";

/** Thrown by every function that needs a store which cannot be reached. */
export class StoreUnavailableError extends Error {
  override readonly name = "StoreUnavailableError";
  readonly store: StoreName;

  constructor(store: StoreName, message: string) {
    super(message);
    this.store = store;
  }
}

/** What Redis or the way to it can answer instead of an answer, and what an operator should know of it. */
const SENTENCES: readonly (readonly [RegExp, string])[] = [
  [/\b(WRONGPASS|NOAUTH)\b|invalid password/, "Redis refuses the user or the password of REDIS_URL."],
  [/\bNOPERM\b/, "Redis forbids this user a command: streams, scripts and sharded channels are needed."],
  [/\bOOM\b/, "Redis is full: maxmemory is reached and nothing may be evicted."],
  [/\bREADONLY\b/, "Redis is a replica that takes no writes."],
  [/\bLOADING\b/, "Redis is loading its data."],
  [/\bMISCONF\b/, "Redis takes no writes because it cannot write to its disk."],
  [/\bNOREPLICAS\b/, "Redis takes no writes because it has too few good replicas."],
  [/\b(CLUSTERDOWN|MASTERDOWN)\b|serves our slot/, "The Redis cluster or its master is down."],
  [/\b(MOVED|ASK|TRYAGAIN)\b/, "The Redis cluster is moving the log to another node."],
  [/\bBUSY\b/, "Redis is busy with a script."],
  [/sentinels are unreachable/, "No sentinel of Redis can be reached, or none knows the master."],
  [/timed out|Socket timeout|ETIMEDOUT/, "Redis does not answer."],
  [/closed|isn't writeable|max retries|aborted|ECONNRESET|EPIPE/i, "The connection to Redis was lost."],
  [
    /unknown command|unknown subcommand|entries-added/i,
    "Redis is older than 7.0, or forbids commands that are needed.",
  ],
];

/** One sentence for whatever went wrong. Values and passwords, which a reply error carries along, are not in it. */
export const describeRedisError = (error: unknown): string => {
  const { message, code } = error as NodeJS.ErrnoException;
  const known = SENTENCES.find(([pattern]) => pattern.test(message));
  if (known !== undefined) return known[1];
  if (code !== undefined) return `Redis cannot be reached (${code}).`;
  return `Redis answered ${JSON.stringify(/^\S{0,40}/.exec(message)?.[0] ?? "")}.`;
};
