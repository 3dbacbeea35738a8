import { GraphQLError } from "graphql";
import { cachedBy, dropEnded, keepingCurrent } from "../../cache/cached-calls.ts";
import { createDependencies } from "../../cache/dependencies.ts";
import type { EntityCache } from "../../cache/entity-cache.ts";
import type { Tag } from "../../cache/tags.ts";
import { followCommands } from "../../commands/follow.ts";
import type { Idempotency } from "../../commands/idempotency.ts";
import type { CommandTracker } from "../../commands/tracker.ts";
import type { OperationName } from "../../contract/operations.ts";
import type { GatewayClient, RequestTrace } from "../../gateway/client.ts";
import { randomId } from "../../runtime/random-id.ts";
import type { TraceSpan } from "../../runtime/tracing.ts";
import type { GatewayCall } from "../../loaders/call.ts";
import { createLoaders, type Loaders } from "../../loaders/loaders.ts";
import type { AccountReads } from "../../loaders/account-reads.ts";
import type { DeviceCache } from "../../loaders/device-cache.ts";
import { reportingStatus } from "../../loaders/reported-status.ts";
import { rightsOf, type Viewer } from "./viewer.ts";
import type { Context, Links, EventAccess } from "./context.ts";

/** The options of `createContext`. */
export interface ContextOptions {
  readonly gateway: GatewayClient;
  readonly deviceCache: DeviceCache;
  readonly reads: AccountReads;
  readonly cache: EntityCache;
  /** Whether every read of this request asks the gateway, and shares no read of another request. */
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
  /** Aborted when the server stops: no command waits for its device then. */
  readonly stopping: AbortSignal;
  /** The span of the request; undefined without tracing. */
  readonly span?: TraceSpan | undefined;
  readonly now?: () => number;
}

const rowsLeftOut = (count: number): GraphQLError =>
  new GraphQLError(
    `Portico left out ${count} ${count === 1 ? "row" : "rows"} of the gateway's response ` +
      "because it could not read them or had not asked for them.",
    {
      extensions: { code: "UPSTREAM_INVALID_RESPONSE" },
    },
  );

/** Members that cost something are created when they are first read: most requests read few. */
class RequestContext implements Context {
  readonly viewer: Viewer;
  readonly span: TraceSpan | undefined;
  readonly trace: RequestTrace[] = [];
  readonly #options: ContextOptions;
  readonly #begunAt: number;
  readonly #dependencies = createDependencies();
  #startedAt: string | undefined;
  #rejected = 0;
  #shortLists: Map<object, number> | undefined;
  #hits: Map<OperationName, number> | undefined;
  #loaders: Loaders | undefined;
  #call: GatewayCall | undefined;

  constructor(options: ContextOptions) {
    const { viewer, span, now = Date.now } = options;
    this.viewer = viewer;
    this.span = span;
    this.#options = options;
    this.#begunAt = now();
  }

  get startedAt(): string {
    return (this.#startedAt ??= `${new Date(this.#begunAt).toISOString().slice(0, 19)}Z`);
  }

  get loaders(): Loaders {
    return (this.#loaders ??= this.#createLoaders());
  }

  get renew(): () => void {
    return () => {
      this.#options.gateway.renew();
      this.#loaders = undefined;
    };
  }

  get call(): GatewayCall {
    if (this.#call !== undefined) return this.#call;
    const { gateway, cache } = this.#options;
    const direct = this.#counting(
      keepingCurrent(cache, (name, input) => gateway.call(name, input, this.#callOptions())),
    );
    return (this.#call = (name, input) => this.#live(direct(name, input)));
  }

  get links(): Links {
    const { links } = this.#options;
    return {
      photo: (input) => this.#live(links.photo(input)),
      attendanceExport: (input) => this.#live(links.attendanceExport(input)),
    };
  }

  get gateway(): Context["gateway"] {
    const { sandbox, gateway } = this.#options;
    return { sandbox, health: () => this.#live(gateway.health()) };
  }

  get events(): EventAccess {
    return this.#live(this.#options.events);
  }

  get idempotency(): Idempotency {
    return this.#options.idempotency;
  }

  get finishedCommand(): Context["finishedCommand"] {
    const { tracker } = this.#options;
    return (CommandID) => this.#live(tracker.finished(CommandID));
  }

  get followCommands(): Context["followCommands"] {
    const { tracker, deviceCache, cache, signalOf, stopping } = this.#options;
    return async (commands, ms) => {
      this.#dependencies.addLive();
      const { isOffline } = deviceCache;
      const followed = await followCommands(tracker, commands, { ms, isOffline, signals: [stopping, signalOf?.()] });
      await dropEnded(cache, followed);
      return followed;
    };
  }

  get stopping(): AbortSignal {
    return this.#options.stopping;
  }

  get isOffline(): Context["isOffline"] {
    return (DeviceSN) => this.#live(this.#options.deviceCache.isOffline(DeviceSN));
  }

  get audit(): Context["audit"] {
    return this.#options.audit;
  }

  get cacheHits(): ReadonlyMap<OperationName, number> {
    return this.#hits ?? NO_HITS;
  }

  get dependencies(): readonly Tag[] | null {
    return this.#answering === null ? null : this.#dependencies.tags();
  }

  readonly served: Context["served"] = (list) => {
    const { rejected = 0 } = list;
    if (rejected > 0) (this.#shortLists ??= new Map()).set(list, rejected);
    return list;
  };

  get reports(): readonly GraphQLError[] {
    let count = this.#rejected;
    for (const rejected of this.#shortLists?.values() ?? []) count += rejected;
    return count === 0 ? NO_REPORTS : [rowsLeftOut(count)];
  }

  /** The cache that answers the reads of this request. */
  get #answering(): EntityCache | null {
    const { uncached, cache } = this.#options;
    return uncached || !cache.keepsAnswers ? null : cache;
  }

  #live<Value>(value: Value): Value {
    this.#dependencies.addLive();
    return value;
  }

  #callOptions() {
    const { signalOf, span } = this.#options;
    return { signal: signalOf?.(), onRequest: (request: RequestTrace) => void this.trace.push(request), span };
  }

  #counting(make: GatewayCall): GatewayCall {
    return async (name, input) => {
      const answer = await make(name, input);
      this.#rejected += answer.rejected;
      return answer;
    };
  }

  #createLoaders(): Loaders {
    const { gateway, cache, deviceCache, reads, viewer, uncached } = this.#options;
    // Reads are shared within a scope: those that ask for what the gateway has now have one of their own.
    const scope = uncached ? `${rightsOf(viewer)} ${randomId()}` : rightsOf(viewer);
    const hits = (this.#hits ??= new Map());
    const { add, addLive } = this.#dependencies;
    const probe = cachedBy(
      this.#answering,
      scope,
      { onHit: (name) => hits.set(name, (hits.get(name) ?? 0) + 1), onAnswer: add },
      reportingStatus(
        deviceCache,
        keepingCurrent(cache, (name, input) =>
          gateway.call(name, input, { ...this.#callOptions(), cacheScope: scope }),
        ),
      ),
    );
    return createLoaders(
      { call: this.#counting(probe), probe },
      { cache: deviceCache, reads, scope, isCached: this.#answering !== null, onLive: addLive },
    );
  }
}

const NO_HITS: ReadonlyMap<OperationName, number> = new Map();
const NO_REPORTS: readonly GraphQLError[] = [];

/** Creates the context of one request. */
export const createContext = (options: ContextOptions): Context => new RequestContext(options);
