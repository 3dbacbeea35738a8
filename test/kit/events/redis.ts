import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Redis } from "ioredis";
import { redisServer } from "../../../scripts/redis.ts";

export interface TestRedis {
  readonly port: number;
  /** Where the nodes of a cluster talk to each other. */
  readonly busPort: number;
  readonly url: string;
  /** Sends one command on a connection of its own. */
  readonly ask: (command: string, ...args: readonly (string | number)[]) => Promise<unknown>;
  /** Ends the process; by default as a crash does. */
  readonly kill: (signal?: NodeJS.Signals) => Promise<void>;
  /** Starts it again where it was: same port, same data. */
  readonly restart: (args?: readonly string[]) => Promise<void>;
  /** Signals the process without waiting for anything. */
  readonly signal: (signal: NodeJS.Signals) => void;
  readonly stop: () => Promise<void>;
}

export interface TestRedisOptions {
  /** When an append-only file is synchronised with the disk; without it nothing is kept. */
  readonly appendfsync?: "everysec" | "always";
  readonly password?: string;
  /** Further arguments of the command line. */
  readonly args?: readonly string[];
  /** A node of a cluster, and a whole cluster alone unless it has no slots. */
  readonly cluster?: boolean;
  readonly slots?: boolean;
  readonly port?: number;
}

/** Below those that the system gives to outgoing connections: a client that knocks at a dead port there may reach itself. */
export const freePort = async (): Promise<number> => {
  const port = 20_000 + Math.floor(Math.random() * 12_000);
  const server = createServer().listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch {
    return freePort();
  }
  server.close();
  await once(server, "close");
  return port;
};

/** Waits without the help of vitest, so that programs can start a Redis, too. */
const waitUntil = async (what: string, isSo: () => boolean | Promise<boolean>): Promise<void> => {
  const deadline = performance.now() + 15_000;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`${what}: waited in vain.`);
    await delay(5);
  }
};

/** Starts a Redis server with these arguments and waits until it takes connections. */
export const spawnRedis = async (args: readonly string[]): Promise<ChildProcess> => {
  const child = spawn(redisServer() ?? "redis-server", args, { stdio: ["ignore", "pipe", "inherit"] });
  let told = "";
  child.stdout.on("data", (chunk) => {
    if (told.length < 10_000) told += String(chunk);
  });
  const orphan = () => void child.kill("SIGKILL");
  process.once("exit", orphan);
  child.once("exit", () => process.off("exit", orphan));
  const isReady = () => {
    if (child.exitCode !== null) throw new Error(`Redis did not start: ${told}`);
    return /Ready to accept connections|monitor master/.test(told);
  };
  await waitUntil("Redis takes connections", isReady);
  return child;
};

export const killProcess = async (child: ChildProcess, signal: NodeJS.Signals): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  // A stopped process takes no other signal than SIGKILL before it goes on.
  if (signal !== "SIGKILL") child.kill("SIGCONT");
  await once(child, "exit");
};

/** A real Redis on loopback, with a directory of its own. */
export const startRedis = async (options: TestRedisOptions = {}): Promise<TestRedis> => {
  const { appendfsync, password, args = [], cluster = false, slots = cluster } = options;
  const dir = await mkdtemp(join(tmpdir(), "portico-redis-"));
  const port = options.port ?? (await freePort());
  const busPort = await freePort();
  const line = [
    "--port",
    String(port),
    "--bind",
    "127.0.0.1",
    "--dir",
    dir,
    "--save",
    "",
    "--repl-diskless-sync-delay",
    "0",
    ...args,
  ];
  if (appendfsync !== undefined) line.push("--appendonly", "yes", "--appendfsync", appendfsync);
  if (password !== undefined) line.push("--requirepass", password);
  if (cluster) line.push("--cluster-enabled", "yes", "--cluster-port", String(busPort));
  let child = await spawnRedis(line);

  const ask: TestRedis["ask"] = async (command, ...rest) => {
    const redis = new Redis({
      port,
      host: "127.0.0.1",
      ...(password === undefined ? {} : { password }),
      replyMapping: "legacy",
      enableReadyCheck: false,
    });
    redis.on("error", () => {});
    try {
      return await redis.call(command, ...rest);
    } finally {
      redis.disconnect();
    }
  };
  if (slots) {
    await ask("CLUSTER", "ADDSLOTSRANGE", 0, 16383);
    const isServing = async () => String(await ask("CLUSTER", "INFO")).includes("cluster_state:ok");
    await waitUntil("the cluster serves", isServing);
  }
  const login = password === undefined ? "" : `:${encodeURIComponent(password)}@`;
  return {
    port,
    busPort,
    url: `${cluster ? "redis-cluster" : "redis"}://${login}127.0.0.1:${port}`,
    ask,
    kill: (signal = "SIGKILL") => killProcess(child, signal),
    async restart(more = []) {
      child = await spawnRedis([...line, ...more]);
    },
    signal: (signal) => void child.kill(signal),
    async stop() {
      await killProcess(child, "SIGKILL");
      await rm(dir, { recursive: true, force: true });
    },
  };
};
