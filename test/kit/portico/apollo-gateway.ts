import { onTestFinished } from "vitest";
import type { GraphOptions } from "../../../examples/supergraph/supergraph.ts";
import { startApolloGateway } from "../../routers/apollo.ts";
import { askerOf, type TestSupergraph } from "./supergraph.ts";

/** Starts Apollo Gateway in front of the example's graph. */
export const openApolloGateway = async (options: GraphOptions): Promise<TestSupergraph> => {
  const { url, stop } = await startApolloGateway(options);
  onTestFinished(stop);
  return { url, ask: askerOf(url) };
};
