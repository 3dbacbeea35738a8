import type { Subscription } from "../events/hub/hub.ts";
import { batchOf, type RenderedBatch, type Sink } from "../events/hub/subscription-spec.ts";
import type { GatewayError } from "../gateway/errors.ts";
import type { DeviceCommand } from "./command.ts";
import type { CommandKey, CommandTracker } from "./tracker.ts";

/** What identical subscriptions to a command share. */
export interface CommandSubscription {
  readonly key: string;
  readonly command: CommandKey;
  /** Renders a state, or why there is none; null means that the gateway knows no such command. Never rejects. */
  readonly render: (command: DeviceCommand | GatewayError | null) => Promise<Buffer>;
}

/**
 * Sends the state of a command to a sink, now and on every change until it is final, then completes the sink. A sink that does not
 * keep up gets the newest state when it has room again, and skips those between: at most one state waits for it.
 */
export type CommandFeed = (subscription: CommandSubscription, sink: Sink) => Subscription;

interface Subscriber {
  readonly sink: Sink;
  sent: RenderedBatch | undefined;
  draining: boolean;
}

interface Group {
  readonly subscribers: Set<Subscriber>;
  latest: RenderedBatch | undefined;
  ended: boolean;
  /** Renderings and deliveries run one after the other. */
  tail: Promise<void>;
  stop: () => void;
}

/** Creates a feed that renders each change once for all identical subscriptions. */
export const createCommandFeed = (tracker: CommandTracker, onFault: (error: unknown) => void): CommandFeed => {
  const groups = new Map<string, Group>();

  const deliver = (group: Group, subscriber: Subscriber): void => {
    const { sink, sent, draining } = subscriber;
    const { latest, ended } = group;
    if (draining || !group.subscribers.has(subscriber)) return;
    if (latest !== undefined && latest !== sent && sink.send(latest) === 0) {
      deliverWhenDrained(group, subscriber).catch(onFault);
      return;
    }
    subscriber.sent = latest;
    if (ended) sink.complete();
  };

  /** Nothing is delivered to a client that has gone; its connection ends the subscription. */
  const deliverWhenDrained = async (group: Group, subscriber: Subscriber) => {
    subscriber.draining = true;
    if (!(await subscriber.sink.drained())) return;
    subscriber.draining = false;
    deliver(group, subscriber);
  };

  const startGroup = ({ key, command, render }: CommandSubscription): Group => {
    const group: Group = {
      subscribers: new Set(),
      latest: undefined,
      ended: false,
      tail: Promise.resolve(),
      stop: () => {},
    };
    groups.set(key, group);
    const enqueue = (work: () => Promise<void>) => {
      group.tail = group.tail.then(work).catch(onFault);
    };
    const deliverToAll = () => {
      for (const subscriber of group.subscribers) deliver(group, subscriber);
    };
    const show = (state: DeviceCommand | GatewayError | null) =>
      enqueue(async () => {
        group.latest = batchOf([{ json: await render(state), cursor: "" }]);
        deliverToAll();
      });
    group.stop = tracker.watch(command, {
      onChange: show,
      onEnd(error) {
        if (error !== undefined) show(error);
        enqueue(async () => {
          groups.delete(key);
          group.ended = true;
          deliverToAll();
        });
      },
    });
    return group;
  };

  return (subscription, sink) => {
    const group = groups.get(subscription.key) ?? startGroup(subscription);
    const subscriber: Subscriber = { sink, sent: undefined, draining: false };
    group.subscribers.add(subscriber);
    deliver(group, subscriber);
    return {
      cursor: () => null,
      end() {
        group.subscribers.delete(subscriber);
        if (group.subscribers.size > 0) return;
        group.stop();
        if (groups.get(subscription.key) === group) groups.delete(subscription.key);
      },
    };
  };
};
