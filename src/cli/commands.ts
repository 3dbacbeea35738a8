import type { ProgramCommand } from "./command.ts";

/** Every command by name. A name of two words is an argument of a group. */
export const COMMANDS: Readonly<Record<string, ProgramCommand>> = {
  start: {
    usage: "start",
    summary: "Start the server. This is the default.",
    args: 0,
    flags: {},
    serves: true,
    load: async () => (await import("./start.ts")).start,
  },
  sandbox: {
    usage: "sandbox",
    summary: "Start the embedded gateway alone, on SANDBOX_PORT.",
    args: 0,
    flags: {},
    serves: true,
    load: async () => (await import("./sandbox.ts")).sandbox,
  },
  check: {
    usage: "check [--connect]",
    summary: "Check the configuration and the files that it names, and report every fault at once.",
    args: 0,
    flags: { connect: { type: "boolean", meaning: "also reach the gateway, Redis and the issuer of tokens" } },
    load: async () => (await import("./check.ts")).check,
  },
  schema: {
    usage: "schema [--client | --subgraph]",
    summary: "Print the schema.",
    args: 0,
    flags: {
      client: { type: "boolean", meaning: "the schema that clients read (default)" },
      subgraph: { type: "boolean", meaning: "the schema that a supergraph is composed of" },
    },
    load: async () => (await import("./schema.ts")).schema,
  },
  "keys new": {
    usage: "keys new --name <name> --scopes <scopes> [--account <account>] [--expires <time>]",
    summary: "Create an API key, and print it with its entry for ACCESS_API_KEYS_FILE.",
    args: 0,
    flags: {
      name: { type: "string", value: "name", meaning: "who uses the key" },
      scopes: { type: "string", value: "scopes", meaning: "comma-separated scopes, such as users:read" },
      account: { type: "string", value: "account", meaning: "the account of the gateway (default: default)" },
      expires: { type: "string", value: "time", meaning: "when it expires, such as 2027-01-31T00:00:00Z" },
    },
    load: async () => (await import("./keys.ts")).newKey,
  },
  conformance: {
    usage: "conformance <url>",
    summary: "Compare the answers of a gateway with the contract, by reads only. The token is in GATEWAY_AUTH_TOKEN.",
    args: 1,
    flags: {},
    load: async () => (await import("./conformance.ts")).conformance,
  },
  health: {
    usage: "health [--ready]",
    summary: "Ask the server of this configuration whether it is alive; exit code 1 if it is not.",
    args: 0,
    flags: { ready: { type: "boolean", meaning: "whether it is ready to receive requests" } },
    load: async () => (await import("./health.ts")).health,
  },
};
