import { expect } from "vitest";
import { freePort } from "../kit/ports.ts";
import { codesOf, PUNCHES } from "../kit/portico/socket.ts";
import type { Section } from "./case.ts";
import { DEVICE, deliverPunch } from "./deliveries.ts";
import { complaintsAbout, getOnce, startProgram } from "./program.ts";
import { openAs, served } from "./sockets.ts";
import { ask } from "./wire.ts";

const open = (key: string) =>
  `mutation { openDoor(input: { serialNumber: "${DEVICE}", options: { idempotencyKey: "${key}" } }) { command { id status } } }`;

export const FAULTS: Section = [
  {
    id: "G01, G02",
    about: "20 kills of Redis and 200 resets during 50,000 events",
    by: "HTTP",
    where: "npm run test:faults",
  },
  {
    id: "G03",
    about: "every pub/sub connection to Redis is killed 20 times: a subscriber receives every event once and in order",
    by: "WebSocket",
    logsErrors: true,
    async run(world) {
      const socket = await openAs(world.as("ada"));
      socket.subscribe("1", PUNCHES);
      await served(world.program, 1);
      const codes: string[] = [];
      for (let round = 0; round < 20; round += 1) {
        await world.redis.ask("CLIENT", "KILL", "TYPE", "pubsub");
        for (let count = 0; count < 5; count += 1) codes.push(await deliverPunch(world));
      }
      await expect.poll(() => codesOf(socket, "1"), { timeout: 15_000 }).toEqual(codes);
    },
  },
  { id: "G04", about: "a Redis reader that falls behind", by: "Redis", where: "test/events/log/redis-loss.test.ts" },
  {
    id: "G05",
    about: "a hanging or slow Redis",
    by: "HTTP",
    where: "case E14, test/events/log/redis-faults.test.ts",
  },
  { id: "G06", about: "failover to a replica", by: "Redis", where: "test/events/log/redis-replicas.test.ts" },
  {
    id: "G07",
    about: "no Redis at the start: live, not ready, queries are answered, no unhandled rejection",
    by: "HTTP",
    async run(world) {
      const program = await startProgram({
        file: world.file,
        upstream: [],
        env: {
          GATEWAY_URL: world.north.url,
          GATEWAY_AUTH_TOKEN: world.north.token,
          ACCESS: "open",
          LINK_SECRET: "another-secret-that-signs-links-0123456789",
          REDIS_URL: `redis://127.0.0.1:${await freePort()}`,
        },
      });
      try {
        const target = { url: program.url, headers: {} };
        expect((await getOnce(`${program.admin}/health/live`)).status).toBe(200);
        expect((await getOnce(`${program.admin}/health/ready`)).status).toBe(503);
        const { status, codes } = await ask(target, "{ devices { totalCount } }");
        expect([status, codes]).toEqual([200, []]);
        expect(program.hasCrashed()).toBe(false);
        expect(complaintsAbout(program.lines()).leaks).toEqual([]);
      } finally {
        await program.stop();
      }
    },
  },
  {
    id: "G07b",
    about: "a Redis with a wrong password, out of memory, or read-only",
    by: "HTTP",
    where: "test/events/log/redis-faults.test.ts",
  },
  {
    id: "G09, G10",
    about: "a subscription that is disconnected 40 times and resumed by cursor",
    by: "WebSocket, SSE",
    where: "npm run test:faults, test/events/hub/resume.test.ts",
  },
  {
    id: "G12, G13",
    about: "three instances that are killed in turn",
    by: "WebSocket",
    where: "npm run test:faults, npm run test:proofs -- restart",
  },
  { id: "G15", about: "slow subscribers next to fast ones", by: "WebSocket", where: "npm run test:proofs -- slow" },
  {
    id: "G16",
    about: "one log entry and two workers",
    by: "Redis",
    where: "test/events/log/event-log.test.ts (every event is claimed once)",
  },
  {
    id: "H01, H02",
    about: "retries after 429, 5xx and resets",
    by: "HTTP",
    where: "test/stories/upstream.test.ts, test/gateway/resilience.test.ts",
  },
  {
    id: "H03",
    about:
      "a door command whose answer is lost before or after its effect, or is 500: sent once, reported as UNKNOWN or by its status",
    by: "HTTP",
    allowedCommands: ["OpenDoor"],
    logsErrors: true,
    async run(world) {
      for (const kind of ["resetBefore", "resetAfter", "resetDuring", "5xx"] as const) {
        const since = await world.north.marker();
        await world.north.addFault({ kind, operation: "OpenDoor", times: null });
        const { status, text } = await ask(world.as("ada"), open(`lost-by-${kind}-0123456789`));
        await world.north.clearFaults();
        expect(status, text).toBe(200);
        expect(await world.north.entries(since, "OpenDoor"), kind).toHaveLength(1);
      }
    },
  },
  {
    id: "H04",
    about: "queued commands are tracked",
    by: "all",
    where: "test/commands/command-feed.test.ts, test/commands/commands.test.ts",
  },
  {
    id: "H05",
    about: "one key ten times in sequence, and one fifty times concurrently: one command and one answer each",
    by: "HTTP",
    allowedCommands: ["OpenDoor"],
    async run(world) {
      const since = await world.north.marker();
      const answers: string[] = [];
      for (let round = 0; round < 10; round += 1)
        answers.push((await ask(world.as("ada"), open("ten-times-one"))).text);
      const openOnce = () => ask(world.as("ada"), open("fifty-at-once"));
      const atOnce = await Promise.all(Array.from({ length: 50 }, openOnce));
      expect(new Set(answers).size).toBe(1);
      expect(new Set(atOnce.map(({ text }) => text)).size).toBe(1);
      expect(await world.north.entries(since, "OpenDoor")).toHaveLength(2);
    },
  },
  {
    id: "H07",
    about: "an instance killed at 20 points of a command",
    by: "HTTP",
    where: "npm run test:faults:commands",
  },
  { id: "H09", about: "a storm of 503", by: "HTTP", where: "npm run test:proofs -- outage" },
  { id: "H10", about: "one device of a hundred hangs", by: "HTTP", where: "npm run test:proofs -- hanging" },
  {
    id: "H11, H12",
    about: "a shared rate limit",
    by: "HTTP",
    where: "npm run test:proofs -- limit, test/gateway/rate-limiter.test.ts",
  },
  {
    id: "H14",
    about: "a token that the gateway rejects: one call, UPSTREAM_UNAUTHENTICATED, no retry",
    by: "HTTP",
    logsErrors: true,
    async run(world) {
      const since = await world.north.marker();
      await world.north.addFault({ kind: "unauthenticated", operation: "GetDeviceInfo", times: null });
      const { codes } = await ask(world.as("ada"), `{ device(serialNumber: "${DEVICE}") { info { firmware } } }`);
      await world.north.clearFaults();
      expect(codes).toEqual(["UPSTREAM_UNAUTHENTICATED"]);
      expect(await world.north.entries(since, "GetDeviceInfo")).toHaveLength(1);
    },
  },
  { id: "H14b", about: "a token that is replaced at run time", by: "HTTP", where: "test/gateway/token.test.ts" },
  { id: "H15", about: "hedged reads", why: "reads are not hedged" },
];
