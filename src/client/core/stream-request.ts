import type { WireRequest } from "./connection.ts";
import type { ClientResult, ResultError } from "./result.ts";
import type { ConnectionState, EventInfo } from "./state.ts";

/** A subscription, with its document as text. */
export interface StreamRequest extends Pick<WireRequest, "query" | "operationName" | "extensions"> {
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
  /** Where the stream starts. @default the stored position, or the value of the document's variable for it */
  readonly after?: string | null | undefined;
  /** Keeps the position under this name in the store of cursors. */
  readonly name?: string | undefined;
}

/** What receives a stream. */
export interface StreamObserver<Data> {
  /**
   * Takes one event. The position moves when it returns, or when the promise that it returns resolves; until then the next event waits.
   * If it throws or rejects, the event is delivered again.
   */
  readonly next: (result: ClientResult<Data>, info: EventInfo) => unknown;
  readonly state?: ((state: ConnectionState) => void) | undefined;
  /** The stream ended with errors: it was refused, or the caller is not authorized. */
  readonly error?: ((errors: readonly ResultError[]) => void) | undefined;
  /** The server completed the stream. Streams of events never complete. */
  readonly complete?: (() => void) | undefined;
}
