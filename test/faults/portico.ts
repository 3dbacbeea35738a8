import { endOfLog, followBySocket, followBySse, pullLog } from "./follower.ts";
import type { Wiring } from "./run.ts";

const CALLBACK_SECRET = "fault-run-fault-run-fault-run-fault-run";

/** Portico in production mode. Its log is empty at the start. */
export const PORTICO: Wiring = {
  name: "Portico",
  file: new URL("../../src/main.ts", import.meta.url),
  env: ({ gateway, publicUrl, redisUrl }) => ({
    NODE_ENV: "production",
    GATEWAY_URL: gateway.url,
    ACCESS: "open",
    GATEWAY_AUTH_TOKEN: gateway.token,
    PUBLIC_URL: publicUrl,
    CALLBACK_SECRET,
    LINK_SECRET: CALLBACK_SECRET,
    REDIS_URL: redisUrl,
  }),
  async follow({ publicUrl }) {
    const beginning = await endOfLog(publicUrl);
    return [followBySocket(() => publicUrl, beginning), followBySse(publicUrl, beginning)];
  },
  readBack: pullLog,
  readerName: "the log, pulled from a fresh instance",
};
