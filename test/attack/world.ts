import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SCOPES } from "../../src/schema/kernel/viewer.ts";
import { startRedis, type TestRedis } from "../kit/redis.ts";
import { AUDIENCE, bearer, ISSUER, keyFile, keyOf, keySet } from "../kit/portico/callers.ts";
import { type RemoteSandbox, startRemoteSandbox } from "../proofs/sandbox.ts";
import { CANARIES } from "./canaries.ts";
import { type Program, startProgram } from "./program.ts";

/** The callers by the name of their API key. */
const CALLERS = {
  /** Has all scopes. */
  ada: { scopes: SCOPES },
  /** Has all scopes and its own quotas, for cases that exceed limits. */
  mallory: { scopes: SCOPES },
  reader: { scopes: ["attendance:read"] },
  /** Belongs to the other account. */
  sven: { scopes: SCOPES, account: "south" },
  late: { scopes: SCOPES, expiresAt: "2020-01-01T00:00:00Z" },
} as const;

export type CallerName = keyof typeof CALLERS;

/** A base URL and a caller's credentials. */
export interface Target {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The attacked environment: a process with two accounts of two gateways, and one that only routers may call. */
export interface World {
  readonly file: URL;
  readonly program: Program;
  /** Accepts only requests that a router has signed. Callers present tokens signed with a secret. */
  readonly routed: Program;
  readonly north: RemoteSandbox;
  readonly south: RemoteSandbox;
  readonly redis: TestRedis;
  /** The program with the credentials of a caller. */
  readonly as: (name: CallerName) => Target;
  /** The callback URL of the first account's gateway. */
  readonly callbackUrl: string;
  readonly stop: () => Promise<void>;
}

export const START = Date.parse("2026-06-21T04:00:00Z");
export const SOCKETS = 300;
/** A device of the first account that the other one does not have. */
export const NORTH_ONLY = "SN7X0000011";

const portOf = (url: string): number => Number(new URL(url).port);

/** Starts the environment. `env` adds settings to those of the program. */
export const startWorld = async (file: URL, env: Readonly<Record<string, string>> = {}): Promise<World> => {
  const folder = await mkdtemp(join(tmpdir(), "portico-attack-"));
  const writeConfig = async (name: string, value: string) => {
    await writeFile(join(folder, name), value);
    return join(folder, name);
  };
  const gateway = { start: START, acknowledgeMs: 10, people: 60 };
  const north = await startRemoteSandbox({
    ...gateway,
    devices: 11,
    seed: 1,
    accountToken: CANARIES["token of the gateway"],
  });
  const south = await startRemoteSandbox({ ...gateway, seed: 2, accountToken: CANARIES["token of another gateway"] });
  const redis = await startRedis({
    appendfsync: "everysec",
    password: CANARIES["password of Redis"],
    args: ["--rdbcompression", "no"],
  });
  const upstream = [portOf(north.url), portOf(south.url)];
  const accounts = [
    {
      name: "default",
      url: north.url,
      authToken: north.token,
      callbackSecret: CANARIES["path of callbacks"],
      callbackSigningSecret: CANARIES["key that signs callbacks"],
    },
    { name: "south", url: south.url, authToken: south.token, callbackSecret: CANARIES["path of other callbacks"] },
  ];
  const common = {
    REDIS_URL: redis.url,
    LINK_SECRET: CANARIES["key that signs links"],
    ACCESS_JWT_ISSUER: ISSUER,
    ACCESS_JWT_AUDIENCE: AUDIENCE,
  };
  const program = await startProgram({
    file,
    upstream,
    env: {
      ...common,
      GATEWAY_ACCOUNTS_FILE: await writeConfig("accounts.json", JSON.stringify(accounts)),
      ACCESS_API_KEYS_FILE: await writeConfig("keys.json", keyFile(CALLERS)),
      ACCESS_JWT_KEY_FILE: await writeConfig("jwks.json", JSON.stringify(keySet())),
      LIMIT_SOCKETS: String(SOCKETS),
      ...env,
    },
  });
  const routed = await startProgram({
    file,
    upstream,
    env: {
      ...common,
      GATEWAY_URL: north.url,
      GATEWAY_AUTH_TOKEN: north.token,
      CALLBACK_SECRET: CANARIES["path of callbacks"],
      ACCESS_JWT_SECRET: CANARIES["secret of tokens"],
      SUBGRAPH_ROUTER_KEYS: CANARIES["key of routers"],
      INTROSPECTION: "off",
    },
  });
  return {
    file,
    program,
    routed,
    north,
    south,
    redis,
    as: (name) => ({ url: program.url, headers: bearer(keyOf(name)) }),
    callbackUrl: `${program.url}/callbacks/${CANARIES["path of callbacks"]}`,
    async stop() {
      await Promise.all([program.stop(), routed.stop()]);
      await Promise.all([north.stop(), south.stop(), redis.stop()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
};
