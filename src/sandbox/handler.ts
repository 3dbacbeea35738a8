import type { Readable } from "node:stream";
import type { z } from "zod";
import type { OPERATIONS, OperationName } from "../contract/operations.ts";
import { STATUS, type StatusName } from "../contract/status.ts";
import type { SandboxClock } from "./clock.ts";
import type { SimCommand, SimEvent, World } from "./state.ts";

/** The simulated gateway as its operations use it. */
export interface Gateway {
  readonly world: World;
  readonly clock: SandboxClock;
  /** Returns a seeded random number, 0 <= n < 1. */
  readonly random: () => number;
  /** Returns a new ID such as `cmd_…`. The same seed yields the same IDs in every run. */
  readonly newId: (prefix: "cmd" | "pun" | "evt" | "mig" | "cbk" | "aev" | "op") => string;
  readonly callbacks: CallbackQueues;
  readonly commands: CommandQueues;
}

/** The command queues: one per device, first in first out, one command in flight. See `createCommandQueues`. */
export interface CommandQueues {
  /**
   * Answers a request at most once per OperationID. The same OperationID and request within 24 h return the stored answer;
   * the same OperationID with another request is refused. `work` throws its Refusal synchronously, and then the OperationID
   * stays unused.
   */
  readonly runIdempotent: (
    OperationID: string,
    request: string,
    work: () => Answer | Promise<Answer>,
  ) => Promise<Answer>;
  /** Queues one command per task; commands for idle online devices are sent immediately. */
  readonly queue: (request: SimCommandRequest, tasks: readonly DeviceTask[]) => readonly SimCommand[];
  /**
   * Resolves when all of these commands are final, when only commands queued for offline devices are left, or after `waitMs`
   * milliseconds of sandbox time.
   */
  readonly whenSettled: (commands: readonly SimCommand[], waitMs: number) => Promise<void>;
  /** The commands of the newest request with this OperationID. */
  readonly byOperation: (OperationID: string) => readonly SimCommand[];
  /** Cancels every command that is queued for or sent to a device, and returns them. */
  readonly cancel: (DeviceSN: string) => readonly SimCommand[];
  /** Call it after a device's `online` has changed. */
  readonly connectionChanged: (DeviceSN: string) => void;
  readonly stop: () => void;
}

/** The request that queues commands. */
export interface SimCommandRequest {
  readonly OperationID: string;
  readonly Operation: string;
  readonly expirySeconds: number;
}

/** One command to queue for one device. */
export interface DeviceTask {
  readonly DeviceSN: string;
  readonly EmployeeCode?: string;
  readonly task: Task;
}

/** The result of a task's step on a device. `away`: the device restarts and is done when it reconnects. */
export type TaskOutcome =
  | { readonly kind: "done"; readonly result?: Readonly<Record<string, unknown>> }
  | { readonly kind: "refused"; readonly status: StatusName; readonly reason: string }
  | { readonly kind: "working"; readonly forMs: number }
  | { readonly kind: "away" };

/** Why a device refuses a command. */
export type DeviceRefusal = Extract<TaskOutcome, { kind: "refused" }>;

/** What a command does when the device executes it. */
export interface Task {
  /**
   * What happens to a sent command when the device disconnects: it returns to the queue, it fails because its effect is
   * unknown, or it is done when the device reconnects.
   */
  readonly disconnect: "requeue" | "fail" | "reconnect";
  /** Called after the device has had time to execute the command, and again after `working`. */
  readonly run: (command: SimCommand) => TaskOutcome;
  /** Called once when the command is final, for any reason. */
  readonly onEnd?: (command: SimCommand) => void;
}

/** Delivers events to registered receivers at least once, first in first out per callback and device. */
export interface CallbackQueues {
  readonly emit: (event: SimEvent) => void;
  /** Retries blocked deliveries of a device now. Returns how many events are retried. */
  readonly restart: (DeviceSN: string) => number;
  /** Drops the events that wait for a receiver whose registration has ended. */
  readonly drop: (CallbackURL: string) => void;
  /** The callback members of CheckDeviceHealth in wire form. */
  readonly health: (DeviceSN: string) => CallbackHealth;
  readonly stop: () => void;
}

/** The state of a device's callback queue, in wire form. */
export interface CallbackHealth {
  readonly QueueStatus: "Idle" | "Processing" | "Stuck";
  readonly NextRetryTime: string | null;
  readonly LastRequest: string | null;
  readonly LastResponse: {
    readonly HttpStatus: number | null;
    readonly Body: string | null;
    readonly Time: string;
  } | null;
  readonly CallbackURL: string | null;
  readonly Today: {
    readonly Received: number;
    readonly Queued: number;
    readonly Pushed: number;
    readonly Failed: number;
  };
}

/** The owner of the request's token: the account or one device. */
export type GatewayCaller =
  | { readonly scope: "account"; readonly token: string }
  | { readonly scope: "device"; readonly DeviceSN: string; readonly token: string };

/** A validated call of an operation. */
export interface Call<Name extends OperationName> {
  readonly name: Name;
  readonly input: z.output<(typeof OPERATIONS)[Name]["input"]>;
  /** The members as received, before defaults, for comparing two requests with one OperationID. */
  readonly raw: Readonly<Record<string, unknown>>;
  readonly caller: GatewayCaller;
  /** The caller's OperationID, or a generated one. */
  readonly operationId: string;
}

/** The answer of an operation: JSON members or a stream. */
export type Answer =
  | {
      readonly kind: "json";
      readonly http: number;
      readonly status: StatusName;
      readonly body: Readonly<Record<string, unknown>>;
    }
  | {
      readonly kind: "stream";
      readonly contentType: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: Readable;
    };

/** Implements one operation. */
export type Handler<Name extends OperationName> = (call: Call<Name>, gateway: Gateway) => Answer | Promise<Answer>;

/** Handlers by operation name. */
export type Handlers<Names extends OperationName> = { readonly [Name in Names]: Handler<Name> };

/** An answer with HTTP status 200, status `done` and these members. */
export const done = (body: Readonly<Record<string, unknown>>): Answer => ({
  kind: "json",
  http: 200,
  status: "done",
  body,
});

/** Thrown for a request that the gateway refuses. */
export class Refusal extends Error {
  readonly http: number;
  readonly status: StatusName;
  readonly field: string | null;
  readonly retryAfterSeconds: number | null;

  constructor(
    status: StatusName,
    message: string,
    options: { field?: string; http?: number; retryAfterSeconds?: number } = {},
  ) {
    super(message);
    this.status = status;
    this.http = options.http ?? STATUS[status].http.at(-1) ?? 500;
    this.field = options.field ?? null;
    this.retryAfterSeconds = options.retryAfterSeconds ?? null;
  }
}
