import { Redis } from "ioredis";
import { serveMeasurements } from "./measurements.ts";
import { createBodyServer, listen } from "./body-server.ts";

/** The limit: appends each body to a stream without reading it. */
const redis = new Redis(String(process.env["REDIS_URL"]), { enableAutoPipelining: true });

const server = createBodyServer(async (body) => {
  await redis.xadd("raw", "MAXLEN", "~", 100_000, "*", "event", body);
});
serveMeasurements({ url: await listen(server) });
