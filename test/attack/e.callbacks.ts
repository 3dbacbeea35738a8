import { expect } from "vitest";
import { gzipSync } from "node:zlib";
import { quantile } from "../../bench/statistics.ts";
import { exampleOf, type Json } from "../kit/events/deliver.ts";
import { codesOf, PUNCHES } from "../kit/portico/socket.ts";
import { CANARIES } from "./canaries.ts";
import type { Section } from "./case.ts";
import { deliver, newPunch, storedEvents, deliverPunch } from "./deliveries.ts";
import { openAs, served } from "./sockets.ts";
import { getOnce } from "./program.ts";
import { sendBytes, statusesIn } from "./wire.ts";
import type { World } from "./world.ts";

const LIMIT_BYTES = 4 * 1024 * 1024;

/** Expects that `run` adds `count` events to Redis. */
const expectStored = async (world: World, count: number, run: () => Promise<void>): Promise<void> => {
  const before = await storedEvents(world);
  await run();
  expect((await storedEvents(world)) - before, "events stored").toBe(count);
};

const TOKENS: readonly (readonly [string, unknown])[] = [
  ["another token", "x".repeat(32)],
  ["none", undefined],
  ["an empty token", ""],
  ["a list", [CANARIES["token of the gateway"]]],
  ["a number", 7],
  ["a condition", { $ne: "" }],
  ["null", null],
  ["that of another account", CANARIES["token of another gateway"]],
];

/** The contract's example with canaries in place of every secret. */
const withSecrets = (schema: string): Json => {
  const text = JSON.stringify(exampleOf(schema), (name, value: unknown) => {
    if (name === "AuthToken") return CANARIES["token of the gateway"];
    if (/^(template|data)$/i.test(name) && typeof value === "string") return CANARIES.template;
    if (/photo/i.test(name) && typeof value === "string") return CANARIES.photo;
    return /^password$/i.test(name) && typeof value === "string" ? CANARIES["PIN of a person"] : value;
  });
  return JSON.parse(text) as Json;
};

const malformedEvents = (): readonly Json[] => [
  newPunch({ Event: "door.forced", Photo: CANARIES.photo, Password: CANARIES["PIN of a person"] }),
  newPunch({ Event: "attendance.new", Version: "9.0", Unknown: { Template: CANARIES.template } }),
  newPunch({ AttendanceLog: "not a time" }),
  newPunch({ DeviceSN: 7 }),
  newPunch({ EmployeeCode: { $gt: "" } }),
];

const quarantined = async ({ program }: World): Promise<number> => {
  const { text } = await getOnce(`${program.admin}/metrics`);
  return Number(/portico_events_total\{outcome="quarantined"\} (\d+)/.exec(text)?.[1] ?? 0);
};

