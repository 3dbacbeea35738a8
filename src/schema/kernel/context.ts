import type { GraphQLError } from "graphql";
import type { Command } from "../../commands/command.ts";
import type { Idempotency } from "../../commands/idempotency.ts";
import type { GatewayClient, GatewayCondition, RequestTrace } from "../../gateway/client.ts";
import type { EventLog } from "../../events/log/log.ts";
import type { GatewayCall } from "../../loaders/call.ts";
import type { AuditEntry } from "./audit-entry.ts";
import { createLoaders, type Loaders } from "../../loaders/loaders.ts";
import type { DeviceCache } from "../../loaders/device-cache.ts";

/** The caller, as far as resolvers are concerned. */
export interface Viewer {
  readonly name: string;
  /** Whose data it sees. */
  readonly account: string;
  /** Some of SCOPES, each once, in their order. */
  readonly scopes: readonly string[];
}

/** Equal for viewers to whom the same question gets the same answer, but for their names. */
export const rightsOf = ({ account, scopes }: Viewer): string => JSON.stringify([account, scopes]);

/** Signs short-lived links to paths of this server. */
export interface Links {
  readonly sign: (path: string, claims: Readonly<Record<string, unknown>>) => SignedLink;
}

export interface SignedLink {
  readonly url: string;
  /** RFC 3339. */
  readonly expiresAt: string;
}

/** What this server registers itself with, at the gateway. */
export interface CallbackEndpoint {
  readonly CallbackURL: string;
  readonly CallbackToken: string;
  readonly SigningSecret: string | null;
  readonly SecurityKey: string | null;
}

/** The events of the gateway, as far as they were received. */
export interface EventAccess {
  readonly log: EventLog;
  /** When the last callback was accepted, RFC 3339; null before the first. */
  readonly lastCallbackAt: () => string | null;
  /** Where and how this server takes callbacks; null when the gateway could not reach it. */
  readonly endpoint: () => CallbackEndpoint | null;
}

/** What resolvers work with; there is no other way to I/O. One for each request. */
export interface Context {
  readonly viewer: Viewer;
  /** When the request began, RFC 3339. */
  readonly startedAt: string;
  /** Reads, batched and made once; replaced by `renew` after each write: none that began before it is shared from then on. */
  readonly loaders: Loaders;
  readonly renew: () => void;
  /** A call that is neither batched nor shared: writes, and reads that must be fresh. */
  readonly call: GatewayCall;
  readonly links: Links;
  readonly gateway: { readonly sandbox: boolean; readonly condition: () => GatewayCondition };
  readonly events: EventAccess;
  /** Makes a mutation with an idempotency key happen once. */
  readonly idempotency: Idempotency;
  /** A command that was followed to its end. */
  readonly finishedCommand: (CommandID: string) => Command | undefined;
  /** Whether a device is freshly known to be offline. */
  readonly isOffline: (DeviceSN: string) => boolean;
  /** Keeps who asked for what, and what came of it. */
  readonly audit: (entry: AuditEntry) => void;
  /** Every call made upstream for this request. */
  readonly trace: readonly RequestTrace[];
  /** Adds an error beside the data, for what is lost without costing the field. */
  readonly report: (error: GraphQLError) => void;
  readonly reports: readonly GraphQLError[];
}

export interface ContextOptions {
  readonly gateway: GatewayClient;
  readonly deviceCache: DeviceCache;
  readonly sandbox: boolean;
  readonly links: Links;
  readonly events: EventAccess;
  readonly idempotency: Idempotency;
  readonly finishedCommand: Context["finishedCommand"];
  readonly audit: Context["audit"];
  readonly viewer: Viewer;
  readonly signal?: AbortSignal | undefined;
  readonly now?: () => number;
}

export const createContext = ({
  gateway,
  deviceCache: book,
  sandbox,
  links,
  events,
  idempotency: once,
  finishedCommand: finished,
  audit,
  viewer,
  signal,
  now = Date.now,
}: ContextOptions): Context => {
  const trace: RequestTrace[] = [];
  const reports: GraphQLError[] = [];
  const onRequest = (request: RequestTrace) => trace.push(request);
  const call: GatewayCall = (name, input) => gateway.call(name, input, { signal, onRequest });
  const authority = rightsOf(viewer);
  const shared: GatewayCall = (name, input) => gateway.call(name, input, { signal, onRequest, cacheScope: authority });
  let loaders: Loaders | undefined;
  return {
    viewer,
    startedAt: `${new Date(now()).toISOString().slice(0, 19)}Z`,
    get loaders() {
      loaders ??= createLoaders(shared, book);
      return loaders;
    },
    renew: () => {
      gateway.renew();
      loaders = undefined;
    },
    call,
    links,
    events,
    idempotency: once,
    finishedCommand: finished,
    audit,
    isOffline: book.isOffline,
    gateway: { sandbox, condition: gateway.health },
    trace,
    report: (error) => void reports.push(error),
    reports,
  };
};
