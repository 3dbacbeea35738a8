import { Redis } from "ioredis";
import { beMeasured } from "./measured.ts";
import { createToldServer, listen } from "./told.ts";

/** The limit: a body goes into a stream as it is, and nothing is looked at. */
const redis = new Redis(String(process.env["REDIS_URL"]), { enableAutoPipelining: true });

const server = createToldServer(async (body) => {
  await redis.xadd("raw", "MAXLEN", "~", 100_000, "*", "event", body);
});
beMeasured({ url: await listen(server) });
