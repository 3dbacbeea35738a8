import type { AccountReads } from "./account-reads.ts";
import type { DeviceCache } from "./device-cache.ts";

/** What the loaders of one request know beside the calls. */
export interface LoaderSource {
  readonly cache: DeviceCache;
  readonly reads: AccountReads;
  /** What one scope has read is not used for another. */
  readonly scope: string;
  /** Whether equal reads of several requests are answered from a cache, so that a list is worth its price for one person. */
  readonly isCached: boolean;
}
