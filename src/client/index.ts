/** The client of Portico, without a framework: subscriptions that resume, rows that stay current, commands that are sent once. */
export type { BackoffOptions } from "./core/backoff.ts";
export { createClient, type PorticoClient, type PorticoClientOptions, type SubscribeRequest } from "./core/client.ts";
export { CLOSE_ACTIONS, type CloseAction } from "./core/close-codes.ts";
export type {
  CommandDocument,
  SendCommandOptions,
  CommandProgress,
  CommandRun,
  CommandSnapshot,
  CommandUserError,
} from "./core/command.ts";
export type { CredentialHeaders, Credentials } from "./core/connection.ts";
export { type CursorStore, memoryCursors, storageCursors } from "./core/cursor-store.ts";
export type { ClientDocument, ParsedDocument } from "./core/document.ts";
export { createFollow, type Followed, type FollowQuery, type FollowSource, type FollowStore } from "./core/follow.ts";
export { RequestError } from "./core/http.ts";
export type { ClientResult, EndReason, ResultError } from "./core/result.ts";
export type { CloseReason, ConnectionState, EventInfo } from "./core/state.ts";
export type { ReadableStore } from "./core/store.ts";
export type { StreamObserver, StreamRequest } from "./core/stream-request.ts";
