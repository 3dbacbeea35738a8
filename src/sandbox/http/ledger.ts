/** One request that the gateway received; the members that are known later are filled in when they are. */
export interface LedgerEntry {
  readonly seq: number;
  /** Sandbox time of its arrival. */
  readonly at: number;
  /** Real time of its arrival. */
  readonly realAt: number;
  readonly operation: string;
  readonly method: string;
  /** Whose token came; null when none was accepted. Never the token itself. */
  scope: "account" | `device ${string}` | null;
  /** The members without secrets; null while unread. */
  input: Readonly<Record<string, unknown>> | null;
  operationId: string | null;
  /** Whether the operation was carried out, whatever was answered. */
  performed: boolean;
  /** HTTP status answered; null when nothing was answered (yet). */
  http: number | null;
  /** Status code answered. */
  code: number | null;
  /** The fault that was applied. */
  fault: string | null;
  /** Real milliseconds until the answer was handed over. */
  milliseconds: number | null;
  /** What broke inside the sandbox, behind a 500. */
  error: string | null;
}

interface LedgerFilter {
  readonly operation?: string | undefined;
  /** Only entries with a higher `seq`. */
  readonly since?: number | undefined;
}

/** Every request received, in order. Nothing in it can be changed or removed from outside. */
export interface Ledger {
  readonly entries: (filter?: LedgerFilter) => readonly Readonly<LedgerEntry>[];
  /** The last `seq`: to be given as `since` later. */
  readonly marker: () => number;
}

const SECRETS = new Set([
  "Password",
  "Template",
  "Templates",
  "Photo",
  "AuthToken",
  "CallbackToken",
  "SecurityKey",
  "SigningSecret",
  "Data",
]);

type Members = Readonly<Record<string, unknown>>;

const cleaned = (name: string, value: unknown): unknown => {
  if (SECRETS.has(name)) return "[redacted]";
  if (Array.isArray(value)) return value.map((each) => cleaned("", each));
  return typeof value === "object" && value !== null ? redact(value as Members) : value;
};

/** The members with every secret replaced, however deep. */
export const redact = (members: Members): Members =>
  Object.fromEntries(Object.entries(members).map(([name, value]) => [name, cleaned(name, value)]));

export interface LedgerBook extends Ledger {
  readonly open: (facts: Pick<LedgerEntry, "at" | "operation" | "method">) => LedgerEntry;
}

/** Keeps so many entries, the newest. */
export const createLedger = (limit: number): LedgerBook => {
  let entries: LedgerEntry[] = [];
  let seq = 0;
  return {
    open(facts) {
      const entry: LedgerEntry = {
        seq: ++seq,
        ...facts,
        realAt: Date.now(),
        scope: null,
        input: null,
        operationId: null,
        performed: false,
        http: null,
        code: null,
        fault: null,
        milliseconds: null,
        error: null,
      };
      entries.push(entry);
      if (entries.length > limit * 2) entries = entries.slice(-limit);
      return entry;
    },
    entries: ({ operation, since = 0 } = {}) =>
      entries
        .filter((entry) => entry.seq > since && (operation === undefined || entry.operation === operation))
        .map((entry) => ({ ...entry })),
    marker: () => seq,
  };
};
