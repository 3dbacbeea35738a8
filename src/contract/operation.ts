import type { z } from "zod";
import type { Codec } from "./codec.ts";

/** `read` is answered from storage, `command` goes to device queues, `config` is a setting of the gateway, done at once. */
export type Mode = "read" | "command" | "config";

/**
 * Whether a request may be sent again when its fate is unknown: `read` freely, `idempotent` with the same OperationID,
 * `once` never, because it moves a physical thing or cannot be undone.
 */
export type Safety = "read" | "idempotent" | "once";

export type Group = "attendance" | "users" | "access" | "devices" | "realtime";

export interface Operation<Name extends string = string, Request = unknown, Sent = unknown, Received = unknown> {
  /** The gateway's own name, verbatim. */
  readonly name: Name;
  readonly group: Group;
  readonly method: "GET" | "POST";
  readonly mode: Mode;
  readonly safety: Safety;
  /** Exact: what is sent. */
  readonly input: z.ZodType<Sent, Request>;
  /** Tolerant: what is received. */
  readonly output: Codec<Received>;
  /** A request that the gateway accepts. */
  readonly sample: NoInfer<Request>;
}

type Declared<Name extends string, Request, Sent, Received> = Omit<
  Operation<Name, Request, Sent, Received>,
  "method" | "mode" | "safety" | "group"
>;

/** Declares a read: GET, answered from storage. */
export const read = <const Name extends string, Request, Sent, Received>(
  group: Group,
  declared: Declared<Name, Request, Sent, Received>,
): Operation<Name, Request, Sent, Received> => ({ ...declared, group, method: "GET", mode: "read", safety: "read" });

/** Declares a write: POST, to device queues or to the gateway itself. */
export const write = <const Name extends string, Request, Sent, Received>(
  group: Group,
  mode: Exclude<Mode, "read">,
  safety: Exclude<Safety, "read">,
  declared: Declared<Name, Request, Sent, Received>,
): Operation<Name, Request, Sent, Received> => ({ ...declared, group, method: "POST", mode, safety });
