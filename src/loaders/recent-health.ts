import type { DeviceHealth } from "../contract/devices.ts";
import { dropOldest } from "../runtime/drop-oldest.ts";

/**
 * The health of all devices, for the pages that follow a first page: without it each page of a walk would read the health of
 * all devices again.
 */
export interface RecentHealth {
  /**
   * Call it before reading the health of all devices, and its result with the answer. The answer is discarded if `drop` was called
   * in between.
   */
  readonly begin: (scope: string) => (bySerial: ReadonlyMap<string, DeviceHealth>) => void;
  /** Returns what was read for the same scope, by the `nameKey` of the device, unless that was more than five seconds ago. */
  readonly get: (scope: string) => ReadonlyMap<string, DeviceHealth> | undefined;
  /** Forgets everything. Call it when the health of a device has changed. */
  readonly drop: () => void;
}

const MAX_AGE_MS = 5_000;
const MAX_SCOPES = 8;

/** Creates an empty memory. */
export const createRecentHealth = (now: () => number): RecentHealth => {
  const byScope = new Map<string, { readonly bySerial: ReadonlyMap<string, DeviceHealth>; readonly at: number }>();
  let drops = 0;
  return {
    begin(scope) {
      const [at, begun] = [now(), drops];
      return (bySerial) => {
        if (drops !== begun) return;
        byScope.delete(scope);
        byScope.set(scope, { bySerial, at });
        dropOldest(byScope, MAX_SCOPES);
      };
    },
    get(scope) {
      const known = byScope.get(scope);
      if (known !== undefined && now() - known.at < MAX_AGE_MS) return known.bySerial;
      byScope.delete(scope);
      return undefined;
    },
    drop() {
      drops += 1;
      byScope.clear();
    },
  };
};
