import { setMaxListeners } from "node:events";
import { useServer } from "graphql-ws/use/ws";
import { createPubSub, createSchema, filter, pipe } from "graphql-yoga";
import { WebSocketServer } from "ws";
import { beMeasured } from "./measured.ts";
import { createToldServer, listen } from "./told.ts";

/** Subscriptions as the documentation of graphql-ws wires them, each executed for itself. */

interface PunchAdded {
  readonly punch: { readonly device: { readonly serialNumber: string } };
}

// One for each subscriber; the warning is about ten.
setMaxListeners(0);

const pubSub = createPubSub<{ punch: [PunchAdded] }>();

const schema = createSchema({
  typeDefs: `
    type Query { isHere: Boolean! }
    type User { employeeCode: String! }
    type Device { serialNumber: String! }
    type Punch { id: ID! at: String! localTime: String! direction: String! method: String! user: User! device: Device! }
    type PunchAdded { cursor: String! occurredAt: String! receivedAt: String! replayed: Boolean! gap: Boolean! punch: Punch! }
    type Subscription { punchAdded(serialNumbers: [String!]): PunchAdded! }`,
  resolvers: {
    Subscription: {
      punchAdded: {
        subscribe: (_root: unknown, { serialNumbers }: { serialNumbers?: readonly string[] | null }) =>
          pipe(
            pubSub.subscribe("punch"),
            filter(({ punch }) => serialNumbers == null || serialNumbers.includes(punch.device.serialNumber)),
          ),
        resolve: (event: PunchAdded) => event,
      },
    },
  },
});

const server = createToldServer((body) => {
  for (const event of JSON.parse(body) as readonly PunchAdded[]) pubSub.publish("punch", event);
});
useServer({ schema }, new WebSocketServer({ server, path: "/graphql" }));
beMeasured({ url: await listen(server) });
