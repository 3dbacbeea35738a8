import type { z } from "zod";
import type { Codec } from "./codec.ts";

/** `read` is answered from storage, `command` goes to device queues, `config` changes a setting of the gateway at once. */
export type Mode = "read" | "command" | "config";

/**
 * Whether a request may be sent again when its outcome is unknown: `read` freely, `idempotent` with the same OperationID,
 * `once` never, because it moves a physical thing or cannot be undone.
 */
export type Safety = "read" | "idempotent" | "once";

export type Group = "attendance" | "users" | "access" | "devices" | "realtime";

/** Which calls go first where the gateway takes few: somebody waits at a door, somebody waits for a page, nobody waits. */
export type Priority = "door" | "interactive" | "bulk";

export interface Operation<Name extends string = string, Request = unknown, Sent = unknown, Received = unknown> {
  /** The gateway's own name, verbatim. */
  readonly name: Name;
  readonly group: Group;
  readonly method: "GET" | "POST";
  readonly mode: Mode;
  readonly safety: Safety;
  /** Exact: validates what is sent. */
  readonly input: z.ZodType<Sent, Request> & { readonly shape: Readonly<Record<string, unknown>> };
  /** Tolerant: reads what is received. */
  readonly output: Codec<Received>;
  /** A request that the gateway accepts. */
  readonly sample: NoInfer<Request>;
  /** The priority of a request, unless the caller chooses another one. */
  priorityOf(request: Request): Priority;
  /** Member of the request that says how long the gateway may wait before it answers, in seconds; null: it does not wait. */
  readonly serverWait: "Wait" | "TimeoutSeconds" | null;
  /** Longest time for a call with all its attempts, in milliseconds; null: the client's own. */
  readonly deadlineMs: number | null;
}

/** A write that goes to the queues of devices. */
export interface CommandEntry<Name extends string = string, Request = unknown, Sent = unknown, Received = unknown>
  extends Operation<Name, Request, Sent, Received> {
  /** Member of the request that names the devices that carry out the command. */
  readonly targets: "DeviceSN" | "TargetDeviceSN";
  /** Whether a device that is known to be offline is sent the command, to carry it out later, unless the caller chooses. */
  readonly queueIfOffline: boolean;
}

interface Declared<Name extends string, Request, Sent, Received>
  extends Pick<Operation<Name, Request, Sent, Received>, "name" | "input" | "output" | "sample"> {
  /** @default "interactive" */
  readonly priority?: Priority | ((request: NoInfer<Request>) => Priority);
}

interface DeclaredRead<Name extends string, Request, Sent, Received> extends Declared<Name, Request, Sent, Received> {
  /** @default null */
  readonly serverWait?: "TimeoutSeconds";
  /** @default null */
  readonly deadlineMs?: number;
}

interface DeclaredCommand<Name extends string, Request, Sent, Received>
  extends Declared<Name, Request, Sent, Received> {
  /** @default "DeviceSN" */
  readonly targets?: "TargetDeviceSN";
  /** @default true */
  readonly queueIfOffline?: false;
}

/** Declares a read: GET, answered from storage. */
export const read = <const Name extends string, Request, Sent, Received>(
  group: Group,
  { priority = "interactive", ...declared }: DeclaredRead<Name, Request, Sent, Received>,
): Operation<Name, Request, Sent, Received> => ({
  serverWait: null,
  deadlineMs: null,
  ...declared,
  priorityOf: priorityRule(priority),
  group,
  method: "GET",
  mode: "read",
  safety: "read",
});

/** Declares a command: POST, to the queues of devices. */
export const command = <const Name extends string, Request, Sent, Received>(
  group: Group,
  safety: Exclude<Safety, "read">,
  { priority = "interactive", ...declared }: DeclaredCommand<Name, Request, Sent, Received>,
): CommandEntry<Name, Request, Sent, Received> => ({
  targets: "DeviceSN",
  queueIfOffline: true,
  ...declared,
  priorityOf: priorityRule(priority),
  serverWait: "Wait",
  deadlineMs: null,
  group,
  method: "POST",
  mode: "command",
  safety,
});

/** Declares a setting of the gateway itself: POST, done at once. */
export const config = <const Name extends string, Request, Sent, Received>(
  group: Group,
  safety: Exclude<Safety, "read">,
  { priority = "interactive", ...declared }: Declared<Name, Request, Sent, Received>,
): Operation<Name, Request, Sent, Received> => ({
  ...declared,
  priorityOf: priorityRule(priority),
  serverWait: null,
  deadlineMs: null,
  group,
  method: "POST",
  mode: "config",
  safety,
});

const priorityRule = <Request>(
  priority: Priority | ((request: Request) => Priority),
): ((request: Request) => Priority) => (typeof priority === "function" ? priority : () => priority);
