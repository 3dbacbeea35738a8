import { startRedis, type TestRedis } from "../../../kit/redis.ts";
import { until } from "../../../kit/until.ts";
import { keyOfLog, type Store, tryAsk } from "./store.ts";

const MASTERS = 3;
const SLOTS = 16_384;
const NODE_TIMEOUT_MS = 1_500;
const WAIT = { timeoutMs: 60_000, intervalMs: 50 } as const;
const KEYS_PER_STEP = 500;
const MIGRATE_MS = 10_000;

type Range = readonly [from: number, to: number, master: readonly [host: string, port: number, id: string]];

const isServing = async (node: TestRedis): Promise<boolean> =>
  String(await tryAsk(node, "CLUSTER", "INFO")).includes("cluster_state:ok");

/** A cluster of three masters with a replica each. */
export const startCluster = async (): Promise<Store> => {
  const args = ["--cluster-node-timeout", String(NODE_TIMEOUT_MS)];
  const nodes: TestRedis[] = [];
  while (nodes.length < 2 * MASTERS)
    nodes.push(await startRedis({ appendfsync: "everysec", cluster: true, slots: false, args }));
  const [first] = nodes;
  if (first === undefined) throw new Error("A cluster must have nodes.");
  for (const [index, node] of nodes.entries()) {
    await node.ask("CLUSTER", "SET-CONFIG-EPOCH", index + 1);
    if (node !== first) await node.ask("CLUSTER", "MEET", "127.0.0.1", first.port, first.busPort);
  }
  const masters = nodes.slice(0, MASTERS);
  for (const [index, master] of masters.entries()) {
    const [from, next] = [index, index + 1].map((place) => Math.floor((place * SLOTS) / MASTERS));
    await master.ask("CLUSTER", "ADDSLOTSRANGE", from ?? 0, (next ?? SLOTS) - 1);
  }
  const knowAll = async () => {
    const counts = await Promise.all(nodes.map((node) => tryAsk(node, "CLUSTER", "INFO")));
    return counts.every((info) => String(info).includes(`cluster_known_nodes:${nodes.length}`));
  };
  await until(knowAll, { ...WAIT, what: "every node knows the others" });
  for (const [index, replica] of nodes.slice(MASTERS).entries()) {
    const id = String(await masters[index]?.ask("CLUSTER", "MYID"));
    await until(() => replica.ask("CLUSTER", "REPLICATE", id).then(Boolean, () => false), WAIT);
  }
  const allServe = async () => (await Promise.all(nodes.map(isServing))).every(Boolean);
  await until(allServe, { ...WAIT, what: "the cluster serves all slots" });

  /** Nodes that were ended and are not back yet. */
  const away = new Set<TestRedis>();
  const living = () => nodes.filter((node) => !away.has(node));
  const nodeAt = (port: number): TestRedis | undefined => nodes.find((node) => node.port === port);
  const rangesOf = async (node: TestRedis) => ((await tryAsk(node, "CLUSTER", "SLOTS")) ?? []) as readonly Range[];
  const slotOfLog = async (): Promise<number> => {
    for (const node of living()) {
      const key = await keyOfLog(node);
      if (key !== undefined) return Number(await node.ask("CLUSTER", "KEYSLOT", key));
    }
    return 0;
  };

  /** The owner of a slot, if all living nodes agree on it. */
  const ownerOf = async (slot: number): Promise<TestRedis | null> => {
    const ports = await Promise.all(
      living().map(async (node) => (await rangesOf(node)).find(([from, to]) => from <= slot && slot <= to)?.[2][1]),
    );
    const [port] = ports;
    return port !== undefined && ports.every((each) => each === port) ? (nodeAt(port) ?? null) : null;
  };
  const master = async () => {
    const slot = await slotOfLog();
    return until(() => ownerOf(slot), { ...WAIT, what: "the nodes agree who has the log" });
  };

  /** A replica of a node that has everything. */
  const replicaOf = async (port: number): Promise<TestRedis | null> => {
    for (const node of living()) {
      const info = String(await tryAsk(node, "INFO", "replication"));
      if (info.includes(`master_port:${port}\r`) && info.includes("master_link_status:up")) return node;
    }
    return null;
  };
  const awaitReplica = (port: number) => until(() => replicaOf(port), { ...WAIT, what: "a replica has everything" });

  const awaitOtherOwner = (slot: number, port: number) =>
    until(async () => ((await ownerOf(slot))?.port ?? port) !== port, { ...WAIT, what: "another node has the log" });

  return {
    urlFor: () => `redis-cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(",")}`,
    url: `redis-cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(",")}`,
    relays: [],
    master,
    async loseMaster() {
      const slot = await slotOfLog();
      const lost = await master();
      await awaitReplica(lost.port);
      away.add(lost);
      await lost.kill();
      await awaitOtherOwner(slot, lost.port);
      await lost.restart();
      away.delete(lost);
      await until(allServe, { ...WAIT, what: "the cluster serves all slots" });
    },
    async handOver() {
      const slot = await slotOfLog();
      const { port } = await master();
      const replica = await awaitReplica(port);
      await replica.ask("CLUSTER", "FAILOVER");
      await awaitOtherOwner(slot, port);
    },
    async moveLog() {
      const slot = await slotOfLog();
      const from = await master();
      const owners = new Set((await rangesOf(from)).map(([, , [, port]]) => port));
      const to = nodes.find(({ port }) => owners.has(port) && port !== from.port);
      if (to === undefined) throw new Error("The cluster must have another master.");
      const [fromId, toId] = [String(await from.ask("CLUSTER", "MYID")), String(await to.ask("CLUSTER", "MYID"))];
      await to.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", fromId);
      await from.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", toId);
      for (;;) {
        const keys = (await from.ask("CLUSTER", "GETKEYSINSLOT", slot, KEYS_PER_STEP)) as readonly string[];
        if (keys.length === 0) break;
        await from.ask("MIGRATE", "127.0.0.1", to.port, "", 0, MIGRATE_MS, "REPLACE", "KEYS", ...keys);
      }
      for (const node of [to, from]) await node.ask("CLUSTER", "SETSLOT", slot, "NODE", toId);
      await awaitOtherOwner(slot, from.port);
    },
    async stop() {
      for (const node of nodes) await node.stop();
    },
  };
};
