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
  /** Port on which the nodes of a cluster talk to each other. */
  readonly busPort: number;
  readonly url: string;
  /** Sends one command on a connection of its own. */
  readonly ask: (command: string, ...args: readonly (string | number)[]) => Promise<unknown>;
  /** Ends the process. @default SIGKILL, as in a crash */
  readonly kill: (signal?: NodeJS.Signals) => Promise<void>;
  /** Starts it again with the same port and data. */
  readonly restart: (args?: readonly string[]) => Promise<void>;
  /** Sends a signal to the process, and does not wait. */
  readonly signal: (signal: NodeJS.Signals) => void;
  readonly stop: () => Promise<void>;
}

export interface TestRedisOptions {
  /** When the append-only file is synchronized with the disk; without this option there is no such file. */
  readonly appendfsync?: "everysec" | "always";
  readonly password?: string;
  /** Further arguments of the command line. */
  readonly args?: readonly string[];
  /** Starts a node of a cluster; unless `slots` is false, it is a whole cluster by itself. */
  readonly cluster?: boolean;
  readonly slots?: boolean;
  readonly port?: number;
}

/** Finds a port below those of outgoing connections: a client that connects to a closed port there may reach itself. */
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

/** Waits without vitest, so that programs can start a Redis too. */
const waitUntil = async (what: string, isSo: () => boolean | Promise<boolean>): Promise<void> => {
  const deadline = performance.now() + 15_000;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`${what} did not happen within 15 s.`);
    await delay(5);
  }
};

/** Starts a Redis server with these arguments, and waits until it accepts connections. */
export const spawnRedis = async (args: readonly string[]): Promise<ChildProcess> => {
  const child = spawn(redisServer() ?? "redis-server", args, { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.on("data", (chunk) => {
    if (output.length < 10_000) output += String(chunk);
  });
  const orphan = () => void child.kill("SIGKILL");
  process.once("exit", orphan);
  child.once("exit", () => process.off("exit", orphan));
  const isReady = () => {
    if (child.exitCode !== null) throw new Error(`Redis did not start: ${output}`);
    return /Ready to accept connections|monitor master/.test(output);
  };
  await waitUntil("Acceptance of connections by Redis", isReady);
  return child;
};

export const killProcess = async (child: ChildProcess, signal: NodeJS.Signals): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  // A suspended process handles no signal but SIGKILL until it continues.
  if (signal !== "SIGKILL") child.kill("SIGCONT");
  await once(child, "exit");
};

/** Starts a real Redis on loopback, with its own directory. */
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
    await waitUntil("Service by the cluster", isServing);
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
