import { readFileSync } from "node:fs";

/** What is kept for everything but connections of clients: calls to the gateway, Redis, files. */
const RESERVE = { share: 0.25, min: 40, max: 1_000 } as const;

/** Returns how many files and sockets this process may open; Infinity where the system does not say it as Linux does. */
const fileLimit = (): number => {
  try {
    const limits = readFileSync("/proc/self/limits", "utf8");
    return Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? Number.POSITIVE_INFINITY);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
};

/**
 * Returns how many connections a server may accept: so many that this process can still call the gateway for all of them. A process
 * that has no file left closes new connections without a word, and fails on the requests that it has accepted.
 */
export const connectionLimit = (limit = fileLimit()): number =>
  Math.max(1, limit - Math.min(RESERVE.max, Math.max(RESERVE.min, Math.round(limit * RESERVE.share))));
