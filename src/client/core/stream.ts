import { type BackoffOptions, createBackoff } from "./backoff.ts";
import type { Connect, CredentialSource, WireRequest } from "./connection.ts";
import type { CursorStore } from "./cursor-store.ts";
import { type EventFields, fieldsOf } from "./event-fields.ts";
import { createIntake } from "./intake.ts";
import { type ClientResult, type EndReason, type ResultError } from "./result.ts";
import type { CloseReason, ConnectionState } from "./state.ts";
import type { StreamObserver, StreamRequest } from "./stream-request.ts";

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

/**
 * Opens one subscription over as many connections as it takes, and returns the function that ends it. Each connection continues behind
 * the last event that its observer has taken.
 */
export const openStream = <Data>(
  request: StreamRequest,
  observer: StreamObserver<Data>,
  options: StreamOptions,
): (() => void) => {
  const backoff = createBackoff(options.backoff);
  const variable = CURSOR_VARIABLE.exec(request.query)?.[1];
  const initial = request.variables?.[variable ?? ""];
  let position = request.after ?? (typeof initial === "string" ? initial : null);
  let lastEvent: string | null = null;
  let shown: ConnectionState["status"] | undefined;
  let isStopped = false;
  let isOpen = false;
  let isRefusedBefore = false;
  let disconnect = () => {};
  let quiet: ReturnType<typeof setTimeout> | undefined;

  const start = async (): Promise<void> => {
    const { name } = request;
    emit({ status: "connecting" });
    try {
      if (name !== undefined && request.after == null) {
        position = (await options.store.get(name)) ?? position;
      }
    } catch (cause) {
      return lose({ kind: "lost", cause }, () => void start());
    }
    connect();
  };

  const stop = (reason: CloseReason = "stopped", errors?: readonly ResultError[]): void => {
    if (isStopped) return;
    isStopped = true;
    close();
    intake.clear();
    backoff.cancel();
    emit({ status: "closed", reason, errors });
  };

  const emit = (state: ConnectionState): void => {
    // Each wait has its own time.
    if (state.status === shown && state.status !== "offline") return;
    shown = state.status;
    observer.state?.(state);
  };

  const close = (): void => {
    isOpen = false;
    clearTimeout(quiet);
    disconnect();
    disconnect = () => {};
  };

  const connect = (): void => {
    if (isStopped) return;
    close();
    let isCurrent = true;
    const { query, operationName, extensions, variables } = request;
    const wire: WireRequest = {
      query,
      operationName,
      extensions,
      hasOwnConnection: variable === undefined && !COMPLETES.test(query),
      variables: () => (variable === undefined ? { ...variables } : { ...variables, [variable]: position }),
      position: () => (variable === undefined ? position : null),
    };
    const guard =
      <Args extends unknown[]>(handle: (...args: Args) => void) =>
      (...args: Args) => {
        if (isCurrent) handle(...args);
      };
    const end = options.connect(wire, {
      open: guard(() => onOpen()),
      result: guard((result, cursor) => onResult(result as ClientResult<Data>, cursor)),
      checkpoint: guard((cursor) => {
        onWorking();
        intake.checkpoint(cursor);
      }),
      end: guard((reason) => onEnd(reason)),
    });
    disconnect = () => {
      isCurrent = false;
      end();
    };
  };

  const onOpen = (): void => {
    isOpen = true;
    if (position === null) return goLive();
    emit({ status: "catching up" });
    awaitQuiet();
  };

  const awaitQuiet = (): void => {
    clearTimeout(quiet);
    quiet = setTimeout(() => goLive(), QUIET_MS);
  };

  const goLive = (): void => {
    clearTimeout(quiet);
    emit({ status: "live" });
  };

  const onWorking = (): void => {
    backoff.reset();
    isRefusedBefore = false;
  };

  const onResult = (result: ClientResult<Data>, cursor: string | undefined): void => {
    const fields = fieldsOf(result, cursor);
    if (fields.cursor === null && result.data == null && result.errors !== undefined) {
      return refuse(result.errors);
    }
    onWorking();
    // Something between here and the server has connected again and repeats the event.
    if (fields.cursor !== null && fields.cursor === lastEvent) return;
    const { previousCursor } = fields;
    const isSilentGap = previousCursor !== null && lastEvent !== null && previousCursor !== lastEvent;
    lastEvent = fields.cursor;
    // The intake is full: what is left out comes again when it is empty.
    if (!intake.add(result, { ...fields, isGap: fields.isGap || isSilentGap })) {
      lastEvent = null;
      close();
    }
  };

  const deliver = (result: ClientResult<Data>, { cursor, isGap, isReplayed }: EventFields): unknown => {
    if (isGap) emit({ status: "gap" });
    if (isStopped) return undefined;
    const taken = observer.next(result, { cursor, isGap, isReplayed });
    // Events of a lost connection may still be waiting.
    if (!isOpen) return taken;
    if (isReplayed === true) {
      emit({ status: "catching up" });
      awaitQuiet();
    } else goLive();
    return taken;
  };

  const moveTo = (cursor: string): unknown => {
    position = cursor;
    const { name } = request;
    return name === undefined ? undefined : options.store.set(name, cursor);
  };

  const onEnd = (reason: EndReason): void => {
    switch (reason.kind) {
      case "refused":
        return refuse(reason.errors);
      case "unauthorized":
        options.credentials.refuse();
        if (isRefusedBefore) return finish("unauthorized", []);
        isRefusedBefore = true;
        return lose({ kind: "lost", cause: reason.cause, atOnce: true });
      case "complete":
        // The states of the command that are not taken yet come first.
        if (COMPLETES.test(request.query)) return intake.whenEmpty(() => finish("completed"));
        return lose({ kind: "lost", cause: new Error("The server ended the stream."), atOnce: true });
      default:
        return lose(reason);
    }
  };

  /** A position that the server cannot read is dropped: the loss is reported like that of a log. */
  const refuse = (errors: readonly ResultError[]): void => {
    const isPosition = errors.some(({ extensions }) => extensions?.["argument"] === "after");
    if (!isPosition || position === null) return finish("refused", errors);
    position = null;
    emit({ status: "gap" });
    connect();
  };

  const finish = (reason: CloseReason, errors?: readonly ResultError[]): void => {
    if (isStopped) return;
    stop(reason, errors);
    if (errors === undefined) observer.complete?.();
    else observer.error?.(errors);
  };

  const lose = (reason: EndReason & { readonly kind: "lost" }, again = () => connect()): void => {
    if (isStopped) return;
    close();
    const announce = (retryAt: number) => emit({ status: "offline", retryAt, cause: reason.cause });
    const reconnect = () => {
      emit({ status: "connecting" });
      // Events that wait for the consumer are not asked for again.
      intake.whenEmpty(again);
    };
    backoff.wait({ ...reason, announce }, reconnect);
  };

  const intake = createIntake<Data>({
    deliver,
    settle: moveTo,
    fail(cause) {
      // The event comes again.
      lastEvent = null;
      lose({ kind: "lost", cause });
    },
    // What did not fit is read again from the log.
    resume: () => connect(),
  });
  void start();
  return () => stop();
};
