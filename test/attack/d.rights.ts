import { expect } from "vitest";
import { signRequest } from "../../examples/router-signature.ts";
import { bearer, claims, hmac, tokenOf } from "../kit/portico/callers.ts";
import { codesIn } from "../kit/portico/transports.ts";
import { codesOf, PUNCHES } from "../kit/portico/socket.ts";
import { CANARIES } from "./canaries.ts";
import type { Section } from "./case.ts";
import { DEVICE, deliverPunch } from "./deliveries.ts";
import { withoutUpstreamCalls } from "./upstream-calls.ts";
import { closeOf, openAs, served } from "./sockets.ts";
import { type HttpAnswer, ask, JSON_TYPE, send } from "./wire.ts";
import { NORTH_ONLY, type World } from "./world.ts";

const FORBIDDEN_TO_READERS: readonly string[] = [
  `mutation { openDoor(input: { serialNumber: "${DEVICE}" }) { command { id } } }`,
  `mutation {
    enrollFingerprint(input: {
      employeeCode: "1042", serialNumbers: ["${DEVICE}"], index: 1, source: { capture: true }
    }) { commands { id } }
  }`,
  `mutation { setUserPassword(input: { employeeCode: "1042", serialNumbers: ["${DEVICE}"], password: "4711" }) { commands { id } } }`,
  `mutation { resetDeviceQueue(input: { serialNumber: "${DEVICE}" }) { commands { id } } }`,
  `mutation { registerCallback(input: { url: "https://hr.example.com/x" }) { callback { url } } }`,
];

/** A token for the program that only routers may call, for the same user as the other program's token. */
const routed = tokenOf(
  { alg: "HS256" },
  claims({ scope: "devices:read attendance:read" }),
  hmac(CANARIES["secret of tokens"]),
);

const signed = (world: World, body: string, overrides: Partial<Parameters<typeof signRequest>[0]> = {}, sent = body) =>
  send(
    { url: world.routed.url, headers: bearer(routed) },
    {
      headers: {
        ...JSON_TYPE,
        "x-portico-signature": signRequest({
          key: CANARIES["key of routers"],
          method: "POST",
          path: "/graphql",
          ...overrides,
          body,
        }),
      },
      body: sent,
    },
  );

const NAMED = { query: "query A { viewer { name } } query B { devices { totalCount } }", operationName: "A" };

const ABSENT = "SN99ABSENT999";
const globalId = (serial: string) => Buffer.from(`Device:${serial}`).toString("base64url");
const EVERY_WAY = `query ($serial: String!, $id: ID!, $reference: _Any!) {
  device(serialNumber: $serial) { id name }
  door(serialNumber: $serial) { id }
  node(id: $id) { id }
  _entities(representations: [$reference]) { ... on Device { name } }
}`;
const waysTo = (serial: string) => ({
  serial,
  id: globalId(serial),
  reference: { __typename: "Device", serialNumber: serial },
});

const withoutId = ({ status, text }: HttpAnswer, serial: string) => ({
  status,
  text: text.replaceAll(serial, "SERIAL"),
});

