import type { Rows } from "../../contract/codec.ts";
import type { GraphQLError } from "graphql";
import type { Tag } from "../../cache/tags.ts";
import type { DeviceCommand } from "../../commands/command.ts";
import type { Idempotency } from "../../commands/idempotency.ts";
import type { Input, OperationName } from "../../contract/operations.ts";
import type { RequestTrace } from "../../gateway/client.ts";
import type { GatewayHealth } from "../../gateway/health.ts";
import type { TraceSpan } from "../../runtime/tracing.ts";
import type { EventLog } from "../../events/log/log.ts";
import type { GatewayCall } from "../../loaders/call.ts";
import type { AuditEntry } from "./audit-entry.ts";
import type { Loaders } from "../../loaders/loaders.ts";
import type { Viewer } from "./viewer.ts";

/** Signs short-lived links to what this server reads from the gateway when they are opened. */
export interface Links {
  readonly photo: (input: Input<"GetAttendancePhoto">) => SignedLink;
  readonly attendanceExport: (input: Input<"ExportAttendance">) => SignedLink;
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
  /** Aborted when the server stops: who waits for a command is then answered with what is known of it. */
  readonly stopping: AbortSignal;
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
  /** Returns a list that stands within a row, and counts once the rows that it lacks because they are unreadable. */
  readonly served: <List extends readonly unknown[] & Partial<Rows<unknown>>>(list: List) => List;
  /** Errors of the response that cost no field: one, if rows of the gateway were left out because they are unreadable. */
  readonly reports: readonly GraphQLError[];
}
