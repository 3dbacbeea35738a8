import { defineConfig } from "vitest/config";

/** Attacks on the built program from outside; `npm run test:attack -- cost` runs one file of them. */
export default defineConfig({
  resolve: { alias: [{ find: /^graphql$/, replacement: "graphql/index.js" }] },
  test: {
    include: ["test/attack/*.attack.ts"],
    globalSetup: ["scripts/redis.ts"],
    disableConsoleIntercept: true,
    fileParallelism: false,
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});
