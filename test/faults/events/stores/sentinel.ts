import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { freePort } from "../../../kit/ports.ts";
import { killProcess, spawnRedis, startRedis, type TestRedis } from "../../../kit/redis.ts";
import { until } from "../../../kit/until.ts";
import { type Store, tryAsk } from "./store.ts";

const SENTINELS = 3;
const REPLICAS = 2;
const QUORUM = 2;
const DOWN_MS = 800;
const WAIT = { timeoutMs: 60_000, intervalMs: 50 } as const;

interface Sentinel {
  readonly port: number;
  readonly stop: () => Promise<void>;
}

const startSentinel = async (masterPort: number): Promise<Sentinel> => {
  const dir = await mkdtemp(join(tmpdir(), "portico-sentinel-"));
  const port = await freePort();
  const lines = [
    `port ${port}`,
    "bind 127.0.0.1",
    `dir ${dir}`,
    `sentinel monitor portico 127.0.0.1 ${masterPort} ${QUORUM}`,
    `sentinel down-after-milliseconds portico ${DOWN_MS}`,
    "sentinel failover-timeout portico 3000",
    "sentinel parallel-syncs portico 2",
  ];
  await writeFile(join(dir, "sentinel.conf"), lines.join("\n"));
  const child = await spawnRedis([join(dir, "sentinel.conf"), "--sentinel"]);
  return {
    port,
    async stop() {
      await killProcess(child, "SIGKILL");
      await rm(dir, { recursive: true });
    },
  };
};

/** A master with two replicas, and three sentinels. */
export const startSentinels = async (): Promise<Store> => {
  const first = await startRedis({ appendfsync: "everysec" });
  const servers: TestRedis[] = [first];
  while (servers.length <= REPLICAS) {
    const args = ["--replicaof", "127.0.0.1", String(first.port)];
    servers.push(await startRedis({ appendfsync: "everysec", args }));
  }
  const sentinels: Sentinel[] = [];
  while (sentinels.length < SENTINELS) sentinels.push(await startSentinel(first.port));
  const sentinel = new Redis({ port: sentinels[0]?.port ?? 0, host: "127.0.0.1", enableReadyCheck: false });
  sentinel.on("error", () => {});
  const addressOf = async () =>
    Number(((await sentinel.call("SENTINEL", "GET-MASTER-ADDR-BY-NAME", "portico")) as string[])[1]);

  const master = async (): Promise<TestRedis> => {
    const port = await addressOf();
    const found = servers.find((server) => server.port === port);
    if (found === undefined) throw new Error(`The sentinels name a master at ${port}.`);
    return found;
  };
  /** Whether all other servers replicate the master. */
  const isWhole = async () => {
    const { port } = await master();
    const others = servers.filter((server) => server.port !== port);
    const infos = await Promise.all(others.map(async (server) => String(await tryAsk(server, "INFO", "replication"))));
    return infos.every((info) => info.includes(`master_port:${port}\r`) && info.includes("master_link_status:up"));
  };
  const knowsAll = async () => {
    const [, facts] = await Promise.all([isWhole(), sentinel.call("SENTINEL", "MASTER", "portico")]);
    const list = facts as readonly string[];
    const valueOf = (name: string) => list[list.indexOf(name) + 1];
    return valueOf("num-slaves") === String(REPLICAS) && valueOf("num-other-sentinels") === String(SENTINELS - 1);
  };
  await until(knowsAll, { ...WAIT, what: "the sentinels know all servers" });
  const awaitWhole = () => until(isWhole, { ...WAIT, what: "all servers replicate the master" });
  const awaitOther = (port: number) =>
    until(async () => (await addressOf()) !== port, { ...WAIT, what: "the sentinels name another master" });
  const url = `redis-sentinel://${sentinels.map(({ port }) => `127.0.0.1:${port}`).join(",")}/portico`;

  return {
    urlFor: () => url,
    url,
    relays: [],
    master,
    async loseMaster() {
      await awaitWhole();
      const lost = await master();
      await lost.kill();
      await awaitOther(lost.port);
      await lost.restart(["--replicaof", "127.0.0.1", String(await addressOf())]);
      await awaitWhole();
    },
    async handOver() {
      await awaitWhole();
      const port = await addressOf();
      const order = () => sentinel.call("SENTINEL", "FAILOVER", "portico").then(Boolean, () => false);
      await until(order, { ...WAIT, what: "the sentinels take the order" });
      await awaitOther(port);
      await awaitWhole();
    },
    async stop() {
      sentinel.disconnect();
      for (const { stop } of sentinels) await stop();
      for (const server of servers) await server.stop();
    },
  };
};
