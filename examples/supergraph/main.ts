import { parseArgs } from "node:util";
import { startApp } from "../../src/app/app.ts";
import { parseConfig } from "../../src/config/config.ts";
import { CALLBACK_PATH, UPSTREAMS } from "./gateway.ts";
import { startListener } from "./listener.ts";
import { startSupergraph } from "./supergraph.ts";

/** `npm run example:supergraph -- --upstream ws|sse|http-callback --port 4100` */

const { values } = parseArgs({
  options: { upstream: { type: "string", default: "ws" }, port: { type: "string", default: "4100" } },
});
const upstream = UPSTREAMS.find((each) => each === values.upstream);
if (upstream === undefined) {
  throw new Error(`--upstream must be one of ${UPSTREAMS.join(", ")}; received "${values.upstream}".`);
}

const listener = await startListener(Number(values.port));
const callbacks = upstream === "http-callback" ? { SUBGRAPH_CALLBACK_URLS: `${listener.url}${CALLBACK_PATH}` } : {};
const portico = await startApp(
  parseConfig({ PORT: "0", SANDBOX_PORT: "0", LOG_LEVEL: "warn", SUBGRAPH_STOP_RESULT: "on", ...callbacks }),
);
const supergraph = await startSupergraph({ portico: portico.url, listener, upstream });
process.stdout.write(`Supergraph: ${supergraph.url}\nPortico:    ${portico.url}/graphql\n`);

const stop = async () => {
  await portico.stop();
  await supergraph.stop();
  await listener.stop();
  process.exit(0);
};
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => void stop());
