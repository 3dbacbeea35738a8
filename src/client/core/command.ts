import { type BackoffOptions, createBackoff } from "./backoff.ts";
import type { CursorStore } from "./cursor-store.ts";
import type { ClientDocument } from "./document.ts";
import type { FollowSource } from "./follow.ts";
import { type SendRequest, RequestError } from "./http.ts";
import { errorsOf, lost, type ResultError } from "./result.ts";
import { createStore, type ReadableStore } from "./store.ts";

/** A mutation that sends commands. It must select `id` and `status` of its commands, and `userErrors`. */
export type CommandDocument<Data, Input> = ClientDocument<Data, { input: Input }>;

/** How a command is sent. */
export interface SendCommandOptions {
  /** Keeps the idempotency key under this name until the command is final, so that a reloaded page continues with the same command. */
  readonly name?: string;
  /** @default `options.idempotencyKey` of the input, or else a random key */
  readonly idempotencyKey?: string;
  /** How long the request is repeated while the server cannot be reached, in milliseconds. @default 30000 */
  readonly giveUpAfterMs?: number;
}

/** A command as `commandUpdated` reports it. */
export interface CommandProgress {
  readonly id: string;
  readonly status: string;
  readonly statusCode?: number | null;
  readonly failureReason?: string | null;
  readonly queuePosition?: number | null;
  readonly expiresAt?: string | null;
  readonly completedAt?: string | null;
}

/** A reason for which the gateway accepted nothing or less than was asked for. */
export interface CommandUserError {
  readonly code?: string;
  readonly message?: string;
}

/** Where a request for commands is. */
export interface CommandSnapshot<Data> {
  /**
   * `sending`: not answered yet. `pending`: accepted, and not all commands are final. `done`: all commands are final; see the status of
   * each. `rejected`: nothing was sent, see `userErrors`. `failed`: the request was refused, see `errors`. `unknown`: the server or the
   * gateway could not be reached in time, or does not know what happened, or the mutation does not select what it must: the same key
   * finds out.
   */
  readonly status: "sending" | "pending" | "done" | "rejected" | "failed" | "unknown";
  readonly idempotencyKey: string;
  /** The result of the mutation. */
  readonly data: Data | null;
  readonly commands: readonly CommandProgress[];
  readonly userErrors: readonly CommandUserError[];
  readonly errors: readonly ResultError[];
  /** The time of the next attempt while the server cannot be reached, in milliseconds since 1970 UTC. */
  readonly retryAt: number | null;
}

/** One request for commands, from its first attempt until all its commands are final. */
export interface CommandRun<Data> extends ReadableStore<CommandSnapshot<Data>> {
  /** Resolves with the last snapshot; it does not reject. */
  readonly result: Promise<CommandSnapshot<Data>>;
  /** Stops following. What was sent is not taken back. */
  readonly stop: () => void;
}

/** What sends and follows commands. */
export interface CommandContext {
  readonly query: SendRequest;
  readonly subscribe: FollowSource["subscribe"];
  readonly store: CursorStore;
  readonly backoff?: BackoffOptions | undefined;
}

interface CommandRequest<Data, Input> extends SendCommandOptions {
  readonly document: CommandDocument<Data, Input>;
  readonly input: Input;
}

const UPDATES: ClientDocument<{ commandUpdated: CommandProgress }> = `subscription CommandUpdated($id: ID!) {
  commandUpdated(id: $id) { id status statusCode failureReason queuePosition expiresAt completedAt }
}`;

const FINAL: readonly string[] = ["SUCCEEDED", "FAILED", "EXPIRED", "CANCELLED"];

const isFinal = ({ status }: CommandProgress): boolean => FINAL.includes(status);

const NOT_SELECTED = "It must select `id`, `status` and `userErrors`.";

/** Unique, and no secret: pages without TLS have no `randomUUID`, and React Native has no `crypto`. */
const randomKey = (): string => [Date.now(), Math.random(), Math.random()].map((part) => part.toString(36)).join("-");

/**
 * Sends a command with one idempotency key, however often the connection breaks, and follows it to its final state. Unless the input
 * says otherwise, the server answers without waiting for the device (`waitSeconds: 0`), and every state is reported.
 */
