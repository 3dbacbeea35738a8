import { GraphQLError } from "graphql";
import { cachedBy, dropEnded, keepingCurrent } from "../../cache/cached-calls.ts";
import { createDependencies } from "../../cache/dependencies.ts";
import type { EntityCache } from "../../cache/entity-cache.ts";
import type { Tag } from "../../cache/tags.ts";
import type { DeviceCommand } from "../../commands/command.ts";
import { followCommands } from "../../commands/follow.ts";
import type { Idempotency } from "../../commands/idempotency.ts";
import type { CommandTracker } from "../../commands/tracker.ts";
import type { OperationName } from "../../contract/operations.ts";
import type { GatewayClient, RequestTrace } from "../../gateway/client.ts";
import type { GatewayHealth } from "../../gateway/health.ts";
import type { TraceSpan } from "../../runtime/tracing.ts";
import type { EventLog } from "../../events/log/log.ts";
import type { GatewayCall } from "../../loaders/call.ts";
import type { AuditEntry } from "./audit-entry.ts";
import { createLoaders, type Loaders } from "../../loaders/loaders.ts";
import type { AccountReads } from "../../loaders/account-reads.ts";
import type { DeviceCache } from "../../loaders/device-cache.ts";
import { rightsOf, type Viewer } from "./viewer.ts";

/** Signs short-lived links to paths of this server. */
export interface Links {
  readonly sign: (path: string, claims: Readonly<Record<string, unknown>>) => SignedLink;
}

/** A link that anyone may open until it expires. */
export interface SignedLink {
  readonly url: string;
  /** An instant in RFC 3339 format. */
  readonly expiresAt: string;
}

/** The members with which this server registers itself as a callback receiver at the gateway. */
export interface CallbackEndpoint {
  readonly CallbackURL: string;
  readonly CallbackToken: string;
  readonly SigningSecret: string | null;
  readonly SecurityKey: string | null;
}

/** The events received from the gateway. */
export interface EventAccess {
  readonly log: EventLog;
  /** The instant at which the last callback was accepted, in RFC 3339 format; null before the first. */
  readonly lastCallbackAt: () => string | null;
  /** Where and how this server accepts callbacks; null if the gateway cannot reach this server. */
  readonly endpoint: () => CallbackEndpoint | null;
}

/** The context of one request. Resolvers have no other access to I/O. */
export interface Context {
  readonly viewer: Viewer;
  /** The instant at which the request began, in RFC 3339 format. */
  readonly startedAt: string;
  /** Batched and deduplicated reads. `renew` replaces them after each write, so that no later read shares one that began before it. */
  readonly loaders: Loaders;
  readonly renew: () => void;
  /** Makes a call that is neither batched nor shared, for writes and for reads that must be fresh. */
  readonly call: GatewayCall;
  readonly links: Links;
  readonly gateway: { readonly sandbox: boolean; readonly health: () => GatewayHealth };
  readonly events: EventAccess;
  /** Makes a mutation with an idempotency key run at most once. */
  readonly idempotency: Idempotency;
  /** Returns a command whose final state this server has observed. */
  readonly finishedCommand: (CommandID: string) => DeviceCommand | undefined;
  /** Resolves with the latest states of commands that the gateway answered early, after at most `ms` milliseconds. */
  readonly followCommands: (commands: readonly DeviceCommand[], ms: number) => Promise<readonly DeviceCommand[]>;
  /** Whether the device was reported offline within the last minute. */
  readonly isOffline: (DeviceSN: string) => boolean;
  /** Records who requested a mutation, and its outcome. */
  readonly audit: (entry: AuditEntry) => void;
  /** The span of the request; undefined without tracing. */
  readonly span: TraceSpan | undefined;
  /** Every call to the gateway that this request made. */
  readonly trace: readonly RequestTrace[];
  /** How many reads of each operation were answered from the cache. */
  readonly cacheHits: ReadonlyMap<OperationName, number>;
  /** What the response depends on, once it is complete; null if nobody may keep it. */
  readonly dependencies: readonly Tag[] | null;
  /** Errors of the response that cost no field: one, if rows of the gateway were left out because they are unreadable. */
  readonly reports: readonly GraphQLError[];
}

