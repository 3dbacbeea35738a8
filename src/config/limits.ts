interface Limit {
  readonly name: string;
  readonly limit: string;
  readonly default: number;
  readonly most: number;
  readonly meaning: string;
}

const NUMBERS = [
  { name: "LIMIT_COST", limit: "cost", default: 100_000, most: 1e9, meaning: "What one operation may cost." },
  { name: "LIMIT_DEPTH", limit: "depth", default: 12, most: 40, meaning: "Levels of fields below each other." },
  { name: "LIMIT_ALIASES", limit: "aliases", default: 100, most: 10_000, meaning: "Fields with an alias." },
  { name: "LIMIT_TOKENS", limit: "tokens", default: 4_000, most: 100_000, meaning: "Tokens of a document." },
  { name: "LIMIT_MUTATION_FIELDS", limit: "commands", default: 5, most: 100, meaning: "Fields in one mutation." },
  {
    name: "LIMIT_OPERATIONS",
    limit: "operations",
    default: 1_000,
    most: 1e6,
    meaning: "Queries and mutations of one caller at a time.",
  },
  {
    name: "LIMIT_SUBSCRIPTIONS",
    limit: "subscriptions",
    default: 10_000,
    most: 1e6,
    meaning: "Subscriptions of one caller at a time.",
  },
  {
    name: "LIMIT_SOCKETS",
    limit: "sockets",
    default: 8_000,
    most: 1e6,
    meaning: "WebSockets of one address, and of one caller, at a time.",
  },
  {
    name: "LIMIT_CREDENTIALS",
    limit: "credentials",
    default: 300,
    most: 1e6,
    meaning: "Commands of one caller in a minute that write credentials.",
  },
  {
    name: "LIMIT_DOORS",
    limit: "doors",
    default: 300,
    most: 1e6,
    meaning: "Commands of one caller in a minute that move doors.",
  },
] as const satisfies readonly Limit[];

/** The limits that an operator may change; each is at least 1. */
export type ConfigLimits = Readonly<Record<(typeof NUMBERS)[number]["limit"], number>>;

export const LIMIT_SETTINGS: readonly (Limit & (typeof NUMBERS)[number])[] = NUMBERS;

export const DEFAULT_LIMITS = Object.fromEntries(
  NUMBERS.map(({ limit, default: initial }) => [limit, initial]),
) as ConfigLimits;

/** As they stand among all variables. */
export const LIMIT_VARIABLES = NUMBERS.map(({ name, default: initial, meaning }) => ({
  name,
  default: String(initial),
  secret: false,
  meaning,
}));