export const createCommand = <Data, Input>(
  { query, subscribe, store, backoff: options }: CommandContext,
  { document, input, name, idempotencyKey, giveUpAfterMs = 30_000 }: CommandRequest<Data, Input>,
): CommandRun<Data> => {
  const ownKey = idempotencyKey ?? optionsOf(input)?.idempotencyKey;
  const state = createStore<CommandSnapshot<Data>>({
    status: "sending",
    idempotencyKey: ownKey ?? randomKey(),
    data: null,
    commands: [],
    userErrors: [],
    errors: [],
    retryAt: null,
  });
  const backoff = createBackoff(options);
  const giveUpAt = performance.now() + giveUpAfterMs;
  const following = new Map<string, () => void>();
  let isStopped = false;
  let resolve: (snapshot: CommandSnapshot<Data>) => void = () => {};
  const result = new Promise<CommandSnapshot<Data>>((settle) => {
    resolve = settle;
  });

  const show = (change: Partial<CommandSnapshot<Data>>) => state.set({ ...state.getSnapshot(), ...change });
  const finish = async (change: Partial<CommandSnapshot<Data>> & Pick<CommandSnapshot<Data>, "status">) => {
    // An unknown outcome keeps its key: it is the only way to find out without sending a second command.
    if (name !== undefined && change.status !== "unknown") await store.set(name, null);
    show({ ...change, retryAt: null });
    resolve(state.getSnapshot());
  };
  const stop = () => {
    isStopped = true;
    backoff.cancel();
    for (const end of following.values()) end();
    resolve(state.getSnapshot());
  };

  const update = (command: CommandProgress) => {
    const { commands } = state.getSnapshot();
    show({ commands: commands.map((each) => (each.id === command.id ? { ...each, ...command } : each)) });
  };
  const followToEnd = (id: string) => {
    const end = () => {
      following.delete(id);
      if (following.size > 0) return;
      void finish({ status: state.getSnapshot().commands.every(isFinal) ? "done" : "unknown" });
    };
    const leave = subscribe(
      { document: UPDATES, variables: { id } },
      { next: ({ data }) => data != null && update(data.commandUpdated), complete: end, error: end },
    );
    following.set(id, leave);
  };

  const accept = (data: Data) => {
    const [payload = {}] = Object.values(data as Record<string, Payload>);
    const { command, commands = command ? [command] : [], userErrors } = payload;
    // The commands may have been sent: a document that is mended finds out with the same key. Without a command, `userErrors` says why.
    if (!(commands[0] ?? userErrors) || !commands.every(({ id, status }) => id && status))
      return finish({ status: "unknown", data, errors: [{ message: NOT_SELECTED }] });
    const accepted = { data, commands, userErrors: userErrors ?? [] };
    if (commands.every(isFinal))
      return finish({ ...accepted, status: commands[0] || !userErrors?.[0] ? "done" : "rejected" });
    show({ ...accepted, status: "pending", retryAt: null });
    for (const each of commands) if (!isFinal(each)) followToEnd(each.id);
    return undefined;
  };

  const attempt = async (): Promise<void> => {
    const variables = { input: withKey(input, state.getSnapshot().idempotencyKey) };
    try {
      const { data } = await query(document, variables);
      if (data != null && !isStopped) await accept(data);
    } catch (error) {
      if (isStopped) return;
      const reason = error instanceof RequestError ? error.reason : lost([{ message: String(error) }], 0);
      if (reason.kind !== "lost") return finish({ status: "failed", errors: errorsOf(reason) });
      if (performance.now() >= giveUpAt) return finish({ status: "unknown", errors: errorsOf(reason) });
      const announce = (retryAt: number) => show({ retryAt });
      backoff.wait({ ...reason, announce }, () => void attempt());
    }
  };

  const begin = async () => {
    if (name !== undefined) {
      const known = ownKey ?? (await store.get(name));
      if (typeof known === "string") show({ idempotencyKey: known });
      // Before anything is sent: a page that is closed meanwhile must find it.
      await store.set(name, state.getSnapshot().idempotencyKey);
    }
    await attempt();
  };
  begin().catch((error: unknown) => finish({ status: "failed", errors: [{ message: String(error) }] }));
  return { subscribe: state.subscribe, getSnapshot: state.getSnapshot, result, stop };
};

const optionsOf = (input: unknown) =>
  (input as { readonly options?: { readonly idempotencyKey?: string | null } | null }).options;

const withKey = <Input>(input: Input, idempotencyKey: string): Input => ({
  ...input,
  options: { waitSeconds: 0, ...optionsOf(input), idempotencyKey },
});

interface Payload {
  readonly command?: CommandProgress | null;
  readonly commands?: readonly CommandProgress[];
  readonly userErrors?: readonly CommandUserError[];
}
