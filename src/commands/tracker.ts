import type { Output } from "../contract/operations.ts";
import { isOpaqueID, isOperationID, isSameName } from "../contract/scalars.ts";
import { invalidResponse } from "../gateway/answer.ts";
import { GatewayError, type GatewayErrorCode } from "../gateway/errors.ts";
import { dropOldest } from "../runtime/drop-oldest.ts";
import { type DeviceCommand, commandFromStatus, isFinalStatus, type KnownCommand } from "./command.ts";

/** A command by the gateway's CommandID, or by the request and its device. */
export type CommandKey = { readonly CommandID: string } | { readonly OperationID: string; readonly DeviceSN: string };

export interface CommandWatcher {
  /** Called at once with the known state, and for every change. Null: the gateway knows no such command. */
  readonly onChange: (command: DeviceCommand | null) => void;
  /** Called when no more changes follow; with an error if the gateway does not let the state be read. */
  readonly onEnd: (error?: GatewayError) => void;
}

/** Polls commands until they are final, once for all who watch the same command. */
export interface CommandTracker {
  /**
   * Records that the gateway accepted a command. For a minute, a status request that does not find it is not reported as missing, and its
   * status need not repeat what is known of it.
   */
  readonly accepted: (CommandID: string, command: KnownCommand) => void;
  /** Starts watching a command; the result stops it. */
  readonly watch: (key: CommandKey, watcher: CommandWatcher) => () => void;
  /** Polls a command at once, if it is watched. Call it when something is known to have happened to the command. */
  readonly refresh: (CommandID: string) => void;
  /** Returns a command that is known to be final; undefined if it is not known. */
  readonly finished: (CommandID: string) => DeviceCommand | undefined;
  readonly stop: () => void;
}

type StatusCall = (
  name: "GetCommandStatus",
  input: { CommandID: string } | { OperationID: string },
) => Promise<Output<"GetCommandStatus">>;

export interface CommandTrackerOptions {
  readonly call: StatusCall;
  readonly random: () => number;
  /** The monotonic clock in milliseconds. @default performance.now */
  readonly now?: () => number;
  /** Called for every command that is seen to be final. */
  readonly onFinal?: (command: DeviceCommand, CommandID: string) => void;
  /** @default 500 */
  readonly initialPollMs?: number;
  /** @default 10000 */
  readonly maxPollMs?: number;
}

interface WatchedCommand {
  readonly key: CommandKey;
  readonly watchers: Set<CommandWatcher>;
  latest: DeviceCommand | null | undefined;
  timer: NodeJS.Timeout | undefined;
  pauseMs: number;
  polling: boolean;
  readonly since: number;
}

interface AcceptedCommand {
  readonly at: number;
  readonly command: KnownCommand;
}

const GROWTH = 1.6;
const MAX_REMEMBERED = 10_000;
/** Failures that another poll has as well. */
const LASTING: ReadonlySet<GatewayErrorCode> = new Set(["UPSTREAM_NOT_ALLOWED", "UPSTREAM_REFUSED"]);
/** How long a command of unknown outcome may take to reach the gateway, and an accepted one to be known there. */
const UNKNOWN_MS = 60_000;

/**
 * Creates a tracker that watches nothing yet. The pause between two polls of a command grows from `initialPollMs` to `maxPollMs`, and is
 * shorter by up to half at random.
 */
