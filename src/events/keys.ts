import { createHash } from "node:crypto";

/** The names of one account's log in Redis. All carry the account as hash tag: they live in one slot of a cluster. */
export interface LogKeys {
  /** The log's id. */
  readonly id: string;
  readonly events: string;
  readonly quarantine: string;
  /** Written to learn whether Redis takes writes. */
  readonly probe: string;
  /** Sharded channel of nudges. */
  readonly channel: string;
  /** Claim of one event's key; of the same length however long the key. */
  readonly claim: (key: string) => string;
}

/** The one place that knows what things are called in Redis. */
export const keysOf = (account: string): LogKeys => {
  if (account === "") throw new Error("An event log needs the name of an account.");
  const prefix = `portico:{${encodeURIComponent(account)}}`;
  return {
    id: `${prefix}:log`,
    events: `${prefix}:events`,
    quarantine: `${prefix}:quarantine`,
    probe: `${prefix}:probe`,
    channel: `${prefix}:nudge`,
    claim: (key) => `${prefix}:claim:${createHash("sha256").update(key).digest("base64url").slice(0, 22)}`,
  };
};