export const RIGHTS: Section = [
  {
    id: "D07",
    about:
      "a caller who may only read punches: every command is FORBIDDEN without an upstream call; other fields are answered",
    async over(world, ask) {
      await withoutUpstreamCalls(world, async () => {
        for (const query of FORBIDDEN_TO_READERS)
          expect(codesIn(await ask(world.as("reader"), { query })), query).toContain("FORBIDDEN");
      });
      const query = `{ viewer { name } user(employeeCode: "1042") { credentials { kind } } }`;
      const reply = await ask(world.as("reader"), { query });
      expect(new Set(codesIn(reply))).toEqual(new Set(["FORBIDDEN"]));
      expect(reply.data).toMatchObject({ viewer: { name: "reader" } });
    },
  },
  {
    id: "D08",
    about: "a device of another account, however it is named, looks like one that does not exist",
    async over(world, ask) {
      const own = await ask(world.as("ada"), { query: EVERY_WAY, variables: waysTo(NORTH_ONLY) });
      expect(own.data).toMatchObject({ device: { name: expect.any(String) } });
      const since = await world.north.marker();
      const foreign = await ask(world.as("sven"), { query: EVERY_WAY, variables: waysTo(NORTH_ONLY) });
      const absent = await ask(world.as("sven"), { query: EVERY_WAY, variables: waysTo(ABSENT) });
      expect(JSON.stringify(foreign).replaceAll(NORTH_ONLY, "S")).toEqual(
        JSON.stringify(absent).replaceAll(ABSENT, "S"),
      );
      expect(await world.north.marker()).toBe(since);
    },
  },
  {
    id: "D08b",
    about: "a command, a cursor and an idempotency key of another account have no effect",
    by: "HTTP",
    allowedCommands: ["OpenDoor"],
    async run(world) {
      const door = `mutation {
        openDoor(input: { serialNumber: "${DEVICE}", options: { idempotencyKey: "shared-key-of-two" } }) { command { id operationId } }
      }`;
      const idIn = ({ text }: HttpAnswer) => /"id":"([^"]+)"/.exec(text)?.[1] ?? "";
      const [mine, theirs] = [await ask(world.as("ada"), door), await ask(world.as("sven"), door)];
      expect(idIn(mine)).not.toBe("");
      expect(idIn(theirs)).not.toBe(idIn(mine));
      const command = (id: string) => `{ command(id: "${id}") { id } }`;
      const stolen = await ask(world.as("sven"), command(idIn(mine)));
      expect(withoutId(stolen, idIn(mine))).toEqual({ status: 200, text: expect.stringContaining('"command":null') });
      await deliverPunch(world);
      const { text } = await ask(world.as("ada"), "{ events(first: 1) { cursor } }");
      const cursor = /"cursor":"([^"]+)"/.exec(text)?.[1] ?? "";
      expect(cursor).not.toBe("");
      const read = await ask(
        world.as("sven"),
        "query ($after: EventCursor) { events(after: $after) { nodes { cursor } } }",
        { after: cursor },
      );
      expect(read.text).toContain('"nodes":[]');
    },
  },
  {
    id: "D09",
    about: "a subscriber of one account receives nothing of another, also next to one that does not read",
    by: "WebSocket",
    async run(world) {
      const theirs = await openAs(world.as("sven"));
      const slow = await openAs(world.as("ada"));
      const mine = await openAs(world.as("ada"));
      for (const socket of [theirs, slow, mine]) socket.subscribe("1", PUNCHES);
      await served(world.program, 3);
      slow.socket.pause();
      const codes: string[] = [];
      for (let count = 0; count < 50; count += 1) codes.push(await deliverPunch(world));
      await expect.poll(() => codesOf(mine, "1")).toEqual(codes);
      expect(codesOf(theirs, "1")).toEqual([]);
    },
  },
  {
    id: "D10",
    about: "requests without a router's signature: 401 for queries, _service, _entities, streams, GET and sockets",
    by: "HTTP, server-sent events, WebSocket",
    run: (world) =>
      withoutUpstreamCalls(world, async () => {
        const target = { url: world.routed.url, headers: bearer(routed) };
        const reference = `{ _entities(representations: [{ __typename: "Device", serialNumber: "${DEVICE}" }]) { __typename } }`;
        for (const query of ["{ viewer { name } }", "{ _service { sdl } }", reference, PUNCHES])
          for (const accept of ["application/json", "text/event-stream"]) {
            const headers = { ...JSON_TYPE, accept };
            expect((await send(target, { headers, body: JSON.stringify({ query }) })).status, query).toBe(401);
          }
        expect((await send(target, { method: "GET", path: "/graphql?query={viewer{name}}" })).status).toBe(401);
        expect((await closeOf(target, [{ type: "connection_init" }])).code).toBe(4401);
      }),
  },
  {
    id: "D11",
    about: "a signature is valid for its body, method, path, key and minute, and only once",
    by: "HTTP",
    async run(world) {
      const body = JSON.stringify(NAMED);
      expect((await signed(world, body)).status).toBe(200);
      const now = Math.floor(Date.now() / 1_000);
      const others = [
        await signed(world, body, {}, JSON.stringify({ ...NAMED, query: `${NAMED.query} ` })),
        await signed(world, body, {}, JSON.stringify({ ...NAMED, operationName: "B" })),
        await signed(world, body, {}, JSON.stringify({ ...NAMED, variables: { a: 1 } })),
        await signed(world, body, { key: "another-key-of-a-router-of-32-bytes-0" }),
        await signed(world, body, { path: "/graphql?" }),
        await signed(world, body, { method: "GET" }),
        await signed(world, body, { at: now - 62 }),
        await signed(world, body, { at: now + 62 }),
      ];
      expect(others.map(({ status }) => status)).toEqual(others.map(() => 401));
      const signatureOptions = { at: now, nonce: `nonce-of-${now}-0123456789` };
      const replayed = [await signed(world, body, signatureOptions), await signed(world, body, signatureOptions)];
      expect(replayed.map(({ status }) => status)).toEqual([200, 401]);
    },
  },
  {
    id: "D11b",
    about: "an old key is accepted during key rotation",
    by: "HTTP",
    where: "test/server/identity/router-signature.test.ts",
  },
  { id: "D12", about: "client certificates", why: "Portico does not terminate TLS; a balancer does" },
  {
    id: "D16",
    about: "a thousand PINs through aliases: the limit per minute is sent, then every field is RATE_LIMITED",
    by: "HTTP",
    long: true,
    allowedCommands: ["SetUserPassword"],
    async run(world) {
      const since = await world.north.marker();
      const pin = (index: number) =>
        `a${index}: setUserPassword(
          input: { employeeCode: "1042", serialNumbers: ["${DEVICE}"], password: "${1_000 + index}" }
        ) { userErrors { code } }`;
      const codes: unknown[] = [];
      for (let round = 0; round < 200; round += 1) {
        const five = Array.from({ length: 5 }, (_, index) => pin(round * 5 + index)).join(" ");
        codes.push(...(await ask(world.as("mallory"), `mutation { ${five} }`)).codes);
      }
      const sent = (await world.north.entries(since, "SetUserPassword")).length;
      expect(new Set(codes)).toEqual(new Set(["RATE_LIMITED"]));
      expect(sent).toBeGreaterThanOrEqual(300);
      expect(sent).toBeLessThan(700);
    },
  },
];
