import { spawnSync } from "node:child_process";
import { expect } from "vitest";
import { subscribeBySse } from "../kit/portico/live.ts";
import { PUNCHES } from "../kit/portico/socket.ts";
import type { Section } from "./case.ts";
import { startProgram } from "./program.ts";
import { openAs, served } from "./sockets.ts";
import { ask } from "./wire.ts";
import type { World } from "./world.ts";

const settings = ({ north }: World) => ({
  GATEWAY_URL: north.url,
  GATEWAY_AUTH_TOKEN: north.token,
  LINK_SECRET: "another-secret-that-signs-links-0123456789",
});

/** Invalid configurations and the variable that the error names. */
const INVALID_CONFIGS: readonly (readonly [variable: string, env: Readonly<Record<string, string>>])[] = [
  ["LINK_SECRET", { LINK_SECRET: "", ACCESS: "open" }],
  ["LINK_SECRET", { LINK_SECRET: "x".repeat(31), ACCESS: "open" }],
  ["ACCESS", {}],
  ["ACCESS", { HOST: "0.0.0.0", ACCESS: "open" }],
  ["ACCESS_JWT_SECRET", { ACCESS_JWT_SECRET: "x".repeat(31), ACCESS_JWT_ISSUER: "x", ACCESS_JWT_AUDIENCE: "x" }],
  ["ACCESS_ORIGINS", { ACCESS: "open", ACCESS_ORIGINS: "*" }],
  ["GATEWAY_AUTH_TOKEN", { ACCESS: "open", GATEWAY_AUTH_TOKEN: "" }],
  ["GATEWAY_AUTH_TOKEN", { ACCESS: "open", GATEWAY_AUTH_TOKEN: "not a valid token" }],
  ["GATEWAY_URL", { ACCESS: "open", GATEWAY_URL: "http://gateway.example.com/v3" }],
  ["SUBGRAPH_ROUTER_KEYS", { ACCESS: "open", SUBGRAPH_ROUTER_KEYS: "short" }],
  ["ACCESS_TOKENS", { ACCESS: "open", ACCESS_TOKENS: "an unknown variable" }],
];

export const LIFECYCLE: Section = [
  {
    id: "I01",
    about:
      "SIGTERM with an open socket, stream and query: the query is answered, the socket closes with 1012, exit code 0 within 10 s",
    by: "WebSocket, server-sent events, HTTP",
    async run(world) {
      const env = { ...settings(world), ACCESS: "open" };
      const program = await startProgram({ file: world.file, upstream: [], env });
      try {
        const target = { url: program.url, headers: {} };
        const socket = await openAs(target);
        socket.subscribe("1", PUNCHES);
        const stream = subscribeBySse(program.url, PUNCHES);
        await served(program, 2);
        await world.north.addFault({ kind: "delay", ms: 1_000, operation: "ListDevices" });
        const since = await world.north.marker();
        const pending = ask(target, "{ devices(first: 7) { nodes { name } } }");
        await expect.poll(async () => (await world.north.entries(since, "ListDevices")).length).toBe(1);
        const ended = await program.terminate();
        expect(ended.code).toBe(0);
        expect(ended.ms).toBeLessThan(10_000);
        expect((await pending).codes).toEqual([]);
        expect((await socket.closed).code).toBe(1012);
        await stream.ended;
      } finally {
        await world.north.clearFaults();
        await program.stop();
      }
    },
  },
  {
    id: "I03",
    about: "a rolling restart with 1,000 subscribers",
    by: "WebSocket",
    where: "npm run test:proofs -- restart",
  },
  {
    id: "I04",
    about: "an internal error in one operation",
    by: "all",
    where: "test/server/transports/socket.test.ts, test/server/execution/errors.test.ts",
  },
  {
    id: "I05",
    about: "a soak test of two hours",
    why: "takes two hours; test/server/transports/socket-limits.test.ts and case B21 detect fast leaks",
  },
  {
    id: "I07",
    about: `${INVALID_CONFIGS.length} invalid configurations: exit code 1 and one line that names the variable`,
    by: "exit code",
    long: true,
    async run(world) {
      for (const [variable, env] of INVALID_CONFIGS) {
        const { status, stderr } = spawnSync(process.execPath, [world.file.pathname], {
          env: { NODE_ENV: "production", PORT: "0", ...settings(world), ...env },
          encoding: "utf8",
          timeout: 10_000,
        });
        expect([status, stderr], variable).toEqual([
          1,
          expect.stringMatching(new RegExp(`\\b${variable}\\b.*[.?]$`, "m")),
        ]);
        expect(stderr.trim().split("\n"), variable).toHaveLength(2);
      }
    },
  },
  { id: "I08", about: "a schema that differs from the committed one", by: "files", where: ".ci/run (generated files)" },
];