export const CALLBACKS: Section = [
  {
    id: "E01",
    about: "an event is acknowledged after it is in Redis, 99 % within 100 ms",
    by: "HTTP",
    long: true,
    run: (world) =>
      expectStored(world, 300, async () => {
        const times: number[] = [];
        let last = await storedEvents(world);
        for (let count = 0; count < 300; count += 1) {
          const startedAt = performance.now();
          const { status, text } = await deliver(world, newPunch());
          times.push(performance.now() - startedAt);
          expect([status, text]).toEqual([200, '{"status":"done"}']);
          if (count % 10 !== 0) continue;
          const now = await storedEvents(world);
          expect(now).toBeGreaterThan(last);
          last = now;
        }
        expect(quantile(times, 0.99)).toBeLessThan(100);
      }),
  },
  {
    id: "E02",
    about: "an invalid token in the body, the URL or a header: the same 401, nothing is stored",
    by: "HTTP",
    run: (world) =>
      expectStored(world, 0, async () => {
        const bodies = new Set<string>();
        const unsigned = `${world.program.url}/callbacks/${CANARIES["path of other callbacks"]}`;
        for (const [name, invalidToken] of TOKENS) {
          for (const [url, token, options] of [
            [world.callbackUrl, "token of the gateway", name === "none" ? { signature: null } : {}],
            [unsigned, "token of another gateway", { signature: null }],
          ] as const) {
            const AuthToken = name === "that of another account" && url === unsigned ? world.north.token : invalidToken;
            for (const query of ["", `?AuthToken=${CANARIES[token]}`]) {
              const headers = { authtoken: CANARIES[token] };
              const answer = await deliver(world, newPunch({ AuthToken }), { ...options, url: url + query, headers });
              expect(answer.status, name).toBe(401);
              bodies.add(answer.text);
            }
          }
        }
        for (const signature of [null, "", "sha256=", `sha256=${"0".repeat(64)}`, "x".repeat(8_000)]) {
          const answer = await deliver(world, newPunch(), { signature });
          expect(answer.status, String(signature)).toBe(401);
          bodies.add(answer.text);
        }
        expect(bodies.size).toBe(1);
      }),
  },
  {
    id: "E03",
    about: "any path other than the secret one is 404",
    by: "HTTP",
    run: (world) =>
      expectStored(world, 0, async () => {
        for (const path of ["", "x", "%00", "../callbacks", CANARIES["path of callbacks"].slice(0, -1)]) {
          const url = `${world.program.url}/callbacks/${path}`;
          expect((await deliver(world, newPunch(), { url })).status, path).toBe(404);
        }
      }),
  },
  {
    id: "E04",
    about: "a device's token can deliver events of that device only",
    by: "HTTP",
    where: "test/events/ingress/ingress.test.ts, test/server/routes/callbacks.test.ts",
  },
  {
    id: "E05",
    about: "the same body 100 times in sequence and 50 times concurrently is one event and is delivered once",
    by: "HTTP, WebSocket",
    run: (world) =>
      expectStored(world, 2, async () => {
        const socket = await openAs(world.as("ada"));
        socket.subscribe("1", PUNCHES);
        await served(world.program, 1);
        const [first, second] = [newPunch(), newPunch()];
        for (let round = 0; round < 100; round += 1) expect((await deliver(world, first)).status).toBe(200);
        const answers = await Promise.all(Array.from({ length: 50 }, () => deliver(world, second)));
        expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
        const last = await deliver(world, first);
        expect(last.status).toBe(200);
        await expect.poll(() => codesOf(socket, "1")).toEqual([first["EmployeeCode"], second["EmployeeCode"]]);
      }),
  },
  { id: "E06", about: "a replay is recognized for seven days", by: "HTTP", where: "test/events/log/event-log.test.ts" },
  {
    id: "E08",
    about: "punches that arrive out of order are both delivered, also for an unknown employee",
    by: "HTTP, WebSocket",
    run: (world) =>
      expectStored(world, 2, async () => {
        const socket = await openAs(world.as("ada"));
        socket.subscribe("1", PUNCHES);
        await served(world.program, 1);
        const [earlier, later] = [newPunch(), newPunch()];
        for (const body of [later, earlier]) expect((await deliver(world, body)).status).toBe(200);
        await expect.poll(() => codesOf(socket, "1")).toEqual([later["EmployeeCode"], earlier["EmployeeCode"]]);
      }),
  },
  {
    id: "E10",
    about:
      "a type or encoding that no device sends: 415; compressed, chunked or of the maximum size: accepted; larger: 413 unless signed",
    by: "HTTP",
    run: (world) =>
      expectStored(world, 3, async () => {
        const body = newPunch();
        for (const type of ["text/html", "application/xml", "image/jpeg"])
          expect((await deliver(world, body, { headers: { "content-type": type } })).status, type).toBe(415);
        const compressed = (coding: string) =>
          deliver(world, gzipSync(JSON.stringify(newPunch())), { headers: { "content-encoding": coding } });
        expect((await compressed("compress")).status).toBe(415);
        expect((await compressed("gzip")).status).toBe(200);
        expect((await deliver(world, body, { headers: { "transfer-encoding": "chunked" } })).status).toBe(200);
        const photo = (bytes: number) => JSON.stringify(newPunch({ Photo: CANARIES.photo })).padEnd(bytes, " ");
        expect((await deliver(world, photo(LIMIT_BYTES))).status).toBe(200);
        expect((await deliver(world, photo(LIMIT_BYTES + 1), { signature: null })).status).toBe(413);
        const before = await quarantined(world);
        expect((await deliver(world, photo(LIMIT_BYTES + 1))).status).toBe(200);
        expect((await quarantined(world)) - before).toBe(1);
      }),
  },
  { id: "E11", about: "source addresses and proxy headers", by: "HTTP", where: "test/server/routes/callbacks.test.ts" },
  {
    id: "E12",
    about: "an unknown event, a future version and invalid values: 200, stored without secrets, counted",
    by: "HTTP",
    async run(world) {
      const [before, stored] = [await quarantined(world), await storedEvents(world)];
      for (const body of malformedEvents()) expect((await deliver(world, body)).status, JSON.stringify(body)).toBe(200);
      const recorded = (await quarantined(world)) - before + (await storedEvents(world)) - stored;
      expect(recorded).toBe(malformedEvents().length);
    },
  },
  {
    id: "E13",
    about: "quarantined events are processed again",
    by: "HTTP",
    where: "test/server/routes/admin.test.ts",
  },
  {
    id: "E14",
    about: "while Redis hangs: 503 with Retry-After within the deadline; afterwards the same body is one event",
    by: "HTTP",
    logsErrors: true,
    async run(world) {
      const body = newPunch();
      const before = await storedEvents(world);
      world.redis.signal("SIGSTOP");
      try {
        const startedAt = performance.now();
        const answers = await Promise.all(Array.from({ length: 20 }, () => deliver(world, body)));
        expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
        for (const { headers } of answers) expect(Number(headers["retry-after"])).toBeGreaterThan(0);
        expect(performance.now() - startedAt).toBeLessThan(10_000);
      } finally {
        world.redis.signal("SIGCONT");
      }
      await expect.poll(async () => (await deliver(world, body)).status, { timeout: 15_000 }).toBe(200);
      expect((await storedEvents(world)) - before).toBe(1);
    },
  },
  { id: "E15", about: "a kill between the log and the answer", by: "HTTP", where: "npm run test:faults" },
  {
    id: "E16",
    about: "5,000 concurrent events: each is accepted or answered 503, and none is lost or duplicated",
    by: "HTTP",
    long: true,
    run: (world) =>
      expectStored(world, 5_000, async () => {
        const bodies = Array.from({ length: 5_000 }, () => newPunch());
        const work = async () => {
          for (let body = bodies.pop(); body !== undefined; body = bodies.pop()) {
            const { status } = await deliver(world, body);
            expect([200, 503]).toContain(status);
            if (status === 503) bodies.push(body);
          }
        };
        await Promise.all(Array.from({ length: 200 }, work));
      }),
  },
  {
    id: "E17",
    about: "templates, photos and PINs in legacy bodies are stored nowhere and sent nowhere",
    by: "HTTP, WebSocket",
    async run(world) {
      const socket = await openAs(world.as("ada"));
      socket.subscribe("1", "subscription { events { cursor __typename } }");
      await served(world.program, 1);
      for (const schema of ["LegacyRealTimePunch", "LegacyPunchBatch", "LegacyUserUpdated", "LegacyUserDeleted"])
        expect((await deliver(world, withSecrets(schema))).status, schema).toBe(200);
      await deliverPunch(world);
      await socket.first(({ type }) => type === "next");
    },
  },
  {
    id: "E18",
    about: "an incomplete body leaves nothing behind",
    by: "TCP",
    long: true,
    run: (world) =>
      expectStored(world, 0, async () => {
        const path = new URL(world.callbackUrl).pathname;
        const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{`;
        const answers = Array.from({ length: 50 }, () => {
          const answer = sendBytes(world.program, head);
          setTimeout(world.program.tap.cut, 300);
          return answer;
        });
        for (const answer of await Promise.all(answers)) expect(statusesIn(answer)).toEqual([]);
      }),
  },
];
