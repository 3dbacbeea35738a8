import { hash as digest } from "node:crypto";

/** The names of one account's log in Redis. All carry the account as hash tag: they live in one slot of a cluster. */
export interface LogKeys {
  /** The log's id. */
  readonly id: string;
  readonly events: string;
  readonly quarantine: string;
  /** Written to learn whether Redis takes writes. */
  readonly probe: string;
  /** Which run of Redis the log is known to be whole in. */
  readonly run: string;
  /** What was acknowledged before a crash of Redis, by position, while it is put back. */
  readonly recent: string;
  /** Sharded channel of nudges. */
  readonly channel: string;
  /** Claim of one event's key; of the same length however long the key. */
  readonly claim: (key: string) => string;
}

/** The one place that knows what things are called in Redis. */
export const logKeysOf = (account: string): LogKeys => {
  if (account === "") throw new Error("An event log needs the name of an account.");
  const prefix = `portico:{${encodeURIComponent(account)}}`;
  return {
    id: `${prefix}:log`,
    events: `${prefix}:events`,
    quarantine: `${prefix}:quarantine`,
    probe: `${prefix}:probe`,
    run: `${prefix}:run`,
    recent: `${prefix}:remembered`,
    channel: `${prefix}:nudge`,
    claim: (key) => `${prefix}:claim:${digest("sha256", key, "base64url").slice(0, 22)}`,
  };
};

/** Where the idempotency keys of an account's commands are kept. */
export const commandKeysOf = (account: string): ((key: string) => string) => {
  const prefix = `portico:{${encodeURIComponent(account)}}:command:`;
  return (key) => prefix + digest("sha256", key, "base64url");
};

/** Of a gateway, the bucket of calls that one of its tokens has, and the instances that take from it. */
export const bucketKeysOf = (gateway: string): ((token: string) => readonly [bucket: string, instances: string]) => {
  const hash = (text: string) => digest("sha256", text, "base64url").slice(0, 22);
  const prefix = `portico:{gateway-${hash(gateway)}}`;
  return (token) => [`${prefix}:bucket:${hash(token)}`, `${prefix}:instances:${hash(token)}`];
};

/** Where it is kept that a router's signature was used. */
export const signatureKey = (signature: string): string =>
  `portico:{routers}:signature:${digest("sha256", signature, "base64url").slice(0, 22)}`;
