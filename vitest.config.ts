import { defineConfig } from "vitest/config";

export default defineConfig({
  // Node loads graphql as CommonJS. Vite would load its ES form beside it: a second graphql, whose types are strangers.
  resolve: { alias: [{ find: /^graphql$/, replacement: "graphql/index.js" }] },
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["scripts/redis.ts"],
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
});
