import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** The tests of one module, as the program of this folder names them. */
export default defineConfig({
  root: fileURLToPath(new URL("../..", import.meta.url)),
  resolve: { alias: [{ find: /^graphql$/, replacement: "graphql/index.js" }] },
  test: {
    include: (process.env["MUTATION_TESTS"] ?? "").split(","),
    testTimeout: 5_000,
    env: { EXECUTION_SCHEMAS: "20", SIMULATION_SEEDS: "25" },
  },
});
