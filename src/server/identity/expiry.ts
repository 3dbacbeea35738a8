import type { Sink } from "../../events/hub/subscription-spec.ts";
import type { Identity } from "./caller.ts";

/** Why an identity is none any more; clients hear it in these words. */
export type Ending = "token expired" | "Forbidden";

type End = (why: Ending) => void;

/** Ends what may go on only as long as an identity lasts. */
export interface Expiry {
  /** `end` is called within half a second of when it expires or is known to be revoked; what comes back calls it off. */
  readonly watch: (identity: Identity, end: End) => () => void;
  readonly stop: () => void;
}

const STEP_MS = 250;

/** One timer for all: those that end within a quarter of a second of each other lie in one slot. */
export const createExpiry = (now: () => number): Expiry => {
  const slots = new Map<number, Set<End>>();
  const revocable = new Map<End, () => boolean>();
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
      if (isRevoked !== undefined) revocable.set(end, isRevoked);
      const forget = () => void revocable.delete(end);
      if (expiresAt === null) return forget;
      const slot = Math.ceil(expiresAt / STEP_MS);
      const ends = slots.get(slot) ?? new Set();
      slots.set(slot, ends.add(end));
      return () => {
        forget();
        ends.delete(end);
        if (ends.size === 0 && slots.get(slot) === ends) slots.delete(slot);
      };
    },
    stop: () => clearInterval(timer),
  };
};

/** A sink that takes nothing more from then on: whoever ends it comes up to half a second later. */
export const sinkUntil = (expiresAt: number, sink: Sink): Sink => {
  const isOver = () => Date.now() >= expiresAt;
  return {
    ...sink,
    send: (rendered) => !isOver() && sink.send(rendered),
    drained: () => (isOver() ? Promise.resolve(false) : sink.drained()),
    checkpoint: (cursor) => {
      if (!isOver()) sink.checkpoint(cursor);
    },
  };
};
