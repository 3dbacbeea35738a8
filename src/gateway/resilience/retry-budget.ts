export interface RetryBudget {
  /** Counts a call that was made for a caller. */
  readonly deposit: () => void;
  /** Takes one retry; returns false if the budget is used up. */
  readonly withdraw: () => boolean;
}

export interface RetryBudgetOptions {
  /** Retries for each call. */
  readonly ratio: number;
  /** Retries at the start, and at most. */
  readonly reserve: number;
}

/** Limits the load that retries add: one failing call may be retried, a failing gateway must not be overrun. */
export const createRetryBudget = ({ ratio, reserve }: RetryBudgetOptions): RetryBudget => {
  let balance = reserve;
  return {
    deposit() {
      balance = Math.min(reserve, balance + ratio);
    },
    withdraw() {
      if (balance < 1) return false;
      balance -= 1;
      return true;
    },
  };
};
