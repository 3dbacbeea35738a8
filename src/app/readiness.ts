import type { Readiness } from "../server/routes/health.ts";
import type { Account } from "./account.ts";
import type { Accounts } from "./accounts.ts";

/** What may keep an instance from being ready, or is to be known of it. */
export interface ReadinessParts {
  readonly accounts: Accounts;
  readonly isStopping: () => boolean;
  /** Standard output; null if the log goes elsewhere. */
  readonly log: { readonly isFailing: () => boolean } | null;
  /** Null if there is no file of the audit trail. */
  readonly audit: { readonly isFailing: () => boolean } | null;
}

/** Returns what health endpoints report: why the instance is not ready, and its warnings. */
export const createReadiness = ({ accounts, isStopping, log, audit }: ReadinessParts): Readiness => {
  const prefixed = ({ name }: Account, sentences: readonly string[]) =>
    sentences.map((sentence) => (accounts.size === 1 ? sentence : `Account ${name}: ${sentence}`));
  const ofAll = (sentencesOf: (account: Account) => readonly string[]) =>
    [...accounts.values()].flatMap((account) => prefixed(account, sentencesOf(account)));
  return () => ({
    reasons: isStopping() ? ["The server is stopping."] : ofAll(({ problems }) => problems()),
    warnings: [
      // The accounts share one Redis: its settings are one warning.
      ...new Set([...accounts.values()].flatMap(({ log: events }) => events.warnings())),
      ...ofAll(({ warnings }) => warnings()),
      ...(log?.isFailing() === true ? ["The log cannot be written."] : []),
      ...(audit?.isFailing() === true ? ["The audit trail cannot be written."] : []),
    ],
  });
};
