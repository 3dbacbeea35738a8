import type { Priority } from "../chain.ts";

export interface CircuitOptions {
  /** How often a call is let through while it is open, in milliseconds. */
  readonly probeMs: number;
  readonly now: () => number;
}

/** Closed: calls pass. Open: one call now and then, the probe. A command for a door waits for no other probe than that of a door. */
export interface Circuit {
  readonly isOpen: () => boolean;
  readonly openedAt: () => number;
  readonly open: () => void;
  readonly close: () => void;
  /** Whether a call would be let through now. */
  readonly passes: (lane: Priority) => boolean;
  /** Counts a call that is let through while it is open. */
  readonly probe: (lane: Priority) => void;
}

export const createCircuit = ({ probeMs, now }: CircuitOptions): Circuit => {
  let openedAt: number | null = null;
  let probedAt = 0;
  let doorAt = Number.NEGATIVE_INFINITY;
  return {
    isOpen: () => openedAt !== null,
    openedAt: () => openedAt ?? Number.NEGATIVE_INFINITY,
    open() {
      openedAt = now();
      probedAt = openedAt;
    },
    close() {
      openedAt = null;
    },
    passes: (lane) => openedAt === null || now() - (lane === "door" ? doorAt : probedAt) >= probeMs,
    probe(lane) {
      probedAt = now();
      if (lane === "door") doorAt = probedAt;
    },
  };
};