/** The options of `createContext`. */
export interface ContextOptions {
  readonly gateway: GatewayClient;
  readonly deviceCache: DeviceCache;
  readonly reads: AccountReads;
  /** Null if every read asks the gateway. */
  readonly cache: EntityCache | null;
  /** Whether every read of this request asks the gateway. */
  readonly uncached: boolean;
  readonly sandbox: boolean;
  readonly links: Links;
  readonly events: EventAccess;
  readonly idempotency: Idempotency;
  readonly tracker: CommandTracker;
  readonly audit: Context["audit"];
  readonly viewer: Viewer;
  /** Returns what cancels the reads of the request. */
  readonly signalOf?: () => AbortSignal;
  /** The span of the request; undefined without tracing. */
  readonly span?: TraceSpan | undefined;
  readonly now?: () => number;
}

const rowsLeftOut = (count: number): GraphQLError =>
  new GraphQLError(
    `Portico left out ${count} ${count === 1 ? "row" : "rows"} of the gateway's response because it could not read them.`,
    {
      extensions: { code: "UPSTREAM_INVALID_RESPONSE" },
    },
  );

interface LateReads {
  readonly startedAt: () => Context["startedAt"];
  readonly loaders: () => Context["loaders"];
  readonly events: () => Context["events"];
  readonly dependencies: () => Context["dependencies"];
  readonly reports: () => Context["reports"];
}

/**
 * The members of a context that are made when they are read. Getters in a literal would give each context a hidden class of its own:
 * the objects of a request then survive it by far.
 */
class LateMembers {
  readonly reads: LateReads;

  constructor(reads: LateReads) {
    this.reads = reads;
  }

  get startedAt() {
    return this.reads.startedAt();
  }

  get loaders() {
    return this.reads.loaders();
  }

  get events() {
    return this.reads.events();
  }

  get dependencies() {
    return this.reads.dependencies();
  }

  get reports() {
    return this.reads.reports();
  }
}

/** Creates the context of one request. */
export const createContext = ({
  gateway,
  deviceCache,
  reads,
  cache,
  uncached,
  sandbox,
  links,
  events,
  idempotency,
  tracker,
  audit,
  viewer,
  signalOf,
  span,
  now = Date.now,
}: ContextOptions): Context => {
  const trace: RequestTrace[] = [];
  let rejected = 0;
  const onRequest = (request: RequestTrace) => trace.push(request);
  const counting =
    (make: GatewayCall): GatewayCall =>
    async (name, input) => {
      const answer = await make(name, input);
      rejected += answer.rejected;
      return answer;
    };
  const scope = rightsOf(viewer);
  const cacheHits = new Map<OperationName, number>();
  const dependencies = createDependencies();
  const { addLive } = dependencies;
  const live = <Value>(value: Value): Value => {
    addLive();
    return value;
  };
  const direct = counting(
    keepingCurrent(cache, (name, input) => gateway.call(name, input, { signal: signalOf?.(), onRequest, span })),
  );
  const call: GatewayCall = (name, input) => live(direct(name, input));
  const answering = uncached ? null : cache;
  const probe = cachedBy(
    answering,
    scope,
    { onHit: (name) => cacheHits.set(name, (cacheHits.get(name) ?? 0) + 1), onAnswer: dependencies.add },
    keepingCurrent(cache, (name, input) =>
      gateway.call(name, input, { signal: signalOf?.(), onRequest, span, cacheScope: scope }),
    ),
  );
  const calls = { call: counting(probe), probe };
  let loaders: Loaders | undefined;
  const begunAt = now();
  const late = new LateMembers({
    startedAt: () => `${new Date(begunAt).toISOString().slice(0, 19)}Z`,
    loaders: () =>
      (loaders ??= createLoaders(calls, {
        cache: deviceCache,
        reads,
        scope,
        isCached: answering !== null,
        onLive: addLive,
      })),
    events: () => live(events),
    dependencies: () => (answering === null ? null : dependencies.tags()),
    reports: () => (rejected === 0 ? [] : [rowsLeftOut(rejected)]),
  });
  return Object.assign(late, {
    viewer,
    renew: () => {
      gateway.renew();
      loaders = undefined;
    },
    call,
    links: { sign: (path: string, claims: Readonly<Record<string, unknown>>) => live(links.sign(path, claims)) },
    idempotency,
    finishedCommand: (CommandID) => live(tracker.finished(CommandID)),
    async followCommands(commands, ms) {
      addLive();
      const followed = await followCommands(tracker, commands, {
        ms,
        isOffline: deviceCache.isOffline,
        signal: signalOf?.(),
      });
      await dropEnded(cache, followed);
      return followed;
    },
    audit,
    isOffline: (DeviceSN) => live(deviceCache.isOffline(DeviceSN)),
    gateway: { sandbox, health: () => live(gateway.health()) },
    span,
    trace,
    cacheHits,
  } satisfies Omit<Context, keyof LateReads>);
};
