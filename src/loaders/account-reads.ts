import { createPeopleReads, type PeopleReads } from "./people.ts";
import { createReceipts, type Receipts } from "./receipts.ts";
import { createRecentHealth, type RecentHealth } from "./recent-health.ts";

/** What the loaders of all requests and events of an account share. */
export interface AccountReads {
  readonly people: PeopleReads;
  readonly health: RecentHealth;
  readonly receipts: Receipts;
}

/**
 * Creates what the loaders of an account share.
 * @param now The monotonic clock in milliseconds.
 */
export const createAccountReads = (now: () => number): AccountReads => ({
  people: createPeopleReads(now),
  health: createRecentHealth(now),
  receipts: createReceipts(now),
});
