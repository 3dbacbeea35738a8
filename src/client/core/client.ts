import type { BackoffOptions } from "./backoff.ts";
import { type CommandDocument, type SendCommandOptions, type CommandRun, createCommand } from "./command.ts";
import { createCredentialSource, type Credentials } from "./connection.ts";
import { type CursorStore, memoryCursors } from "./cursor-store.ts";
import { documentText, type PrintDocument } from "./document.ts";
import { createFollow, type FollowQuery, type FollowRequest, type FollowStore } from "./follow.ts";
import { createRequester, type SendRequest } from "./http.ts";
import { createSseTransport } from "./sse.ts";
import { openStream } from "./stream.ts";
import type { StreamObserver, StreamRequest } from "./stream-request.ts";
import { createSocketTransport } from "./websocket.ts";

/** Options of a client. */
export interface PorticoClientOptions {
  /** The URL of GraphQL, with `http:` or `https:`; in a page it may be relative to the page. */
  readonly url: string;
  /** How subscriptions are delivered: over WebSocket, or as server-sent events. @default "websocket" */
  readonly transport?: "websocket" | "sse";
  /** Returns the headers that identify the caller; asked at each connection and request. */
  readonly credentials?: Credentials;
  /** Keeps positions and idempotency keys that have a name. @default in memory */
  readonly cursors?: CursorStore;
  readonly backoff?: BackoffOptions;
  /** `print` of `graphql`, for documents that are parsed (`TypedDocumentNode`); documents that are text need none. */
  readonly print?: PrintDocument;
  /** @default the platform's `fetch` */
  readonly fetch?: typeof fetch;
  /** A class like `WebSocket`. @default the platform's own */
  readonly webSocket?: unknown;
}

/** A subscription of a client. */
export interface SubscribeRequest<Data, Variables>
  extends FollowRequest<Data, Variables>,
    Pick<StreamRequest, "name" | "operationName" | "extensions"> {}

/** A client of Portico: reads, follows, and sends commands. */
export interface PorticoClient {
  /** Executes a query or a mutation. @throws RequestError if there is no result with data */
  readonly query: SendRequest;
  /** Subscribes over as many connections as it takes; returns a function that ends it. */
  readonly subscribe: <Data, Variables = Record<string, unknown>>(
    request: SubscribeRequest<Data, Variables>,
    observer: StreamObserver<Data>,
  ) => () => void;
  /** Follows rows from a snapshot on: see `FollowQuery`. */
  readonly follow: <Snapshot, SnapshotVariables, Event, EventVariables, Row>(
    query: FollowQuery<Snapshot, SnapshotVariables, Event, EventVariables, Row>,
  ) => FollowStore<Row>;
  /** Sends a command once, however often the connection breaks, and follows it to its final state. */
  readonly command: <Data, Input>(
    document: CommandDocument<Data, Input>,
    input: Input,
    options?: SendCommandOptions,
  ) => CommandRun<Data>;
}

const absolute = (url: string): string =>
  new URL(url, (globalThis as { readonly location?: { readonly href: string } }).location?.href).href;

/** Creates a client. It connects when it is used. */
export const createClient = (options: PorticoClientOptions): PorticoClient => {
  const { transport = "websocket", cursors = memoryCursors(), backoff, webSocket } = options;
  const url = absolute(options.url);
  const credentials = createCredentialSource(options.credentials);
  const http = { url, credentials, fetch: options.fetch ?? ((input, init) => fetch(input, init)) };
  const connect =
    transport === "sse"
      ? createSseTransport(http)
      : createSocketTransport({ url: url.replace(/^http/, "ws"), credentials, webSocket });
  const query = createRequester({ ...http, print: options.print });

  const subscribe: PorticoClient["subscribe"] = ({ document, variables, ...rest }, observer) => {
    const request: StreamRequest = {
      ...rest,
      query: documentText(document, options.print),
      variables: variables as Readonly<Record<string, unknown>> | undefined,
    };
    return openStream(request, observer, { connect, credentials, store: cursors, backoff });
  };

  return {
    query,
    subscribe,
    follow: (followed) => createFollow({ query, subscribe }, followed, backoff),
    command: (document, input, more) =>
      createCommand({ query, subscribe, store: cursors, backoff }, { document, input, ...more }),
  };
};
