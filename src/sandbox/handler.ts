import type { Readable } from "node:stream";
import type { z } from "zod";
import type { OPERATIONS, OperationName } from "../contract/operations.ts";
import { STATUS, type StatusName } from "../contract/status.ts";
import type { SandboxClock } from "./clock.ts";
import type { SimCommand, SimEvent, World } from "./state.ts";

/** What the operations of the simulated gateway work on. */
export interface Gateway {
  readonly world: World;
  readonly clock: SandboxClock;
  /** Seeded: 0 <= n < 1. */
  readonly random: () => number;
  /** A new id, `cmd_…`, the same in every run of the same seed. */
  readonly newId: (prefix: "cmd" | "pun" | "evt" | "mig" | "cbk" | "aev" | "op") => string;
  readonly callbacks: CallbackQueues;
  readonly commands: CommandQueues;
}

/** The command queues: one per device, first in first out, one command in flight. `createCommandQueues` makes them. */
export interface CommandQueues {
  /**
   * Answers a request. The same OperationID and request within 24 h: the stored answer, once there is one; another
   * request: a Refusal. What `work` refuses, it refuses before it returns; the OperationID stays free then.
   */
  readonly once: (OperationID: string, request: string, work: () => Answer | Promise<Answer>) => Promise<Answer>;
  /** Queues one command per order; those for idle online devices are sent at once. */
  readonly queue: (request: CommandRequest, orders: readonly Order[]) => readonly SimCommand[];
  /**
   * Resolves when all of these commands are final, when nothing but commands queued for offline devices is left, or when
   * so many milliseconds of sandbox time are over.
   */
  readonly settled: (commands: readonly SimCommand[], waitMs: number) => Promise<void>;
  /** Commands of the newest request with this OperationID. */
  readonly ofOperation: (OperationID: string) => readonly SimCommand[];
  /** Cancels everything queued for or sent to a device. */
  readonly cancel: (DeviceSN: string) => readonly SimCommand[];
  /** To be called after a device's `online` changed. */
  readonly connectionChanged: (DeviceSN: string) => void;
  readonly stop: () => void;
}

export interface CommandRequest {
  readonly OperationID: string;
  readonly Operation: string;
  readonly expirySeconds: number;
}

export interface Order {
  readonly DeviceSN: string;
  readonly EmployeeCode?: string;
  readonly task: Task;
}

/** What a device made of a command. */
export type Outcome =
  | { readonly kind: "done"; readonly result?: Readonly<Record<string, unknown>> }
  | { readonly kind: "refused"; readonly status: StatusName; readonly reason: string }
  | { readonly kind: "working"; readonly forMs: number }
  | { readonly kind: "away" };

/** What a command does once the device has it. */
export interface Task {
  /**
   * What a disconnect makes of it once it is sent: it goes back to the queue, it fails because its fate is unknown, or
   * it is done when the device is back.
   */
  readonly disconnect: "requeue" | "fail" | "reconnect";
  /** Called when the device has had time to work; called again after `working`. */
  readonly run: (command: SimCommand) => Outcome;
  /** Called once, when the command is final for whatever reason. */
  readonly ended?: (command: SimCommand) => void;
}

/** Delivery of events to registered receivers: at least once, first in first out per callback and device. */
export interface CallbackQueues {
  readonly emit: (event: SimEvent) => void;
  /** Retries blocked deliveries of a device now; answers how many events are tried again. */
  readonly restart: (DeviceSN: string) => number;
  /** Drops what waits for a receiver whose registration ended. */
  readonly drop: (CallbackURL: string) => void;
  /** The callback members of CheckDeviceHealth, in wire form. */
  readonly health: (DeviceSN: string) => CallbackHealth;
  readonly stop: () => void;
}

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

/** Whose token came: the account's, or that of one device. */
export type Caller =
  | { readonly scope: "account"; readonly token: string }
  | { readonly scope: "device"; readonly DeviceSN: string; readonly token: string };

export interface Call<Name extends OperationName> {
  readonly name: Name;
  readonly input: z.output<(typeof OPERATIONS)[Name]["input"]>;
  /** The members as they came, before defaults; for comparing two requests of one OperationID. */
  readonly raw: Readonly<Record<string, unknown>>;
  readonly caller: Caller;
  /** Given by the caller or made here. */
  readonly operationId: string;
}

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

export type Handler<Name extends OperationName> = (call: Call<Name>, gateway: Gateway) => Answer | Promise<Answer>;

export type Handlers<Names extends OperationName> = { readonly [Name in Names]: Handler<Name> };

/** 200, done, and these members. */
export const done = (body: Readonly<Record<string, unknown>>): Answer => ({
  kind: "json",
  http: 200,
  status: "done",
  body,
});

/** A request that the gateway refuses. */
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
