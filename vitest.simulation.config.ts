import { defineConfig } from "vitest/config";

/** Every simulation with 10,000 seeds; `npm test` plays a few of them. */
export default defineConfig({
  resolve: { alias: [{ find: /^graphql$/, replacement: "graphql/index.js" }] },
  test: {
    include: ["test/simulation/*.test.ts"],
    env: { SIMULATION_SEEDS: process.env["SIMULATION_SEEDS"] ?? "10000" },
    testTimeout: 600_000,
  },
});
