import { appendedAt } from "../events/offset.ts";
import type { Accounts } from "./accounts.ts";
import type { Account } from "./account.ts";
import type { LineWriter } from "../runtime/line-writer.ts";
import { programVersion } from "../runtime/program-version.ts";
import { StoreUnavailableError } from "../redis/errors.ts";
import type { MetricName } from "../server/routes/metric-definitions.ts";
import type { Metrics, Sample } from "../server/routes/metrics.ts";

/** What the metrics read at each scrape. */
export interface ReadingSources {
  readonly accounts: Accounts;
  /** Returns the number of open WebSockets. */
  readonly sockets: () => number;
  /** Returns the number of open subscriptions. */
  readonly subscribers: () => number;
  /** Returns the bytes that wait for subscribers, by transport. */
  readonly waiting: () => Readonly<Record<string, number>>;
  /** Null if the log goes elsewhere than to standard output. */
  readonly log: LineWriter | null;
  /** Null without a file for the audit trail. */
  readonly audit: LineWriter | null;
}

/** Registers the metrics that are read from the parts of the program when they are scraped: they cost nothing in between. */
export const registerReadings = (metrics: Metrics, sources: ReadingSources) => {
  const { accounts, sockets, subscribers, waiting, log, audit } = sources;
  const number = (name: MetricName, read: () => number) => metrics.read(name, () => [{ labels: {}, value: read() }]);
  /** A value for each account; null leaves the account out. */
  const each = (name: MetricName, read: (account: Account) => number | null | Promise<number | null>) =>
    metrics.read(name, async () => {
      const samples = await Promise.all(
        [...accounts.values()].map(async (account): Promise<readonly Sample[]> => {
          const value = await read(account);
          return value === null ? [] : [{ labels: { account: account.name }, value }];
        }),
      );
      return samples.flat();
    });
  const labelled = (name: MetricName, label: string, read: (account: Account) => Readonly<Record<string, number>>) =>
    metrics.read(name, () =>
      [...accounts.values()].flatMap((account) =>
        Object.entries(read(account)).map(([key, value]) => ({
          labels: { account: account.name, [label]: key },
          value,
        })),
      ),
    );

  const version = programVersion();
  metrics.read("portico_build_info", () => [{ labels: { version, node: process.versions.node }, value: 1 }]);
  number("portico_subscribers", subscribers);
  number("portico_sockets", sockets);
  metrics.read("portico_subscriber_bytes", () =>
    Object.entries(waiting()).map(([transport, value]) => ({ labels: { transport }, value })),
  );
  each("portico_idempotency_hits_total", ({ idempotencyHits }) => idempotencyHits());
  labelled("portico_upstream_waiting", "queue", ({ gateway }) => gateway.load().waiting);
  each("portico_upstream_circuit_open", ({ gateway }) => (gateway.load().isOpen ? 1 : 0));
  each("portico_upstream_device_circuits_open", ({ gateway }) => gateway.load().openDevices);
  each("portico_upstream_tokens", ({ gateway }) => gateway.load().tokens);
  each("portico_cache_hits_total", ({ cache }) => (cache.keepsAnswers ? cache.statistics().hits : null));
  each("portico_cache_misses_total", ({ cache }) => (cache.keepsAnswers ? cache.statistics().misses : null));
  each("portico_cache_bytes", ({ cache }) => (cache.keepsAnswers ? cache.statistics().bytes : null));
  each("portico_cache_entries", ({ cache }) => (cache.keepsAnswers ? cache.statistics().entries : null));
  labelled("portico_deliveries_total", "source", ({ hub }) => {
    const { live, replayed } = hub.counts();
    return { live, replayed };
  });
  each("portico_gaps_total", ({ hub }) => hub.counts().gaps);
  each("portico_log_available", ({ log: events }) => (events.problem() === null ? 1 : 0));
  each("portico_log_events", ({ log: events }) => ifAvailable(() => events.length()));
  each("portico_log_lag_seconds", ({ log: events, hub }) =>
    ifAvailable(async () => {
      const { latest } = await events.bounds();
      const read = hub.offset();
      return read === "" ? null : Math.max(0, appendedAt(latest) - appendedAt(read)) / 1000;
    }),
  );
  if (log !== null) {
    number("portico_log_lost_total", log.lost);
    number("portico_log_failing", () => (log.isFailing() ? 1 : 0));
  }
  if (audit !== null) {
    number("portico_audit_lost_total", audit.lost);
    number("portico_audit_failing", () => (audit.isFailing() ? 1 : 0));
  }
};

/** A scrape goes on without a store that is not available. */
const ifAvailable = async (read: () => Promise<number | null>): Promise<number | null> => {
  try {
    return await read();
  } catch (error) {
    if (error instanceof StoreUnavailableError) return null;
    throw error;
  }
};
