import type { ResultError } from "./result.ts";

/** The state of a subscription or of what follows it. */
export type ConnectionState =
  /**
   * `connecting`: not connected yet. `catching up`: events from before the connection arrive. `live`: events arrive as they happen.
   * `gap`: events were lost; what is shown is read again.
   */
  | { readonly status: "connecting" | "catching up" | "live" | "gap" }
  /** Not connected; the next attempt is at `retryAt`, in milliseconds since 1970 UTC. */
  | { readonly status: "offline"; readonly retryAt: number; readonly cause: unknown }
  /** Nothing more follows: stopped by the program, completed by the server, or refused with `errors`. */
  | { readonly status: "closed"; readonly reason: CloseReason; readonly errors?: readonly ResultError[] | undefined };

/** Why nothing more follows. `unauthorized`: fresh credentials were refused, too. */
export type CloseReason = "stopped" | "completed" | "unauthorized" | "refused";

/** What a consumer learns beside the result of an event. */
export interface EventInfo {
  /** The position after the event; null for results without one, such as those of `commandUpdated`. */
  readonly cursor: string | null;
  /** Whether events before this one may be lost: read the state again. */
  readonly isGap: boolean;
  /** Whether the event happened before the connection; undefined if the document does not select `replayed`. */
  readonly isReplayed: boolean | undefined;
}
