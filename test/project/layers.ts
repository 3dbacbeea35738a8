/** Allowed imports by name: the key may import the values. */
export type ImportTable = Readonly<Record<string, readonly string[]>>;

/** The layers of src and the layers that each may import. A file directly in src is a layer. docs/architecture.md has the same table. */
export const LAYERS: ImportTable = {
  "error-codes.ts": [],
  execution: [],
  runtime: [],
  config: [],
  contract: [],
  redis: ["config", "runtime"],
  gateway: ["contract", "runtime"],
  loaders: ["contract", "gateway"],
  events: ["config", "contract", "redis", "runtime"],
  commands: ["config", "contract", "events", "gateway", "redis"],
  schema: ["commands", "contract", "events", "gateway", "loaders", "runtime"],
  server: [
    "commands",
    "config",
    "contract",
    "error-codes.ts",
    "events",
    "execution",
    "gateway",
    "redis",
    "runtime",
    "schema",
  ],
  sandbox: ["contract"],
  client: ["error-codes.ts"],
  app: ["commands", "config", "events", "gateway", "loaders", "redis", "runtime", "sandbox", "schema", "server"],
  conformance: ["contract"],
  cli: ["app", "config", "conformance", "gateway", "redis", "runtime", "sandbox", "schema", "server"],
  "main.ts": ["cli", "runtime"],
  "index.ts": ["app", "config", "sandbox"],
};

/** The rooms of a layer and the rooms of the same layer that each may import. docs/architecture.md has the same tables. */
export const ROOMS: Readonly<Record<string, ImportTable>> = {
  client: {
    core: [],
    "index.ts": ["core"],
    adapters: ["core"],
  },
  events: {
    "cursor.ts": [],
    "event.ts": [],
    log: ["cursor.ts", "event.ts"],
    hub: ["cursor.ts", "event.ts", "log"],
    ingress: ["event.ts", "log"],
    backfill: ["ingress", "log"],
  },
  schema: {
    kernel: [],
    command: ["kernel"],
    device: ["command", "kernel"],
    user: ["command", "device", "kernel"],
    attendance: ["device", "kernel", "user"],
    access: ["attendance", "command", "device", "kernel", "user"],
    realtime: ["attendance", "command", "device", "kernel", "user"],
    system: ["kernel"],
    federation: ["access", "attendance", "command", "device", "kernel", "user"],
    "index.ts": ["access", "attendance", "command", "device", "federation", "kernel", "realtime", "system", "user"],
  },
  server: {
    http: [],
    identity: ["http"],
    admission: ["http", "identity"],
    execution: ["admission", "http", "identity"],
    subscriptions: ["admission", "execution", "identity"],
    transports: ["admission", "execution", "http", "identity", "subscriptions"],
    routes: ["http"],
  },
};
