import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  // Node loads graphql as CommonJS. Vite would also load its ES form: a second graphql, whose types the first one rejects.
  resolve: { alias: [{ find: /^graphql$/, replacement: "graphql/index.js" }] },
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["scripts/redis.ts"],
    // Each file starts its own servers on free ports. Most of them wait for timers and sockets, so two workers per core use the cores best.
    maxWorkers: Math.max(4, 2 * availableParallelism()),
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
});
