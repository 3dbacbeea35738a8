import { createClient } from "graphql-ws";
import { WebSocket } from "ws";
import { createGatewayClient } from "../../src/gateway/client.ts";
import type { Follower } from "./follower.ts";
import type { Wiring } from "./run.ts";
import type { ReceivedEvent } from "./verdict.ts";

interface PunchAddedData {
  readonly punchAdded: { readonly DeviceSN: string; readonly EmployeeCode: string | null };
}

/** A client that reconnects on its own, as in the documentation of graphql-ws; it has no cursor to resume from. */
const follow = (url: string): Follower => {
  const events: ReceivedEvent[] = [];
  const cuts: number[] = [];
  let isNew = true;
  const client = createClient({
    url: `${url.replace(/^http/, "ws")}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: Number.POSITIVE_INFINITY,
    retryWait: () => new Promise((resolve) => void setTimeout(resolve, 20)),
    shouldRetry: () => true,
    on: {
      connected: () => {
        if (!isNew) cuts.push(performance.now());
        isNew = false;
      },
    },
  });
  client.subscribe<PunchAddedData>(
    { query: "subscription { punchAdded { DeviceSN EmployeeCode } }" },
    {
      next: ({ data }) => {
        if (data == null) return;
        const { DeviceSN, EmployeeCode } = data.punchAdded;
        events.push({ DeviceSN, number: EmployeeCode === null ? null : Number(EmployeeCode), gap: false });
      },
      error: () => {},
      complete: () => {},
    },
  );
  return {
    name: "subscriber, WebSocket",
    events,
    cuts,
    stop: () => void client.dispose(),
  };
};

/** Callbacks are published to Redis pub/sub and acknowledged; subscriptions of graphql-ws read from it. */
export const NAIVE: Wiring = {
  name: "as documented",
  file: new URL("./naive.process.ts", import.meta.url),
  env: ({ redisUrl }) => ({ REDIS_URL: redisUrl }),
  async follow({ publicUrl, gateway: { url, token } }) {
    const gateway = createGatewayClient({ url, tokens: { account: token, devices: new Map() } });
    await gateway.call("RegisterCallback", { CallbackURL: `${publicUrl}/callbacks` });
    await gateway.stop();
    return [follow(publicUrl)];
  },
  readBack: async () => [],
  readerName: null,
};
