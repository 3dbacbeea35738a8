import { z } from "zod";
import { OPERATION_NAMES } from "../../contract/operations.ts";

/** The kinds of faults. Those marked * replace the reply, before the operation is executed unless `afterEffect` is set. */
const KINDS = [
  "429", // * `retryAfter` in seconds, as an HTTP date if `asDate`, or any text
  "5xx", // * `status`
  "unauthenticated", // * 401/7
  "echo", // * `status`, with the caller's token in the message
  "html", // * `status`, an HTML page in place of JSON
  "giant", // * `bytes` of JSON
  "hang", // * no reply until the caller gives up
  "endlessHeaders", // * headers up to `bytes`
  "resetBefore", // * the connection is reset; the operation is not executed
  "resetAfter", // the operation is executed, then the connection is reset
  "resetDuring", // the operation is executed, then the connection is reset in the middle of the body
  "brokenJson", // the reply, truncated
  "sloppy", // the reply with numbers as text, members in lower case and unknown members
  "hostileKeys", // the reply with `__proto__` and `constructor` members
  "duplicateHeaders", // the reply with duplicate headers
  "drip", // the reply, `bytes` every `ms`
  "delay", // the reply, `ms` later
] as const;

export type FaultKind = (typeof KINDS)[number];

const OPERATIONS: ReadonlySet<string> = new Set(["*", ...OPERATION_NAMES]);

/** A fault and the requests it applies to. */
export const FaultRule = z.strictObject({
  /** An operation, or `*` for all. */
  operation: z
    .string()
    .refine((name) => OPERATIONS.has(name), "must be an operation, or * for all")
    .default("*"),
  /** Only requests that name this device. */
  device: z.string().optional(),
  /** How many requests it applies to; null for all until it is removed. */
  times: z.int().min(1).nullable().default(1),
  /** How many matching requests pass first. */
  skip: z.int().min(0).default(0),
  kind: z.enum(KINDS),
  afterEffect: z.boolean().default(false),
  status: z.int().min(200).max(599).optional(),
  retryAfter: z.union([z.number(), z.string()]).optional(),
  asDate: z.boolean().default(false),
  ms: z.number().min(0).optional(),
  bytes: z.int().min(1).optional(),
});
export type FaultRule = z.output<typeof FaultRule>;
export type FaultInput = z.input<typeof FaultRule>;

export interface Fault extends FaultRule {
  readonly id: string;
}

/** Rules that make the gateway fail. The oldest rule that matches a request applies; at most one per request. */
export interface Faults {
  /** Adds a rule and returns its ID. */
  readonly add: (rule: FaultInput) => string;
  readonly list: () => readonly Fault[];
  /** Removes one rule, or all without an ID. */
  readonly clear: (id?: string) => void;
}

interface CountedFault {
  readonly fault: Fault;
  skip: number;
  left: number;
}

/** The rules as the server uses them. */
export interface FaultRegistry extends Faults {
  /** Returns the fault that applies to a request, and counts it. */
  readonly take: (operation: string, devices: readonly string[]) => Fault | undefined;
}

/** Creates an empty set of rules. */
export const createFaults = (): FaultRegistry => {
  let rules: CountedFault[] = [];
  let count = 0;
  return {
    add(input) {
      const rule = FaultRule.parse(input);
      const id = `fault_${++count}`;
      rules.push({ fault: { ...rule, id }, skip: rule.skip, left: rule.times ?? Number.POSITIVE_INFINITY });
      return id;
    },
    list: () => rules.map(({ fault, left, skip }) => ({ ...fault, skip, times: Number.isFinite(left) ? left : null })),
    clear(id) {
      rules = id === undefined ? [] : rules.filter(({ fault }) => fault.id !== id);
    },
    take(operation, devices) {
      for (const rule of rules) {
        const { fault } = rule;
        if (fault.operation !== "*" && fault.operation !== operation) continue;
        if (fault.device !== undefined && !devices.includes(fault.device)) continue;
        if (rule.skip > 0) {
          rule.skip -= 1;
          continue;
        }
        rule.left -= 1;
        if (rule.left <= 0) rules = rules.filter((each) => each !== rule);
        return fault;
      }
      return undefined;
    },
  };
};