export const createCommandTracker = ({
  call,
  random,
  now = () => performance.now(),
  onFinal,
  initialPollMs = 500,
  maxPollMs = 10_000,
}: CommandTrackerOptions): CommandTracker => {
  const watched = new Map<string, WatchedCommand>();
  const finished = new Map<string, DeviceCommand>();
  const acceptedCommands = new Map<string, AcceptedCommand>();

  const remember = (command: DeviceCommand) => {
    if (command.commandId === null) return;
    finished.set(command.commandId, command);
    onFinal?.(command, command.commandId);
    dropOldest(finished, MAX_REMEMBERED);
  };

  /** Whether a command that the gateway does not know may still be known there. */
  const mayArrive = ({ key, since }: WatchedCommand): boolean => {
    const from = "CommandID" in key ? acceptedCommands.get(key.CommandID)?.at : since;
    return from !== undefined && now() - from <= UNKNOWN_MS;
  };

  const end = (id: string, item: WatchedCommand, error?: GatewayError) => {
    clearTimeout(item.timer);
    // The answer may be for those who have left, while others have come since.
    if (watched.get(id) === item) watched.delete(id);
    for (const { onEnd } of item.watchers) onEnd(error);
  };

  const update = (id: string, item: WatchedCommand, command: DeviceCommand | null) => {
    const hasChanged = JSON.stringify(item.latest) !== JSON.stringify(command);
    item.latest = command;
    if (hasChanged) for (const { onChange } of item.watchers) onChange(command);
    if (command !== null && isFinalStatus(command.status)) {
      remember(command);
      end(id, item);
    }
  };

  const poll = async (id: string, item: WatchedCommand) => {
    if (item.polling) return;
    clearTimeout(item.timer);
    item.polling = true;
    try {
      const known = "CommandID" in item.key ? acceptedCommands.get(item.key.CommandID)?.command : undefined;
      const command = await readCommand(call, item.key, known);
      const isMissing = command === null && !mayArrive(item);
      // That an accepted command is not known yet is nothing to report.
      if (command !== null || isMissing || !("CommandID" in item.key)) update(id, item, command);
      if (isMissing) return end(id, item);
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      if (LASTING.has(error.code)) return end(id, item, error);
    } finally {
      item.polling = false;
    }
    if (watched.get(id) !== item) return;
    item.timer = setTimeout(() => pollNow(id, item), item.pauseMs * (0.5 + random() / 2));
    item.pauseMs = Math.min(maxPollMs, item.pauseMs * GROWTH);
  };

  const pollNow = (id: string, item: WatchedCommand) => {
    poll(id, item).catch(() => end(id, item));
  };

  return {
    accepted(CommandID, command) {
      const { DeviceSN = "" } = acceptedCommands.get(CommandID)?.command ?? command;
      // One ID for several devices names none of them.
      const known = isSameName(DeviceSN, command.DeviceSN ?? "") ? command : {};
      acceptedCommands.set(CommandID, { at: now(), command: known });
      dropOldest(acceptedCommands, MAX_REMEMBERED);
    },
    watch(key, watcher) {
      const id = JSON.stringify(key);
      const final = "CommandID" in key ? finished.get(key.CommandID) : undefined;
      if (final !== undefined) {
        watcher.onChange(final);
        watcher.onEnd();
        return () => {};
      }
      const item = watched.get(id) ?? {
        key,
        watchers: new Set(),
        latest: undefined,
        timer: undefined,
        pauseMs: initialPollMs,
        polling: false,
        since: now(),
      };
      item.watchers.add(watcher);
      if (watched.has(id)) {
        if (item.latest !== undefined) watcher.onChange(item.latest);
      } else {
        watched.set(id, item);
        pollNow(id, item);
      }
      return () => {
        item.watchers.delete(watcher);
        if (item.watchers.size > 0 || watched.get(id) !== item) return;
        clearTimeout(item.timer);
        watched.delete(id);
      };
    },
    refresh(CommandID) {
      const id = JSON.stringify({ CommandID });
      const item = watched.get(id);
      if (item !== undefined) pollNow(id, item);
    },
    finished: (CommandID) => finished.get(CommandID),
    stop() {
      for (const [id, item] of watched) end(id, item);
    },
  };
};

/**
 * Asks for the state of a command; null if the gateway knows no such command.
 * @throws {GatewayError} if it does not say so.
 */
const readCommand = async (
  call: StatusCall,
  key: CommandKey,
  known: KnownCommand | undefined,
): Promise<DeviceCommand | null> => {
  // The gateway has no command with an ID that it accepts in no request.
  if (!("CommandID" in key ? isOpaqueID(key.CommandID) : isOperationID(key.OperationID))) return null;
  try {
    if ("CommandID" in key) {
      const { Command } = await call("GetCommandStatus", { CommandID: key.CommandID });
      return Command === undefined ? null : commandFromStatus(Command, known);
    }
    const { OperationID, DeviceSN } = key;
    const { Commands = [], rejected } = await call("GetCommandStatus", { OperationID });
    const found = Commands.find((command) => isSameName(command.DeviceSN ?? "", DeviceSN));
    // A row that cannot be read, or names no device, may be the command.
    const mayBeThere = rejected > 0 || Commands.some((command) => command.DeviceSN === null);
    if (found === undefined && mayBeThere) throw invalidResponse("GetCommandStatus", "Commands");
    return found === undefined ? null : commandFromStatus(found);
  } catch (error) {
    if (error instanceof GatewayError && error.code === "UPSTREAM_NOT_FOUND") return null;
    throw error;
  }
};
