import type { AccountReads } from "./account-reads.ts";
import type { DeviceCache } from "./device-cache.ts";

/** What the loaders of one request know beside the calls. */
export interface LoaderSource {
  readonly cache: DeviceCache;
  readonly reads: AccountReads;
  /** What one scope has read is not used for another. */
  readonly scope: string;
  /** Whether reads may be answered by what other requests have read; a list is then worth its price for one person. */
  readonly isCached: boolean;
  /** Called when something is read that no event announces. */
  readonly onLive: () => void;
}
