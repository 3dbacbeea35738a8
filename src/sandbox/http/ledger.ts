/** One request that the gateway received. Mutable members are filled in when they become known. */
export interface LedgerEntry {
  readonly seq: number;
  /** Sandbox time of arrival, in milliseconds since 1970 UTC. */
  readonly at: number;
  /** Real time of arrival, in milliseconds since 1970 UTC. */
  readonly realAt: number;
  readonly operation: string;
  readonly method: string;
  /** The owner of the token, never the token itself; null if no token was accepted. */
  scope: "account" | `device ${string}` | null;
  /** The members without secrets; null until they are read. */
  input: Readonly<Record<string, unknown>> | null;
  operationId: string | null;
  /** Whether the operation was executed, regardless of the reply. */
  performed: boolean;
  /** HTTP status of the reply; null until there is one. */
  http: number | null;
  /** Status code of the reply. */
  code: number | null;
  /** The kind of fault that was applied. */
  fault: string | null;
  /** Real milliseconds until the reply was ready to send. */
  milliseconds: number | null;
  /** The internal error behind a 500. */
  error: string | null;
}

export interface LedgerFilter {
  readonly operation?: string | undefined;
  /** Only entries with a higher `seq`. */
  readonly since?: number | undefined;
}

/** Every request received, in order. Callers cannot change or remove entries. */
export interface Ledger {
  readonly entries: (filter?: LedgerFilter) => readonly Readonly<LedgerEntry>[];
  /** Returns the last `seq`, for a later `since`. */
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

const redactValue = (name: string, value: unknown): unknown => {
  if (SECRETS.has(name)) return "[redacted]";
  if (Array.isArray(value)) return value.map((each) => redactValue("", each));
  return typeof value === "object" && value !== null ? redactMembers(value as Members) : value;
};

/** Returns the members with every secret replaced, at any depth. */
export const redactMembers = (members: Members): Members =>
  Object.fromEntries(Object.entries(members).map(([name, value]) => [name, redactValue(name, value)]));

/** The ledger as the server writes it. */
export interface LedgerWriter extends Ledger {
  readonly open: (facts: Pick<LedgerEntry, "at" | "operation" | "method">) => LedgerEntry;
}

/** Creates a ledger that keeps at least the newest `limit` entries. */
export const createLedger = (limit: number): LedgerWriter => {
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
