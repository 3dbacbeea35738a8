import { z } from "zod";

/** How a fault shows. Those marked * replace the answer, before the operation is carried out unless `afterEffect`. */
const KINDS = [
  "429", // * `retryAfter` in seconds, as an HTTP date where `asDate`, or any text
  "5xx", // * `status`
  "unauthenticated", // * 401/7
  "echo", // * `status`, with the caller's token in the message
  "html", // * `status`, a page instead of JSON
  "giant", // * `bytes` of JSON
  "hang", // * no answer, until the caller gives up
  "endlessHeaders", // * headers up to `bytes`
  "resetBefore", // * the connection is reset, nothing is carried out
  "resetAfter", // carried out, then the connection is reset
  "resetDuring", // carried out, then reset in the middle of the body
  "brokenJson", // the answer, cut off
  "sloppy", // the answer with numbers as text, members in lower case and unknown ones added
  "hostileKeys", // the answer with `__proto__` and `constructor` members
  "duplicateHeaders", // the answer with headers sent twice
  "drip", // the answer, `bytes` every `ms`
  "delay", // the answer, `ms` later
] as const;

export type FaultKind = (typeof KINDS)[number];

export const FaultRule = z.object({
  /** An operation, or `*`. */
  operation: z.string().default("*"),
  /** Only requests that name this device. */
  device: z.string().optional(),
  /** How many requests it hits; null: all, until it is removed. */
  times: z.int().min(1).nullable().default(1),
  /** How many requests it lets pass first. */
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

/** Rules that make the gateway misbehave; the oldest rule that fits a request applies, one to a request. */
export interface Faults {
  /** Answers the id of the new rule. */
  readonly add: (rule: FaultInput) => string;
  readonly list: () => readonly Fault[];
  /** Removes one rule, or all. */
  readonly clear: (id?: string) => void;
}

interface Counted {
  readonly fault: Fault;
  skip: number;
  left: number;
}

export interface FaultBook extends Faults {
  /** The fault that this request meets; counts it. */
  readonly meet: (operation: string, devices: readonly string[]) => Fault | undefined;
}

export const createFaults = (): FaultBook => {
  let rules: Counted[] = [];
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
    meet(operation, devices) {
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
