import type { Identity } from "./caller.ts";

/** Why an identity is no longer valid; clients receive this text. */
export type Ending = "token expired" | "Forbidden";

type OnEnd = (reason: Ending) => void;

/** Ends connections and streams when their identity is no longer valid. */
export interface Expiry {
  /** Calls `end` within half a second of the expiry or of a known revocation. Returns a function that cancels this. */
  readonly watch: (identity: Identity, end: OnEnd) => () => void;
  readonly stop: () => void;
}

const STEP_MS = 250;

const nothing = (): void => {};

/** Creates the registry. One timer serves all: identities that expire in the same quarter of a second share a slot. */
export const createExpiry = (now: () => number): Expiry => {
  const slots = new Map<number, Set<OnEnd>>();
  const revocable = new Map<OnEnd, () => boolean>();
  const sweep = () => {
    const current = now() / STEP_MS;
    for (const [slot, ends] of slots) {
      if (slot > current) continue;
      slots.delete(slot);
      for (const end of ends) end("token expired");
    }
    for (const [end, isRevoked] of revocable) if (isRevoked()) end("Forbidden");
  };
  const timer = setInterval(sweep, STEP_MS);
  timer.unref();
  return {
    watch({ expiresAt, isRevoked }, end) {
      if (expiresAt === null && isRevoked === undefined) return nothing;
      if (isRevoked !== undefined) revocable.set(end, isRevoked);
      const cancelRevocable = () => void revocable.delete(end);
      if (expiresAt === null) return cancelRevocable;
      const slot = Math.ceil(expiresAt / STEP_MS);
      const ends = slots.get(slot) ?? new Set();
      slots.set(slot, ends.add(end));
      return () => {
        cancelRevocable();
        ends.delete(end);
        if (ends.size === 0 && slots.get(slot) === ends) slots.delete(slot);
      };
    },
    stop: () => clearInterval(timer),
  };
};
