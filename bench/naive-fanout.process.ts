import { setMaxListeners } from "node:events";
import { useServer } from "graphql-ws/use/ws";
import { createPubSub, createSchema, filter, pipe } from "graphql-yoga";
import { WebSocketServer } from "ws";
import { serveMeasurements } from "./measurements.ts";
import { createBodyServer, listen } from "./body-server.ts";

/** Subscriptions as in the documentation of graphql-ws: each is executed separately. */

interface PunchAdded {
  readonly punch: { readonly device: { readonly serialNumber: string } };
}

// There is one listener per subscriber; Node.js warns at ten.
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

const server = createBodyServer((body) => {
  for (const event of JSON.parse(body) as readonly PunchAdded[]) pubSub.publish("punch", event);
});
useServer({ schema }, new WebSocketServer({ server, path: "/graphql" }));
serveMeasurements({ url: await listen(server) });
