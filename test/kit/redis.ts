import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { redisServer } from "../../scripts/redis.ts";
import { freePort } from "./ports.ts";
import { until } from "./until.ts";

export interface TestRedis {
  readonly port: number;
  /** Port of the cluster bus. */
  readonly busPort: number;
  readonly url: string;
  /** Sends one command on a connection of its own. */
  readonly ask: (command: string, ...args: readonly (string | number)[]) => Promise<unknown>;
  /**
   * Ends the process, as a crash does.
   * @default "SIGKILL"
   */
  readonly kill: (signal?: NodeJS.Signals) => Promise<void>;
  /** Starts it again on the same port, with the same data. */
  readonly restart: (args?: readonly string[]) => Promise<void>;
  /** Sends a signal to the process and does not wait. */
  readonly signal: (signal: NodeJS.Signals) => void;
  readonly stop: () => Promise<void>;
}

export interface TestRedisOptions {
  /** Turns on the append-only file and says when it is synchronized with the disk; without it Redis keeps nothing. */
  readonly appendfsync?: "everysec" | "always";
  readonly password?: string;
  /** More arguments of the command line. */
  readonly args?: readonly string[];
  /** Starts a node of a cluster. */
  readonly cluster?: boolean;
  /**
   * Whether the node serves all slots, and so is a whole cluster by itself.
   * @default the value of `cluster`
   */
  readonly slots?: boolean;
  /** @default a free port */
  readonly port?: number;
}

const STARTED = { timeoutMs: 15_000 } as const;

/** Starts a Redis server with these arguments and waits until it accepts connections. */
export const spawnRedis = async (args: readonly string[]): Promise<ChildProcess> => {
  const child = spawn(redisServer() ?? "redis-server", args, { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.on("data", (chunk) => {
    if (output.length < 10_000) output += String(chunk);
  });
  const killOrphan = () => void child.kill("SIGKILL");
  process.once("exit", killOrphan);
  child.once("exit", () => process.off("exit", killOrphan));
  const isReady = () => {
    if (child.exitCode !== null) throw new Error(`Redis did not start: ${output}`);
    return /Ready to accept connections|monitor master/.test(output);
  };
  await until(isReady, { ...STARTED, what: "Redis accepts connections" });
  return child;
};

export const killProcess = async (child: ChildProcess, signal: NodeJS.Signals): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  // A stopped process handles no signal but SIGKILL until it continues.
  if (signal !== "SIGKILL") child.kill("SIGCONT");
  await once(child, "exit");
};

/** A real Redis on loopback, with its own directory. */
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
    await until(isServing, { ...STARTED, what: "the cluster serves all slots" });
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
