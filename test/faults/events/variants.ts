import type { FaultKind } from "./kinds/kind.ts";
import { CLIENT_CONNECTIONS, REDIS_CONNECTIONS } from "./kinds/connections.ts";
import { INSTANCES, REDIS_ENDS, REPLICAS, SERVER_ENDS, SLOTS } from "./kinds/processes.ts";
import { LOG_CHANGED, LOG_DESTROYED, REDIS_DISTURBED, SERVER_DISTURBED } from "./kinds/redis.ts";
import type { Random } from "./random.ts";
import { startCluster } from "./stores/cluster.ts";
import { startPlain } from "./stores/plain.ts";
import { startSentinels } from "./stores/sentinel.ts";
import type { Store } from "./stores/store.ts";

/** A Redis, a size of the log, and what happens to them. */
export interface Variant {
  readonly name: string;
  readonly start: (instances: number, random: Random) => Promise<Store>;
  /** How many events the log retains; null for the product's own number. */
  readonly retained: number | null;
  readonly kinds: readonly FaultKind[];
}

/** A server that does not answer for a while is replaced where there are replicas. */
const REPLACES: ReadonlySet<string> = new Set([
  "Redis hangs",
  "Redis lets clients wait",
  "a script of somebody else keeps Redis busy",
]);
const withFailover = (kinds: readonly FaultKind[]): readonly FaultKind[] =>
  kinds.map((kind) => (REPLACES.has(kind.name) ? { ...kind, cost: "the last events" } : kind));

const ANYWHERE = [...CLIENT_CONNECTIONS, ...INSTANCES, ...REDIS_DISTURBED, ...REDIS_ENDS];
const WITH_SERVER = [...ANYWHERE, ...REDIS_CONNECTIONS, ...SERVER_DISTURBED, ...SERVER_ENDS];

const ONE_SERVER: Variant = {
  name: "one server",
  start: startPlain,
  retained: null,
  kinds: [...WITH_SERVER, ...LOG_CHANGED.slice(0, 1)],
};
const SHORT_LOG: Variant = {
  name: "a short log",
  start: startPlain,
  retained: 1_000,
  kinds: [...WITH_SERVER, ...LOG_CHANGED, ...LOG_DESTROYED],
};

export const VARIANTS: readonly Variant[] = [
  ONE_SERVER,
  SHORT_LOG,
  { name: "cluster", start: startCluster, retained: null, kinds: [...withFailover(ANYWHERE), ...REPLICAS, ...SLOTS] },
  { name: "sentinels", start: startSentinels, retained: null, kinds: [...withFailover(ANYWHERE), ...REPLICAS] },
];

/** For the quick run: every kind on one server, and on a short log those for which gaps are due. */
export const QUICK_VARIANTS: readonly Variant[] = [
  ONE_SERVER,
  { ...SHORT_LOG, kinds: [...CLIENT_CONNECTIONS.slice(0, 2), ...REDIS_ENDS, ...LOG_CHANGED, ...LOG_DESTROYED] },
];
