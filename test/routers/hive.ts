import { readFileSync } from "node:fs";
import type { Upstream } from "../../examples/supergraph/gateway.ts";
import { startListener } from "../../examples/supergraph/listener.ts";
import { startSupergraph } from "../../examples/supergraph/supergraph.ts";
import type { Router } from "./router.ts";

const { devDependencies } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  readonly devDependencies: Readonly<Record<string, string>>;
};

/** The version of a package that the tests use. */
export const versionOf = (name: string): string => devDependencies[name] ?? "";

/** Hive Gateway as the example starts it, or with its own WebSocket transport, which reconnects. */
export const hive = (
  transport: string,
  options: { readonly upstream: Upstream; readonly callbackPort?: number; readonly reconnects?: boolean },
): Router => ({
  name: `Hive Gateway ${versionOf("@graphql-hive/gateway-runtime")}`,
  transport,
  ...(options.callbackPort === undefined ? {} : { callbackPort: options.callbackPort }),
  async start(environment) {
    const { upstream, callbackPort = 0, reconnects = false } = options;
    const listener = await startListener(callbackPort);
    const supergraph = await startSupergraph({ ...environment, listener, upstream, reconnects });
    return {
      url: supergraph.url,
      async stop() {
        await supergraph.stop();
        await listener.stop();
      },
    };
  },
});
