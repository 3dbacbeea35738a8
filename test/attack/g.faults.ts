import { expect } from "vitest";
import { freePort } from "../kit/ports.ts";
import { codesOf, PUNCHES } from "../kit/portico/socket.ts";
import type { Section } from "./case.ts";
import { DEVICE, tellPunch } from "./deliveries.ts";
import { complaintsAbout, look, startProgram } from "./program.ts";
import { openAs, served } from "./sockets.ts";
import { ask } from "./wire.ts";

const open = (key: string) =>
  `mutation { openDoor(input: { serialNumber: "${DEVICE}", options: { idempotencyKey: "${key}" } }) { command { id status } } }`;

export const FAULTS: Section = [
  {
    id: "G01, G02",
    about: "20 kills of Redis and 200 resets under 50,000 events",
    by: "HTTP",
    where: "npm run test:faults",
  },
  {
    id: "G03",
    about:
      "every connection of Redis for announcements is killed 20 times: a subscriber gets every event, once, in order",
    by: "WebSocket",
    faults: true,
    async run(world) {
      const socket = await openAs(world.as("ada"));
      socket.subscribe("1", PUNCHES);
      await served(world.program, 1);
      const codes: string[] = [];
      for (let round = 0; round < 20; round += 1) {
        await world.redis.ask("CLIENT", "KILL", "TYPE", "pubsub");
        for (let count = 0; count < 5; count += 1) codes.push(await tellPunch(world));
      }
      await expect.poll(() => codesOf(socket, "1"), { timeout: 15_000 }).toEqual(codes);
    },
  },
  { id: "G04", about: "a reader of Redis that falls behind", by: "Redis", where: "test/events/log/redis-loss.test.ts" },
  {
    id: "G05",
    about: "a Redis that hangs or is slow",
    by: "HTTP",
    where: "case E14, test/events/log/redis-faults.test.ts",
  },
  { id: "G06", about: "fail-over to a replica", by: "Redis", where: "test/events/log/redis-replicas.test.ts" },
  {
    id: "G07",
    about: "no Redis at the start: alive, not ready, queries are answered, no unhandled rejection",
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
        expect((await look(`${program.admin}/health/live`)).status).toBe(200);
        expect((await look(`${program.admin}/health/ready`)).status).toBe(503);
        const { status, codes } = await ask(target, "{ devices { totalCount } }");
        expect([status, codes]).toEqual([200, []]);
        expect(program.hasFallen()).toBe(false);
        expect(complaintsAbout(program.lines()).leaks).toEqual([]);
      } finally {
        await program.stop();
      }
    },
  },
  { id: "G07b", about: "wrong password, full, read-only", by: "HTTP", where: "test/events/log/redis-faults.test.ts" },
  {
    id: "G09, G10",
    about: "cut off 40 times, resumed by cursor",
    by: "WebSocket, SSE",
    where: "npm run test:faults, test/events/hub/resume.test.ts",
  },
  {
    id: "G12, G13",
    about: "three instances, killed in turn",
    by: "WebSocket",
    where: "npm run test:faults, npm run test:proofs -- restart",
  },
  { id: "G15", about: "slow subscribers beside fast ones", by: "WebSocket", where: "npm run test:proofs -- slow" },
  {
    id: "G16",
    about: "one entry, two workers",
    by: "Redis",
    where: "test/events/log/event-log.test.ts (every event is claimed once)",
  },
  {
    id: "H01, H02",
    about: "429, 5xx, resets: retries",
    by: "HTTP",
    where: "test/stories/upstream.test.ts, test/gateway/resilience.test.ts",
  },
  {
    id: "H03",
    about:
      "a door whose answer is lost, before or after its effect, or is 500: sent once, told as UNKNOWN or as what it is",
    by: "HTTP",
    explains: ["OpenDoor"],
    faults: true,
    async run(world) {
      for (const kind of ["resetBefore", "resetAfter", "resetDuring", "5xx"] as const) {
        const since = await world.north.marker();
        await world.north.misbehave({ kind, operation: "OpenDoor", times: null });
        const { status, text } = await ask(world.as("ada"), open(`lost-by-${kind}-0123456789`));
        await world.north.heal();
        expect(status, text).toBe(200);
        expect(await world.north.entries(since, "OpenDoor"), kind).toHaveLength(1);
      }
    },
  },
  {
    id: "H04",
    about: "queued commands are followed",
    by: "all",
    where: "test/commands/command-feed.test.ts, test/commands/commands.test.ts",
  },
  {
    id: "H05",
    about: "one key, ten times and then fifty times at once: one door, one answer",
    by: "HTTP",
    explains: ["OpenDoor"],
    async run(world) {
      const since = await world.north.marker();
      const answers: string[] = [];
      for (let round = 0; round < 10; round += 1)
        answers.push((await ask(world.as("ada"), open("ten-times-one"))).text);
      const wish = () => ask(world.as("ada"), open("fifty-at-once"));
      const atOnce = await Promise.all(Array.from({ length: 50 }, wish));
      expect(new Set(answers).size).toBe(1);
      expect(new Set(atOnce.map(({ text }) => text)).size).toBe(1);
      expect(await world.north.entries(since, "OpenDoor")).toHaveLength(2);
    },
  },
  { id: "H07", about: "killed at 20 points of a command", by: "HTTP", where: "npm run test:faults:commands" },
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
    about: "a token that the gateway refuses: one call, UPSTREAM_UNAUTHENTICATED, no retry",
    by: "HTTP",
    faults: true,
    async run(world) {
      const since = await world.north.marker();
      await world.north.misbehave({ kind: "unauthenticated", operation: "GetDeviceInfo", times: null });
      const { codes } = await ask(world.as("ada"), `{ device(serialNumber: "${DEVICE}") { info { firmware } } }`);
      await world.north.heal();
      expect(codes).toEqual(["UPSTREAM_UNAUTHENTICATED"]);
      expect(await world.north.entries(since, "GetDeviceInfo")).toHaveLength(1);
    },
  },
  { id: "H14b", about: "a token that is replaced while it runs", by: "HTTP", where: "test/gateway/token.test.ts" },
  { id: "H15", about: "hedged reads", why: "reads are not hedged" },
];
