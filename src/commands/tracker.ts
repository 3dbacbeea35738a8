import { GatewayError } from "../gateway/errors.ts";
import { type Command, commandFromStatus, isFinalStatus } from "./command.ts";
import type { Output } from "../contract/operations.ts";

/** A command by the gateway's id, or by the request and the device it was given to. */
export type CommandKey = { readonly CommandID: string } | { readonly OperationID: string; readonly DeviceSN: string };

export interface CommandWatcher {
  /** Told at once what is known, and of every change. Null: the gateway knows no such command. */
  readonly onChange: (command: Command | null) => void;
  /** Told when nothing more will come. */
  readonly onEnd: () => void;
}

/** Follows commands to their end, once for all who watch. */
export interface CommandTracker {
  readonly watch: (key: CommandKey, watcher: CommandWatcher) => () => void;
  /** Something has happened to a command: it is looked at now, if anybody follows it. */
  readonly refresh: (CommandID: string) => void;
  /** A command that is known to be over. */
  readonly finished: (CommandID: string) => Command | undefined;
  readonly stop: () => void;
}

type StatusCall = (
  name: "GetCommandStatus",
  input: { CommandID: string } | { OperationID: string },
) => Promise<Output<"GetCommandStatus">>;

export interface CommandTrackerOptions {
  readonly call: StatusCall;
  readonly random: () => number;
  readonly now: () => number;
  /** Told of every command that is seen to be over. */
  readonly onFinal?: (command: Command, CommandID: string) => void;
  readonly initialPollMs?: number;
  readonly maxPollMs?: number;
}

interface Followed {
  readonly key: CommandKey;
  readonly watchers: Set<CommandWatcher>;
  latest: Command | null | undefined;
  timer: NodeJS.Timeout | undefined;
  pause: number;
  looking: boolean;
  readonly since: number;
}

const GROWTH = 1.6;
const MOST_FINISHED = 10_000;
/** An order whose fate is unknown may still reach the gateway for so long. */
const UNKNOWN_MS = 60_000;

export const createCommandTracker = ({
  call,
  random,
  now,
  onFinal: onOver,
  initialPollMs: firstPollMs = 500,
  maxPollMs: slowestPollMs = 10_000,
}: CommandTrackerOptions): CommandTracker => {
  const followed = new Map<string, Followed>();
  const over = new Map<string, Command>();

  const remember = (command: Command) => {
    if (command.commandId === null) return;
    over.set(command.commandId, command);
    onOver?.(command, command.commandId);
    for (const oldest of over.keys()) {
      if (over.size <= MOST_FINISHED) break;
      over.delete(oldest);
    }
  };

  const end = (id: string, { watchers, timer }: Followed) => {
    clearTimeout(timer);
    followed.delete(id);
    for (const { onEnd } of watchers) onEnd();
  };

  const tell = (id: string, item: Followed, command: Command | null) => {
    const changed = JSON.stringify(item.latest) !== JSON.stringify(command);
    item.latest = command;
    if (changed) for (const { onChange } of item.watchers) onChange(command);
    if (command !== null && isFinalStatus(command.status)) {
      remember(command);
      end(id, item);
    }
  };

  const look = async (id: string, item: Followed) => {
    if (item.looking) return;
    clearTimeout(item.timer);
    item.looking = true;
    try {
      const command = await ask(call, item.key, now());
      if (command === null && "CommandID" in item.key) {
        tell(id, item, null);
        return end(id, item);
      }
      tell(id, item, command);
      if (command === null && now() - item.since > UNKNOWN_MS) return end(id, item);
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
    } finally {
      item.looking = false;
    }
    if (followed.get(id) !== item) return;
    item.timer = setTimeout(() => lookSoon(id, item), item.pause * (0.5 + random() / 2));
    item.pause = Math.min(slowestPollMs, item.pause * GROWTH);
  };

  const lookSoon = (id: string, item: Followed) => {
    look(id, item).catch(() => end(id, item));
  };

  return {
    watch(key, watcher) {
      const id = JSON.stringify(key);
      const known = "CommandID" in key ? over.get(key.CommandID) : undefined;
      if (known !== undefined) {
        watcher.onChange(known);
        watcher.onEnd();
        return () => {};
      }
      const item = followed.get(id) ?? {
        key,
        watchers: new Set(),
        latest: undefined,
        timer: undefined,
        pause: firstPollMs,
        looking: false,
        since: now(),
      };
      item.watchers.add(watcher);
      if (followed.has(id)) {
        if (item.latest !== undefined) watcher.onChange(item.latest);
      } else {
        followed.set(id, item);
        lookSoon(id, item);
      }
      return () => {
        item.watchers.delete(watcher);
        if (item.watchers.size > 0 || followed.get(id) !== item) return;
        clearTimeout(item.timer);
        followed.delete(id);
      };
    },
    refresh(CommandID) {
      const id = JSON.stringify({ CommandID });
      const item = followed.get(id);
      if (item !== undefined) lookSoon(id, item);
    },
    finished: (CommandID) => over.get(CommandID),
    stop() {
      for (const [id, item] of followed) end(id, item);
    },
  };
};

const ask = async (call: StatusCall, key: CommandKey, now: number): Promise<Command | null> => {
  const givenAt = `${new Date(now).toISOString().slice(0, 19)}Z`;
  try {
    if ("CommandID" in key) {
      const { Command } = await call("GetCommandStatus", { CommandID: key.CommandID });
      return Command === undefined ? null : commandFromStatus(Command, givenAt);
    }
    const { Commands = [] } = await call("GetCommandStatus", { OperationID: key.OperationID });
    const found = Commands.find(({ DeviceSN }) => DeviceSN === key.DeviceSN);
    return found === undefined ? null : commandFromStatus(found, givenAt);
  } catch (error) {
    if (error instanceof GatewayError && error.code === "UPSTREAM_NOT_FOUND") return null;
    throw error;
  }
};
