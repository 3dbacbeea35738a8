import { connect as connectTcp, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { connect as connectTls } from "node:tls";
import { AbstractConnector, Redis, type RedisOptions } from "ioredis";
import type { RedisAddress } from "../config/redis-url.ts";

/** The option selects the types of replies. */
export type ClientOptions = RedisOptions & { readonly replyMapping: "legacy" };

type Emit = (type: string, error: Error) => void;

export interface SlotConnectorOptions {
  /** Nodes to ask first. */
  readonly seeds: readonly RedisAddress[];
  readonly key: string;
  /** How to talk to the nodes. */
  readonly options: ClientOptions;
  /** How long a socket may take to close gracefully. */
  readonly closeMs: number;
  readonly backoff: (attempt: number) => number;
}

/**
 * Connects to the node of a cluster that has a key, and looks it up for each connection. All keys of a client are in one slot:
 * it needs one plain connection, which fails and recovers in the same way as a connection to a single server.
 */
export const slotConnector = ({
  seeds,
  key,
  options,
  closeMs,
  backoff,
}: SlotConnectorOptions): (new () => AbstractConnector) => {
  let known: readonly RedisAddress[] = [];

  const ownerAccordingTo = async (node: RedisAddress): Promise<RedisAddress> => {
    const redis = new Redis({ ...options, ...node, enableOfflineQueue: true, retryStrategy: () => null });
    let failure: Error | undefined;
    redis.on("error", (error: Error) => {
      failure = error;
    });
    try {
      const [slot, ranges] = await Promise.all([redis.cluster("KEYSLOT", key), slotsOf(redis)]);
      const nodes = mastersOf(ranges, node);
      known = nodes.map(({ master }) => master);
      const owner = nodes.find(({ from, to }) => from <= slot && slot <= to);
      if (owner === undefined) throw new Error("No node of the cluster serves our slot.");
      return owner.master;
    } catch (error) {
      throw failure ?? error;
    } finally {
      redis.disconnect();
    }
  };

  const findNode = async (isConnecting: () => boolean, emit: Emit): Promise<RedisAddress> => {
    for (let attempt = 1; isConnecting(); attempt += 1) {
      for (const node of [...known, ...seeds]) {
        try {
          return await ownerAccordingTo(node);
        } catch (error) {
          emit("error", error as Error);
        }
      }
      await delay(backoff(attempt));
    }
    throw new Error("Connection is closed.");
  };

  return class SlotConnector extends AbstractConnector {
    constructor() {
      super(closeMs);
    }

    override async connect(emit: Emit): Promise<Socket> {
      this.connecting = true;
      const node = await findNode(() => this.connecting, emit);
      if (!this.connecting) throw new Error("Connection is closed.");
      this.stream = options.tls === undefined ? connectTcp(node) : connectTls({ ...node, ...options.tls });
      this.stream.once("error", (error) => {
        this.firstError = error;
      });
      return this.stream;
    }
  };
};

type Ranges = Awaited<ReturnType<typeof slotsOf>>;

const slotsOf = (redis: Redis) => redis.cluster("SLOTS");

/** A node that does not know its own address leaves it empty: it has the address at which it was asked. */
const mastersOf = (ranges: Ranges, asked: RedisAddress) =>
  ranges.map(([from, to, master]) => ({
    from,
    to,
    master: { host: master?.[0] || asked.host, port: master?.[1] ?? asked.port },
  }));
