import { onTestFinished } from "vitest";
import type { Upstream } from "../../examples/supergraph/gateway.ts";
import { startListener } from "../../examples/supergraph/listener.ts";
import { startSupergraph } from "../../examples/supergraph/supergraph.ts";

export interface TestSupergraph {
  /** Of the gateway, without the path. */
  readonly url: string;
  readonly ask: <Data>(query: string, variables?: object) => Promise<{ data: Data; errors?: unknown }>;
}

/** The example's gateway in front of a Portico that runs. */
export const openSupergraph = async (portico: string, upstream: Upstream = "sse"): Promise<TestSupergraph> => {
  const listener = await startListener(0);
  onTestFinished(listener.stop);
  const supergraph = await startSupergraph({ portico, listener, upstream });
  onTestFinished(supergraph.stop);
  return {
    url: listener.url,
    async ask(query, variables) {
      const response = await fetch(supergraph.url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ query, variables }),
      });
      return (await response.json()) as never;
    },
  };
};
