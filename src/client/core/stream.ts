import { type BackoffOptions, createBackoff } from "./backoff.ts";
import type { Connect, CredentialSource, WireRequest } from "./connection.ts";
import type { CursorStore } from "./cursor-store.ts";
import { type EventFields, fieldsOf } from "./event-fields.ts";
import { createIntake, type Intake } from "./intake.ts";
import { type ClientResult, type EndReason, type ResultError } from "./result.ts";
import type { CloseReason, ConnectionState, EventInfo } from "./state.ts";

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

/** What every stream of a client shares. */
export interface StreamOptions {
  readonly connect: Connect;
  readonly credentials: CredentialSource;
  readonly store: CursorStore;
  readonly backoff?: BackoffOptions | undefined;
}

/** Without a replayed event for this long, the stream has caught up. */
const QUIET_MS = 2_000;

/** The variable of a document that takes a position, whatever its name. */
const CURSOR_VARIABLE = /\$(\w+)\s*:\s*EventCursor\b/;

/** The one subscription that the server completes: a command that is final has no further states. */
const COMPLETES = /\bcommandUpdated\b/;

/** One subscription over as many connections as it takes: each continues behind the last event that its observer has taken. */
export class ResumableStream<Data> {
  readonly #request: StreamRequest;
  readonly #observer: StreamObserver<Data>;
  readonly #options: StreamOptions;
  readonly #backoff;
  readonly #intake: Intake<Data>;
  readonly #variable: string | undefined;
  #position: string | null;
  #lastEvent: string | null = null;
  #state: ConnectionState = { status: "closed", reason: "stopped" };
  #isStopped = false;
  #isRefusedBefore = false;
  #disconnect = () => {};
  #quiet: ReturnType<typeof setTimeout> | undefined;

