import { expect } from "vitest";
import type { World } from "./world.ts";

/** Expects that neither gateway is called during `run`. */
export const withoutUpstreamCalls = async <Result>(
  { north, south }: World,
  run: () => Promise<Result>,
): Promise<Result> => {
  const markers = [await north.marker(), await south.marker()];
  const result = await run();
  expect([await north.marker(), await south.marker()], "calls upstream").toEqual(markers);
  return result;
};
