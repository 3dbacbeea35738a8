export interface RetryBudget {
  /** Counts a call that was made for a caller. */
  readonly deposit: () => void;
  /** Takes one retry; false where there is none. */
  readonly withdraw: () => boolean;
}

export interface RetryBudgetOptions {
  /** Retries for each call that was made. */
  readonly share: number;
  /** How many there are at the start, and at most. */
  readonly reserve: number;
}

/** Bounds what retries add to the load: one failing call may be tried again, a failing gateway may not be trampled on. */
export const createRetryBudget = ({ share, reserve }: RetryBudgetOptions): RetryBudget => {
  let left = reserve;
  return {
    deposit() {
      left = Math.min(reserve, left + share);
    },
    withdraw() {
      if (left < 1) return false;
      left -= 1;
      return true;
    },
  };
};