  constructor(request: StreamRequest, observer: StreamObserver<Data>, options: StreamOptions) {
    this.#request = request;
    this.#observer = observer;
    this.#options = options;
    this.#backoff = createBackoff(options.backoff);
    this.#variable = CURSOR_VARIABLE.exec(request.query)?.[1];
    const initial = request.variables?.[this.#variable ?? ""];
    this.#position = request.after ?? (typeof initial === "string" ? initial : null);
    this.#intake = createIntake({
      deliver: (result, fields) => this.#deliver(result, fields),
      settle: (cursor) => this.#moveTo(cursor),
      fail: (cause) => this.#lose({ kind: "lost", cause }),
      // What did not fit is read again from the log.
      resume: () => this.#connect(),
    });
  }

  async start(): Promise<void> {
    const { name } = this.#request;
    this.#emit({ status: "connecting" });
    try {
      if (name !== undefined && this.#request.after == null) {
        this.#position = (await this.#options.store.get(name)) ?? this.#position;
      }
    } catch (cause) {
      return this.#lose({ kind: "lost", cause }, () => void this.start());
    }
    this.#connect();
  }

  stop(reason: CloseReason = "stopped", errors?: readonly ResultError[]): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#close();
    this.#intake.clear();
    this.#backoff.cancel();
    this.#emit({ status: "closed", reason, ...(errors === undefined ? {} : { errors }) });
  }

  #emit(state: ConnectionState): void {
    if (state.status !== "offline" && state.status === this.#state.status && state.status !== "closed") return;
    this.#state = state;
    this.#observer.state?.(state);
  }

  #close(): void {
    clearTimeout(this.#quiet);
    this.#disconnect();
    this.#disconnect = () => {};
  }

  #connect(): void {
    if (this.#isStopped) return;
    this.#close();
    let isCurrent = true;
    const variable = this.#variable;
    const { query, operationName, extensions, variables } = this.#request;
    const wire: WireRequest = {
      query,
      operationName,
      extensions,
      hasOwnConnection: variable === undefined && !COMPLETES.test(query),
      variables: () => (variable === undefined ? { ...variables } : { ...variables, [variable]: this.#position }),
      position: () => (variable === undefined ? this.#position : null),
    };
    const guard =
      <Args extends unknown[]>(handle: (...args: Args) => void) =>
      (...args: Args) => {
        if (isCurrent) handle(...args);
      };
    const disconnect = this.#options.connect(wire, {
      open: guard(() => this.#onOpen()),
      result: guard((result, cursor) => this.#onResult(result as ClientResult<Data>, cursor)),
      checkpoint: guard((cursor) => this.#intake.checkpoint(cursor)),
      end: guard((reason) => this.#onEnd(reason)),
    });
    this.#disconnect = () => {
      isCurrent = false;
      disconnect();
    };
  }

  #onOpen(): void {
    if (this.#position === null) return this.#goLive();
    this.#emit({ status: "catching up" });
    this.#awaitQuiet();
  }

  #awaitQuiet(): void {
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => this.#goLive(), QUIET_MS);
  }

  #goLive(): void {
    clearTimeout(this.#quiet);
    this.#emit({ status: "live" });
  }

  #onWorking(): void {
    this.#backoff.reset();
    this.#isRefusedBefore = false;
  }

  #onResult(result: ClientResult<Data>, cursor: string | undefined): void {
    const fields = fieldsOf(result, cursor);
    if (fields.cursor === null && result.data == null && result.errors !== undefined) {
      return this.#refuse(result.errors);
    }
    this.#onWorking();
    // Something between here and the server has connected again and repeats the event.
    if (fields.cursor !== null && fields.cursor === this.#lastEvent) return;
    const { previousCursor } = fields;
    const isSilentGap = previousCursor !== null && this.#lastEvent !== null && previousCursor !== this.#lastEvent;
    this.#lastEvent = fields.cursor;
    // The intake is full: what is left out comes again when it is empty.
    if (!this.#intake.add(result, { ...fields, isGap: fields.isGap || isSilentGap })) {
      this.#lastEvent = null;
      this.#close();
    }
  }

  #deliver(result: ClientResult<Data>, { cursor, isGap, isReplayed }: EventFields): unknown {
    if (isGap) this.#emit({ status: "gap" });
    if (this.#isStopped) return undefined;
    const taken = this.#observer.next(result, { cursor, isGap, isReplayed });
    if (this.#isStopped) return taken;
    if (isReplayed === true) {
      this.#emit({ status: "catching up" });
      this.#awaitQuiet();
    } else this.#goLive();
    return taken;
  }

  #moveTo(cursor: string): unknown {
    this.#onWorking();
    this.#position = cursor;
    const { name } = this.#request;
    return name === undefined ? undefined : this.#options.store.set(name, cursor);
  }

  #onEnd(reason: EndReason): void {
    switch (reason.kind) {
      case "refused":
        return this.#refuse(reason.errors);
      case "unauthorized":
        this.#options.credentials.refuse();
        if (this.#isRefusedBefore) return this.#finish("unauthorized", [{ message: "The credentials are not valid." }]);
        this.#isRefusedBefore = true;
        return this.#lose({ kind: "lost", cause: reason.cause, atOnce: true });
      case "complete":
        // The states of the command that are not taken yet come first.
        if (COMPLETES.test(this.#request.query)) return this.#intake.whenEmpty(() => this.#finish("completed"));
        return this.#lose({ kind: "lost", cause: new Error("The server ended the stream."), atOnce: true });
      default:
        return this.#lose(reason);
    }
  }

  /** A position that the server cannot read is dropped: the loss is reported like that of a log. */
  #refuse(errors: readonly ResultError[]): void {
    const isPosition = errors.some(({ extensions }) => extensions?.["argument"] === "after");
    if (!isPosition || this.#position === null) return this.#finish("refused", errors);
    this.#position = null;
    this.#emit({ status: "gap" });
    this.#connect();
  }

  #finish(reason: CloseReason, errors?: readonly ResultError[]): void {
    if (this.#isStopped) return;
    this.stop(reason, errors);
    if (errors === undefined) this.#observer.complete?.();
    else this.#observer.error?.(errors);
  }

  #lose(reason: EndReason & { readonly kind: "lost" }, again = () => this.#connect()): void {
    if (this.#isStopped) return;
    this.#close();
    const { cause, atOnce, retryAfterMs } = reason;
    const announce = (retryAt: number) => this.#emit({ status: "offline", retryAt, cause });
    const reconnect = () => {
      this.#emit({ status: "connecting" });
      // Events that wait for the consumer are not asked for again.
      this.#intake.whenEmpty(again);
    };
    this.#backoff.wait({ atOnce, retryAfterMs, announce }, reconnect);
  }
}
