import { EventEmitter, on } from "node:events";
import type { GatewayConfigContext } from "@graphql-hive/gateway-runtime";

type PubSub = NonNullable<GatewayConfigContext["pubsub"]>;

/** An in-memory pub/sub for callbacks inside the gateway. The gateway's own package needs an older Redis client. */
export const createPubSub = (): PubSub => {
  const bus = new EventEmitter();
  bus.setMaxListeners(0);
  const subscribe = (topic: string, listener?: (data: unknown) => void) => {
    if (listener === undefined) return dataOf(on(bus, topic));
    bus.on(topic, listener);
    return () => void bus.off(topic, listener);
  };
  const dispose = () => void bus.removeAllListeners();
  return {
    publish: (topic, data) => void bus.emit(String(topic), data),
    subscribedTopics: () => bus.eventNames().map(String),
    subscribe: subscribe as PubSub["subscribe"],
    dispose,
    [Symbol.asyncDispose]: async () => dispose(),
  };
};

async function* dataOf(emitted: AsyncIterable<readonly unknown[]>): AsyncIterable<unknown> {
  for await (const [data] of emitted) yield data;
}
