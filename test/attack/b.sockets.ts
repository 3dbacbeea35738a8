import { expect } from "vitest";
import { signRequest } from "../../examples/router-signature.ts";
import { bearer, claims, token } from "../kit/portico/callers.ts";
import { codesOf, errorOf, PUNCHES, refusedStatus } from "../kit/portico/socket.ts";
import { CANARIES } from "./canaries.ts";
import type { Section } from "./case.ts";
import { deliverPunch } from "./deliveries.ts";
import { closeOf, openAs, served } from "./sockets.ts";
import { SOCKETS } from "./world.ts";

const INIT = { type: "connection_init" };
const subscribe = (id: unknown, payload: unknown = { query: PUNCHES }) => ({ id, type: "subscribe", payload });
const VIEWER = "{ viewer { name } }";

/** Messages and the close code that they cause. */
const VIOLATIONS: readonly (readonly [string, readonly unknown[], number])[] = [
  ["a second connection_init", [INIT, INIT], 4429],
  ["a connection_init whose payload is text", [{ ...INIT, payload: "x" }], 4400],
  ["a subscription before connection_init", [subscribe("1")], 4401],
  ["not JSON", ["nonsense"], 4400],
  ["null", ["null"], 4400],
  ["a list", ["[]"], 4400],
  ["an empty message", [""], 4400],
  ["bytes", [Buffer.from([0xff, 0xfe])], 4400],
  ["an unknown type", [{ type: "start" }], 4400],
  ["no query", [INIT, subscribe("1", {})], 4400],
  ["a list of variables", [INIT, subscribe("1", { query: VIEWER, variables: [] })], 4400],
  ["an empty id", [INIT, subscribe("")], 4400],
  ["a number for an id", [INIT, subscribe(1)], 4400],
  ["deep brackets", [INIT, "[".repeat(400_000)], 4400],
  ["an id that is in use", [INIT, subscribe("1"), subscribe("1")], 4409],
];

const LIMIT_BYTES = 1024 * 1024;

