import { randomUUID } from "node:crypto";
import { MAX_PENDING, QueueFullError, type RunScript, type ScriptCall } from "../../redis/batch.ts";
import type { RedisClient } from "../../redis/client.ts";
import { StoreUnavailableError } from "../../redis/errors.ts";
import type { LogKeys } from "../../redis/keys.ts";
import type { TraceSpan } from "../../runtime/tracing.ts";
import type { LoggedEvent, NewEvent } from "../event.ts";
import type { AppendHistory } from "./append-history.ts";
import type { AppendedRun, AppendResult, EventLog } from "./log.ts";
import { APPEND } from "./scripts.ts";

export interface RedisAppendOptions {
  readonly writer: RedisClient;
  /** On the connection of the writer. */
  readonly run: RunScript;
  readonly keys: LogKeys;
  readonly maxEvents: number;
  readonly dedupeMs: number;
  /** Why the log must not be used now; null if it may be used. */
  readonly problem: () => string | null;
  readonly history: AppendHistory;
  /** The instance in the list of writers. */
  readonly instance: string;
  /** Called when the log turns out to lack what this instance appended. */
  readonly onLost: () => void;
  /** Called with what this instance appended when it is durable, in order. */
  readonly onAppended: (run: AppendedRun) => void;
  /** Called with each script that is sent, to wait for it when the log stops; returns the same promise. */
  readonly track: <Result>(running: Promise<Result>) => Promise<Result>;
}

/** As the script answers it; null if the log lost events. */
type AppendAnswer = readonly [id: string, after: string, ...results: (string | number)[]] | null;

/** The events of all calls of one turn of the event loop. */
interface Group {
  readonly events: NewEvent[];
  readonly texts: string[];
  calls: number;
  /** What was appended, for each event; null if the log lost events. Rejects with what Redis answered. */
  readonly answer: Promise<readonly AppendResult[] | null>;
  /** The same. Rejects with StoreUnavailableError. */
  readonly appended: Promise<readonly AppendResult[]>;
}

/** Limits the duration of a script, because a script blocks all other clients of Redis. */
export const EVENTS_PER_SCRIPT = 64;

const LOST_EVENTS = "Redis has lost events.";
const OPERATION = "storing an event";

/** Creates the function that appends: one script for the calls of one turn of the event loop, as far as they fit into it. */
export const createRedisAppend = (options: RedisAppendOptions): EventLog["append"] => {
  const { writer, run, keys, maxEvents, dedupeMs, problem, history, instance, onLost, onAppended, track } = options;
  /** The group that more events can join; null if there is none. */
  let open: Group | null = null;
  let waiting = 0;

  /** Called when the script is sent: until then the group grows. */
  const callFor = (events: readonly NewEvent[], texts: readonly string[]): ScriptCall => {
    open = null;
    return {
      script: APPEND,
      keys: [keys.id, keys.events, keys.writers, ...events.map(({ key }) => keys.claim(key))],
      args: [newLogId(), maxEvents, dedupeMs, keys.channel, instance, history.appended(), ...texts],
    };
  };

  const append = async (
    events: readonly NewEvent[],
    texts: readonly string[],
  ): Promise<readonly AppendResult[] | null> => {
    const answer = (await run(() => callFor(events, texts))) as AppendAnswer;
    if (answer === null) {
      onLost();
      return null;
    }
    const [logId, after, ...results] = answer;
    const appended: AppendResult[] = [];
    const added: LoggedEvent[] = [];
    for (const [index, event] of events.entries()) {
      const offset = String(results[2 * index]);
      const duplicate = results[2 * index + 1] === 1;
      appended.push({ offset, duplicate });
      history.acknowledge(logId, event.key, offset, texts[index] ?? "");
      if (!duplicate) added.push({ ...event, offset });
    }
    if (added.length > 0) onAppended({ logId, after, events: added });
    return appended;
  };

  const orThrow = (appended: readonly AppendResult[] | null): readonly AppendResult[] => {
    if (appended === null) throw new StoreUnavailableError("event log", problem() ?? LOST_EVENTS, OPERATION);
    return appended;
  };

  const openGroup = (): Group => {
    const [events, texts]: [NewEvent[], string[]] = [[], []];
    const answer = append(events, texts);
    const settle = async () => {
      try {
        return orThrow(await writer.use(OPERATION, () => answer));
      } finally {
        waiting -= group.calls;
      }
    };
    const group: Group = { events, texts, calls: 0, answer, appended: track(settle()) };
    return group;
  };

  /** Adds events to the group of this turn; returns it, and where they begin in it. */
  const join = (events: readonly NewEvent[], texts: readonly string[]): readonly [group: Group, start: number] => {
    const group = open !== null && open.events.length + events.length <= EVENTS_PER_SCRIPT ? open : openGroup();
    open = group;
    const start = group.events.length;
    group.events.push(...events);
    group.texts.push(...texts);
    group.calls += 1;
    waiting += 1;
    return [group, start];
  };

  const appendTogether = async (
    events: readonly NewEvent[],
    span: TraceSpan | undefined,
    texts: readonly string[] = events.map((event) => JSON.stringify(event)),
  ): Promise<readonly AppendResult[]> => {
    const reason = problem();
    if (reason !== null) throw new StoreUnavailableError("event log", reason, OPERATION);
    if (waiting >= MAX_PENDING) return writer.use(OPERATION, () => Promise.reject(new QueueFullError()));
    const [group, start] = join(events, texts);
    const appended =
      span === undefined
        ? await group.appended
        : orThrow(await writer.use(OPERATION, () => group.answer, { span, command: "EVALSHA" }));
    return appended.slice(start, start + events.length);
  };

  const appendAll: EventLog["append"] = async (events, span, texts) => {
    const appended: AppendResult[] = [];
    for (let start = 0; start < events.length; start += EVENTS_PER_SCRIPT) {
      const end = start + EVENTS_PER_SCRIPT;
      appended.push(...(await appendTogether(events.slice(start, end), span, texts?.slice(start, end))));
    }
    return appended;
  };

  return (events, span, texts) =>
    events.length > 0 && events.length <= EVENTS_PER_SCRIPT
      ? appendTogether(events, span, texts)
      : appendAll(events, span, texts);
};

/** Generates the id of a log from a UUID: `randomBytes` asks the system each time, which took a tenth of the time of an append. */
export const newLogId = (): string => randomUUID().slice(-17).replace("-", "");
