import { parseArgs } from "node:util";
import { startExample } from "./example.ts";
import { UPSTREAMS } from "./gateway.ts";

/** `npm run example:supergraph -- --upstream ws|sse|http-callback --port 4100` */

const { values } = parseArgs({
  options: { upstream: { type: "string", default: "ws" }, port: { type: "string", default: "4100" } },
});
const upstream = UPSTREAMS.find((each) => each === values.upstream);
if (upstream === undefined)
  throw new Error(`--upstream: ${values.upstream} came; wanted is one of ${UPSTREAMS.join(", ")}.`);

const { gateway, portico, stop } = await startExample({
  upstream,
  port: Number(values.port),
  env: { LOG_LEVEL: "warn" },
});
process.stdout.write(`The supergraph: ${gateway.url}\nPortico alone:  ${portico.url}/graphql\n`);
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => void stop().then(() => process.exit(0)));
