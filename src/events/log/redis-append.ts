import { randomUUID } from "node:crypto";
import { MAX_PENDING, QueueFullError, type RunScript, type ScriptCall } from "../../redis/batch.ts";
import type { RedisClient } from "../../redis/client.ts";
import { StoreUnavailableError } from "../../redis/errors.ts";
import type { LogKeys } from "../../redis/keys.ts";
import type { TraceSpan } from "../../runtime/tracing.ts";
import type { LoggedEvent, NewEvent } from "../event.ts";
import type { Knowledge } from "./knowledge.ts";
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
  readonly knowledge: Knowledge;
  /** The instance in the list of writers. */
  readonly instance: string;
  /** Called when the log turns out to lack what this instance appended. */
  readonly onLost: () => void;
  /** Called with what this instance appended when it is durable, in order. */
  readonly onAppended: (run: AppendedRun) => void;
}

/** As the script answers it; null if the log lost events. */
type AppendAnswer = readonly [id: string, after: string, ...results: (string | number)[]] | null;

/** The events of all calls of one turn of the event loop. */
interface Group {
  readonly events: NewEvent[];
  readonly texts: string[];
  /** What was appended, for each event; null if the log lost events. */
  readonly appended: Promise<readonly AppendResult[] | null>;
}

/** Limits the duration of a script, because a script blocks all other clients of Redis. */
export const EVENTS_PER_SCRIPT = 64;

const LOST_EVENTS = "Redis has lost events.";
const OPERATION = "storing an event";

/** Creates the function that appends: one script for the calls of one turn of the event loop, as far as they fit into it. */
export const createRedisAppend = (options: RedisAppendOptions): EventLog["append"] => {
  const { writer, run, keys, maxEvents, dedupeMs, problem, knowledge, instance, onLost, onAppended } = options;
  /** The group that more events can join; null if there is none. */
  let open: Group | null = null;
  let waiting = 0;

  /** Called when the script is sent: until then the group grows. */
  const callFor = (events: readonly NewEvent[], texts: readonly string[]): ScriptCall => {
    open = null;
    return {
      script: APPEND,
      keys: [keys.id, keys.events, keys.writers, ...events.map(({ key }) => keys.claim(key))],
      args: [newLogId(), maxEvents, dedupeMs, keys.channel, instance, knowledge.appended(), ...texts],
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
    const appended = events.map((_event, index) => ({
      offset: String(results[2 * index]),
      duplicate: results[2 * index + 1] === 1,
    }));
    knowledge.acknowledge(
      logId,
      events.map(({ key }, index) => ({ key, offset: appended[index]?.offset ?? "", text: texts[index] ?? "" })),
    );
    const added: LoggedEvent[] = [];
    for (const [index, event] of events.entries()) {
      const { offset = "", duplicate = true } = appended[index] ?? {};
      if (!duplicate) added.push({ ...event, offset });
    }
    if (added.length > 0) onAppended({ logId, after, events: added });
    return appended;
  };

  const groupFor = (count: number): Group => {
    if (open !== null && open.events.length + count <= EVENTS_PER_SCRIPT) return open;
    const [events, texts]: [NewEvent[], string[]] = [[], []];
    return (open = { events, texts, appended: append(events, texts) });
  };

  const appendTogether = async (events: readonly NewEvent[], span?: TraceSpan): Promise<readonly AppendResult[]> => {
    const reason = problem();
    if (reason !== null) throw new StoreUnavailableError("event log", reason, OPERATION);
    const join = async () => {
      if (waiting >= MAX_PENDING) throw new QueueFullError();
      const texts = events.map((event) => JSON.stringify(event));
      waiting += 1;
      const group = groupFor(events.length);
      const start = group.events.length;
      group.events.push(...events);
      group.texts.push(...texts);
      try {
        const appended = await group.appended;
        return appended && appended.slice(start, start + events.length);
      } finally {
        waiting -= 1;
      }
    };
    const appended = await writer.use(OPERATION, join, span && { span, command: "EVALSHA" });
    if (appended === null) throw new StoreUnavailableError("event log", problem() ?? LOST_EVENTS, OPERATION);
    return appended;
  };

  return async (events, span) => {
    if (events.length <= EVENTS_PER_SCRIPT) return events.length === 0 ? [] : appendTogether(events, span);
    const appended: AppendResult[] = [];
    for (let start = 0; start < events.length; start += EVENTS_PER_SCRIPT) {
      appended.push(...(await appendTogether(events.slice(start, start + EVENTS_PER_SCRIPT), span)));
    }
    return appended;
  };
};

/** Generates the id of a log from a UUID: `randomBytes` asks the system each time, which took a tenth of the time of an append. */
export const newLogId = (): string => randomUUID().slice(-17).replace("-", "");
