import { type AccountConfig, readAccounts } from "../config/accounts.ts";
import type { Config } from "../config/config.ts";
import type { RedisTarget } from "../config/redis-url.ts";
import { createGatewayClient } from "../gateway/client.ts";
import { readTokenFile } from "../gateway/token-file.ts";
import { startScriptRunner } from "../redis/script-runner.ts";
import { connectReason, systemCodeOf } from "../runtime/connect-fault.ts";

/** Whether one of the servers that Portico depends on answers. */
export interface ConnectionReport {
  /** The server, without credentials. */
  readonly name: string;
  /** One sentence; null if it answers. */
  readonly fault: string | null;
  /** How long that took. */
  readonly ms: number;
}

const TIMEOUT_MS = 10_000;

/** Calls the gateway of each account, Redis and the issuer of tokens, all at the same time. The embedded sandbox is not called. */
export const connectionReports = async (config: Config): Promise<readonly ConnectionReport[]> => {
  const { gateway, accountsFile, redis, access } = config;
  const accounts = gateway === null && accountsFile === null ? [] : await readAccounts(config, null);
  const keys = access.jwt?.keys;
  return Promise.all([
    ...accounts.map((account) => report(`gateway ${account.url}, account ${account.name}`, () => callGateway(account))),
    ...(redis === null ? [] : [report(`Redis ${addressOf(redis)}`, () => callRedis(redis))]),
    ...(keys?.kind === "url" ? [report(`keys ${keys.url}`, () => fetchKeys(keys.url))] : []),
  ]);
};

const report = async (name: string, work: () => Promise<unknown>): Promise<ConnectionReport> => {
  const startedAt = performance.now();
  const fault = await work().then(
    () => null,
    (error: Error) => error.message,
  );
  return { name, fault, ms: Math.round(performance.now() - startedAt) };
};

const callGateway = async ({ url, authToken, authTokenFile }: AccountConfig): Promise<void> => {
  const account = authTokenFile === null ? (authToken ?? "") : await readTokenFile(authTokenFile.path);
  const client = createGatewayClient({ url, tokens: { account, devices: new Map() }, deadlineMs: TIMEOUT_MS });
  try {
    await client.call("ListDevices", { Limit: 1 });
  } finally {
    await client.stop();
  }
};

const addressOf = ({ nodes }: RedisTarget): string => nodes.map(({ host, port }) => `${host}:${port}`).join(",");

const callRedis = async (target: RedisTarget): Promise<void> => {
  const runner = await startScriptRunner(target, "portico", "portico-check", "event log");
  try {
    await runner.run("return 1", ["portico"], []);
  } finally {
    await runner.stop();
  }
};

const fetchKeys = async (url: string): Promise<void> => {
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) }).catch((error: Error) => {
    const code = systemCodeOf(error);
    const reason =
      code === undefined ? `: ${(error.cause as Error | undefined)?.message ?? error.message}` : connectReason(code);
    throw new Error(`The issuer cannot be reached${reason}.`);
  });
  const body: unknown = response.ok ? await response.json() : null;
  if (!response.ok) throw new Error(`The status must be 200; received ${response.status}.`);
  if (typeof body !== "object" || body === null || !("keys" in body) || !Array.isArray(body.keys))
    throw new Error('The answer must be a JSON Web Key Set with "keys".');
};
