import type { SandboxOptions } from "../src/sandbox/sandbox.ts";

/** The sandbox's now: it stands still, so that every request reads the same world. */
const START = "2026-06-21T04:00:00Z";

const STILL: SandboxOptions = { start: Date.parse(START), frozen: true, rate: false, ledgerLimit: 1_000 };

/** People enough for more than five hundred punches a day. */
export const BUSY_WORLD: SandboxOptions = { ...STILL, people: 400 };

export const EXPORT_ROWS = 1_000_000;

export const ARCHIVE_WORLD: SandboxOptions = { ...STILL, punches: EXPORT_ROWS };

/** A year that holds every punch of the archive; the gateway takes 366 days. */
export const ARCHIVE_RANGE = { from: "2025-06-22T00:00:00", to: "2026-06-22T00:00:00" } as const;