export const SOCKET_CASES: Section = [
  {
    id: "B01",
    about: "sockets without a subprotocol, or with the legacy one, are closed with 4406",
    by: "WebSocket",
    async run({ as }) {
      for (const headers of [{}, { "sec-websocket-protocol": "graphql-ws" }])
        expect((await closeOf(as("ada"), [], { protocols: [], headers })).code).toBe(4406);
    },
  },
  {
    id: "B02",
    about: "a socket without connection_init is closed with 4408 within 3 s ± 10 %",
    by: "WebSocket",
    long: true,
    async run({ as }) {
      const startedAt = performance.now();
      expect((await closeOf(as("ada"), [])).code).toBe(4408);
      const ms = performance.now() - startedAt;
      expect(ms).toBeGreaterThan(2_700);
      expect(ms).toBeLessThan(3_300);
    },
  },
  {
    id: "B03-B05",
    about: "a protocol violation closes the socket with its code and a generic reason",
    by: "WebSocket",
    async run({ as }) {
      for (const [name, messages, code] of VIOLATIONS) {
        const closed = await closeOf(as("ada"), messages);
        expect(closed.code, name).toBe(code);
        expect(closed.reason, name).toMatch(/^[A-Z][a-z ]+$/);
      }
    },
  },
  {
    id: "B08, B09, B20",
    about: "a failing operation gets its own error without internals; its neighbor continues to stream",
    by: "WebSocket",
    async run(world) {
      const socket = await openAs(world.as("reader"));
      socket.subscribe("live", PUNCHES);
      await served(world.program, 1);
      const failing = {
        syntax: ["subscription { punchAdded {", "GRAPHQL_PARSE_FAILED"],
        unknown: ["{ devicez { name } }", "GRAPHQL_VALIDATION_FAILED"],
        variables: ["query ($a: String!) { device(serialNumber: $a) { name } }", "BAD_USER_INPUT"],
        forbidden: ["subscription { deviceStatusChanged { cursor } }", "FORBIDDEN"],
        cursor: [`subscription { punchAdded(after: "x") { cursor } }`, "BAD_USER_INPUT"],
      } as const;
      for (const [id, [query, code]] of Object.entries(failing)) {
        socket.subscribe(id, query);
        expect(await errorOf(socket, id), id).toMatchObject([{ extensions: { code } }]);
      }
      expect(JSON.stringify(socket.received)).not.toMatch(/"http"|unexpected|stack|node_modules|\.ts|Did you mean/);
      const code = await deliverPunch(world);
      await expect.poll(() => codesOf(socket, "live")).toEqual([code]);
    },
  },
  {
    id: "B10",
    about:
      "a message of the maximum size is accepted; one byte more, 30 MB, and many frames are 1009; nothing is compressed",
    by: "WebSocket",
    async run({ as }) {
      const message = JSON.stringify({ ...subscribe("1", { query: VIEWER }) });
      const largest = await openAs(as("ada"), { perMessageDeflate: true });
      expect(largest.socket.extensions).toBe("");
      largest.send(message.padEnd(LIMIT_BYTES, " "));
      await largest.first(({ type }) => type === "complete");
      for (const bytes of [LIMIT_BYTES + 1, 30 * LIMIT_BYTES]) {
        const { code } = await closeOf(as("ada"), [message.padEnd(bytes, " ")]);
        expect([1006, 1009]).toContain(code);
      }
      const parts = await openAs(as("ada"));
      const part = " ".repeat(1_000);
      for (let sent = 0; sent <= LIMIT_BYTES; sent += part.length) parts.socket.send(part, { fin: false });
      expect([1006, 1009]).toContain((await parts.closed).code);
    },
  },
  {
    id: "B11",
    about: "one operation above a socket's limit is rejected, and the others continue",
    by: "WebSocket",
    async run(world) {
      const socket = await openAs(world.as("ada"));
      for (let id = 1; id <= 101; id += 1) socket.subscribe(String(id), PUNCHES);
      expect(await errorOf(socket, "101")).toMatchObject([{ extensions: { code: "TOO_MANY_SUBSCRIPTIONS" } }]);
      await served(world.program, 100);
      const code = await deliverPunch(world);
      for (let id = 1; id <= 100; id += 1) await expect.poll(() => codesOf(socket, String(id))).toEqual([code]);
    },
  },
  {
    id: "B12",
    about: "one socket above a caller's limit is 429 with Retry-After; silent sockets are closed",
    by: "WebSocket",
    async run({ as, program }) {
      const target = as("mallory");
      const sockets = await Promise.all(Array.from({ length: SOCKETS }, () => openAs(target, { init: false })));
      expect(await refusedStatus({ url: target.url }, { headers: target.headers })).toBe(429);
      for (const { closed } of sockets) expect((await closed).code).toBe(4408);
      await expect.poll(() => program.metric("portico_sockets")).toBe(0);
    },
  },
  {
    id: "B12b",
    about: "the memory of 5,000 such sockets is freed",
    by: "WebSocket",
    where: "test/server/identity/callers.test.ts",
  },
  {
    id: "B14",
    about: "a client that answers no ping is disconnected within twice 12 s, and its subscription ends",
    by: "WebSocket",
    long: true,
    async run({ as, program }) {
      const unresponsive = await openAs(as("ada"), { mute: true });
      unresponsive.subscribe("1", PUNCHES);
      await served(program, 1);
      const startedAt = performance.now();
      expect((await unresponsive.closed).code).toBe(1006);
      expect(performance.now() - startedAt).toBeLessThan(25_000);
      await served(program, 0);
    },
  },
  {
    id: "B15",
    about: "a page of another origin gets no socket, with or without a cookie",
    by: "WebSocket",
    async run({ as }) {
      const { url, headers } = as("ada");
      for (const origin of ["https://evil.example", "null", "http://127.0.0.1:1"])
        expect(await refusedStatus({ url }, { headers: { ...headers, origin, cookie: "s=1" } })).toBe(403);
    },
  },
  {
    id: "B16",
    about: "a socket is closed with 4403 within a second of its token's expiry",
    by: "WebSocket",
    long: true,
    async run(world) {
      const exp = Math.floor(Date.now() / 1_000) + 3;
      const socket = await openAs({ url: world.program.url, headers: bearer(token(claims({ exp }))) });
      socket.subscribe("1", PUNCHES);
      await served(world.program, 1);
      expect(await socket.closed).toEqual({ code: 4403, reason: "token expired" });
      expect(Math.abs(Date.now() - exp * 1_000)).toBeLessThan(1_200);
      await deliverPunch(world);
      expect(codesOf(socket, "1")).toEqual([]);
    },
  },
  {
    id: "B17, B18",
    about: "clients that stop reading use bounded memory and do not affect others",
    by: "WebSocket, server-sent events",
    where: "test/stories/slow.test.ts, npm run test:proofs -- slow",
  },
  {
    id: "B19",
    about: "a socket without a router's signature is rejected; a signature in connection_init does not count",
    by: "WebSocket",
    async run({ routed }) {
      const plain = { url: routed.url, headers: {} };
      expect((await closeOf(plain, [INIT])).code).toBe(4401);
      const signature = signRequest({ key: CANARIES["key of routers"], method: "GET", path: "/graphql" });
      const closed = await closeOf(plain, [{ ...INIT, payload: { "x-portico-signature": signature } }]);
      expect(closed.code).toBe(4401);
    },
  },
  {
    id: "B21",
    about: "100,000 subscriptions on one socket and 10,000 terminated sockets leave nothing open",
    by: "WebSocket",
    long: true,
    async run({ as, program }) {
      const socket = await openAs(as("ada"));
      for (let round = 0; round < 1_000; round += 1) {
        for (let id = 0; id < 100; id += 1) {
          socket.subscribe(String(id), PUNCHES);
          socket.send({ id: String(id), type: "complete" });
        }
        socket.subscribe(`barrier ${round}`, VIEWER);
        await socket.first(({ id, type }) => id === `barrier ${round}` && type === "complete");
      }
      await served(program, 0);
      for (let round = 0; round < 100; round += 1) {
        const sockets = await Promise.all(Array.from({ length: 100 }, () => openAs(as("ada"))));
        for (const each of sockets) each.subscribe("1", PUNCHES);
        await served(program, 100);
        for (const each of sockets) each.socket.terminate();
        await served(program, 0);
      }
    },
  },
];
