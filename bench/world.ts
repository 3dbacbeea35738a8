import type { SandboxOptions } from "../src/sandbox/sandbox.ts";

/** The sandbox's frozen time, so that every request reads the same world. */
const START = "2026-06-21T04:00:00Z";

const FROZEN: SandboxOptions = { start: Date.parse(START), frozen: true, rate: false, ledgerLimit: 1_000 };

/** Enough people for more than five hundred punches per day. */
export const BUSY_WORLD: SandboxOptions = { ...FROZEN, people: 400 };

export const EXPORT_ROWS = 1_000_000;

export const ARCHIVE_WORLD: SandboxOptions = { ...FROZEN, punches: EXPORT_ROWS };

/** A year that contains every punch of the archive; the gateway accepts at most 366 days. */
export const ARCHIVE_RANGE = { from: "2025-06-22T00:00:00", to: "2026-06-22T00:00:00" } as const;
