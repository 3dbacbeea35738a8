import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** Files that measure how soon something happens. Beside other files they would measure the load that those put on the machine. */
const MEASURING = [
  "test/commands/command-feed.test.ts",
  "test/deploy/telemetry.test.ts",
  "test/events/log/redis-faults.test.ts",
  "test/events/log/redis-replicas.test.ts",
  "test/events/log/redis-sentinels.test.ts",
  "test/gateway/rate-limiter.test.ts",
  "test/gateway/resilience.test.ts",
  "test/server/admission/abuse.test.ts",
  "test/server/transports/frames.test.ts",
  "test/server/transports/socket-limits.test.ts",
];

/** Each file starts its own servers on free ports. Most of them wait for timers and sockets: two workers fit a core. */
const WORKERS = Math.max(4, 2 * availableParallelism());

const WALL = "test/wall/**/*.test.ts";

const source = (name: string): string => fileURLToPath(new URL(`src/client/${name}.ts`, import.meta.url));

export default defineConfig({
  // Node loads graphql as CommonJS. Vite would also load its ES form: a second graphql, whose types the first one rejects.
  resolve: {
    alias: [
      { find: /^graphql$/, replacement: "graphql/index.js" },
      // The examples import the package by its name; they are tried with its sources.
      { find: /^portico-graphql\/client$/, replacement: source("index") },
      { find: /^portico-graphql\/(?:client\/)?(\w+)$/, replacement: source("adapters/$1") },
    ],
  },
  test: {
    globalSetup: [
      "scripts/redis.ts",
      "scripts/chromium.ts",
      "scripts/nginx.ts",
      "scripts/haproxy.ts",
      "scripts/prometheus.ts",
    ],
    testTimeout: 20_000,
    hookTimeout: 20_000,
    projects: [
      {
        extends: true,
        test: {
          name: "side by side",
          include: ["test/**/*.test.ts"],
          exclude: [...MEASURING, WALL],
          maxWorkers: WORKERS,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: "wall",
          include: [WALL],
          // Several browsers at once.
          testTimeout: 90_000,
          // Built once, before all of them: a build empties the folder that they serve.
          globalSetup: ["test/wall/build.ts"],
          maxWorkers: WORKERS,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: { name: "alone", include: MEASURING, maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
    ],
  },
});
