import { hash as digest } from "node:crypto";

/** Names of one account's log in Redis. The account is the hash tag of all, so that they are in one slot of a cluster. */
export interface LogKeys {
  /** Holds the log's id and its epoch. */
  readonly id: string;
  readonly events: string;
  readonly quarantine: string;
  /** Written to find out whether Redis accepts writes. */
  readonly probe: string;
  /** Holds the run of Redis in which the log is known to be complete. */
  readonly run: string;
  /** Holds what was acknowledged before a crash of Redis, by offset, while it is restored. */
  readonly recent: string;
  /** Holds the instances that may append, and when each was alive last. */
  readonly writers: string;
  /** Holds what each instance knows of the log after a restart of Redis. */
  readonly roll: string;
  /** Sharded channel of append notifications. */
  readonly channel: string;
  /** The claim of one event's key; its length does not depend on the key. */
  readonly claim: (key: string) => string;
}

/** Returns the names of an account's log. This file is the only place that knows names in Redis. */
export const logKeysOf = (account: string): LogKeys => {
  if (account === "") throw new Error("The name of an account must not be empty.");
  const prefix = `portico:{${encodeURIComponent(account)}}`;
  return {
    id: `${prefix}:log`,
    events: `${prefix}:events`,
    quarantine: `${prefix}:quarantine`,
    probe: `${prefix}:probe`,
    run: `${prefix}:run`,
    recent: `${prefix}:remembered`,
    writers: `${prefix}:writers`,
    roll: `${prefix}:roll`,
    channel: `${prefix}:nudge`,
    claim: (key) => `${prefix}:claim:${digest("sha256", key, "base64url").slice(0, 22)}`,
  };
};

/** Returns the sharded channel on which the instances of an account report to each other what their commands have changed. */
export const cacheChannelOf = (account: string): string => `portico:{${encodeURIComponent(account)}}:changed`;

/** Returns the names of the idempotency keys of an account's commands. */
export const commandKeysOf = (account: string): ((key: string) => string) => {
  const prefix = `portico:{${encodeURIComponent(account)}}:command:`;
  return (key) => prefix + digest("sha256", key, "base64url");
};

/** Returns, for a token of a gateway, the names of its bucket of calls and of the set of instances that share the bucket. */
export const bucketKeysOf = (gateway: string): ((token: string) => readonly [bucket: string, instances: string]) => {
  const hash = (text: string) => digest("sha256", text, "base64url").slice(0, 22);
  const prefix = `portico:{gateway-${hash(gateway)}}`;
  return (token) => [`${prefix}:bucket:${hash(token)}`, `${prefix}:instances:${hash(token)}`];
};

/** Returns the names of the bucket of a caller for a kind of commands, and of the set of instances that share the buckets. */
export const callerBucketKeysOf = (kind: string, caller: string): readonly [bucket: string, instances: string] => [
  `portico:{callers}:${kind}:${digest("sha256", caller, "base64url").slice(0, 22)}`,
  "portico:{callers}:instances",
];

/** The name of the record that a router's signature was used. */
export const signatureKey = (signature: string): string =>
  `portico:{routers}:signature:${digest("sha256", signature, "base64url").slice(0, 22)}`;
