interface Limit {
  /** The variable that sets it. */
  readonly name: string;
  /** Its member of `ConfigLimits`. */
  readonly limit: string;
  readonly default: number;
  readonly max: number;
  readonly meaning: string;
}

const LIMIT_TABLE = [
  { name: "LIMIT_COST", limit: "cost", default: 100_000, max: 1e9, meaning: "Maximum cost of one operation." },
  { name: "LIMIT_DEPTH", limit: "depth", default: 12, max: 40, meaning: "Maximum depth of nested fields." },
  {
    name: "LIMIT_ALIASES",
    limit: "aliases",
    default: 100,
    max: 10_000,
    meaning: "Maximum number of aliased fields in a document.",
  },
  {
    name: "LIMIT_TOKENS",
    limit: "tokens",
    default: 4_000,
    max: 100_000,
    meaning: "Maximum number of tokens in a document.",
  },
  {
    name: "LIMIT_MUTATION_FIELDS",
    limit: "commands",
    default: 5,
    max: 100,
    meaning: "Maximum number of root fields in one mutation.",
  },
  {
    name: "LIMIT_OPERATIONS",
    limit: "operations",
    default: 1_000,
    max: 1e6,
    meaning: "Maximum number of concurrent queries and mutations per caller.",
  },
  {
    name: "LIMIT_CONNECTIONS",
    limit: "connections",
    default: 8_000,
    max: 1e6,
    meaning: "Maximum number of concurrent HTTP connections per address and per caller.",
  },
  {
    name: "LIMIT_SUBSCRIPTIONS",
    limit: "subscriptions",
    default: 10_000,
    max: 1e6,
    meaning: "Maximum number of concurrent subscriptions per caller, over all its connections.",
  },
  {
    name: "LIMIT_SOCKETS",
    limit: "sockets",
    default: 8_000,
    max: 1e6,
    meaning: "Maximum number of concurrent WebSockets per address and per caller.",
  },
  {
    name: "LIMIT_CREDENTIALS",
    limit: "credentials",
    default: 300,
    max: 1e6,
    meaning: "Maximum number of credentials that one caller may write per minute.",
  },
  {
    name: "LIMIT_DOORS",
    limit: "doors",
    default: 300,
    max: 1e6,
    meaning: "Maximum number of door commands that one caller may send per minute.",
  },
] as const satisfies readonly Limit[];

/** The limits that an operator can change; each is at least 1. */
export type ConfigLimits = Readonly<Record<(typeof LIMIT_TABLE)[number]["limit"], number>>;

/** Every limit with its variable, default and maximum. */
export const LIMIT_SETTINGS: readonly (Limit & (typeof LIMIT_TABLE)[number])[] = LIMIT_TABLE;

/** The default of every limit. */
export const DEFAULT_LIMITS = Object.fromEntries(
  LIMIT_TABLE.map(({ limit, default: initial }) => [limit, initial]),
) as ConfigLimits;

/** The limits as rows of the table of variables. */
export const LIMIT_VARIABLES = LIMIT_TABLE.map(({ name, default: initial, meaning }) => ({
  name,
  default: String(initial),
  secret: false as const,
  meaning,
}));
