import type { Readable } from "node:stream";
import type { z } from "zod";
import type { OPERATIONS, OperationName } from "../contract/operations.ts";
import { STATUS, type StatusName } from "../contract/status.ts";
import type { SandboxClock } from "./clock.ts";
import type { SimEvent, World } from "./state.ts";

/** What the operations of the simulated gateway work on. */
export interface Gateway {
  readonly world: World;
  readonly clock: SandboxClock;
  /** Seeded: 0 <= n < 1. */
  readonly random: () => number;
  /** A new id, `cmd_…`, the same in every run of the same seed. */
  readonly newId: (prefix: "cmd" | "pun" | "evt" | "mig" | "cbk" | "aev" | "op") => string;
  readonly callbacks: CallbackQueues;
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
