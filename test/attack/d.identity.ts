import { expect } from "vitest";
import { badTokens } from "../kit/portico/bad-tokens.ts";
import { bearer, claims, hmac, keyOf, startIssuer, token, tokenOf } from "../kit/portico/callers.ts";
import { PUNCHES, refusedStatus } from "../kit/portico/socket.ts";
import type { Section } from "./case.ts";
import { quietly } from "./quiet.ts";
import { closeOf } from "./sockets.ts";
import { type Answered, ask, JSON_TYPE, send } from "./wire.ts";
import type { World } from "./world.ts";

const DOOR = `mutation { openDoor(input: { serialNumber: "SN7A2300583" }) { command { id } } }`;
const VIEWER = "{ viewer { name } }";

/** All that a client sees of an answer, but for its id and the time. */
const shapeOf = ({ status, headers, text }: Answered): unknown => {
  const told = Object.entries(headers).filter(([name]) => name !== "x-request-id" && name !== "date");
  return { status, text, told };
};

const boundary = `--x\r\nContent-Disposition: form-data; name="operations"\r\n\r\n${JSON.stringify({ query: DOOR })}\r\n--x--\r\n`;

/** A door, as any page can have a browser ask for it. */
const FORMS: readonly (readonly [type: string, body: string])[] = [
  ["application/x-www-form-urlencoded", new URLSearchParams({ query: DOOR }).toString()],
  ["multipart/form-data; boundary=x", boundary],
  ["application/graphql", DOOR],
  ["text/plain", JSON.stringify({ query: DOOR })],
];

const credentials = (elsewhere: string): readonly (readonly [string, string])[] => [
  ...badTokens(elsewhere),
  ["an unknown key", "nothing-that-anybody-was-given-0000"],
  ["a key that has expired", keyOf("late")],
  ["a token of the other kind", tokenOf({ alg: "HS256" }, claims(), hmac("x".repeat(40)))],
];

export const IDENTITY: Section = [
  {
    id: "D01, D02",
    about: "a door asked for by a form, as text, or by GET: 415, 405, and nothing moves",
    by: "HTTP",
    run: (world) =>
      quietly(world, async () => {
        for (const [type, body] of FORMS)
          expect((await send(world.as("ada"), { headers: { "content-type": type }, body })).status, type).toBe(415);
        for (const accept of ["*/*", "text/event-stream"]) {
          const path = `/graphql?${new URLSearchParams({ query: DOOR }).toString()}`;
          const { status } = await send(world.as("ada"), { method: "GET", path, headers: { accept } });
          expect(status, accept).toBe(405);
        }
      }),
  },
  {
    id: "D03",
    about: "a page of another origin that asks beforehand hears nothing that lets it in",
    by: "HTTP",
    async run({ as }) {
      for (const origin of ["https://evil.example", "null"]) {
        const headers = { origin, "access-control-request-method": "POST" };
        const before = await send({ ...as("ada"), headers: {} }, { method: "OPTIONS", headers });
        const then = await send(as("ada"), {
          headers: { ...JSON_TYPE, origin },
          body: JSON.stringify({ query: VIEWER }),
        });
        for (const answer of [before, then]) {
          expect(answer.headers["access-control-allow-origin"]).toBeUndefined();
          expect(answer.headers["access-control-allow-credentials"]).toBeUndefined();
        }
        expect(then.status).toBe(403);
      }
    },
  },
  {
    id: "D05, D06",
    about:
      "no credential, and each that is wrong in one way: the same 401; sockets 4403; no key is fetched from anywhere",
    by: "HTTP, server-sent events, WebSocket",
    async run(world) {
      const elsewhere = await startIssuer();
      const nobody = { url: world.program.url, headers: {} };
      const none = await ask(nobody, VIEWER);
      expect([none.status, none.headers["www-authenticate"], none.codes]).toEqual([401, "Bearer", ["UNAUTHENTICATED"]]);
      await quietly(world, async () => {
        for (const [what, credential] of credentials(elsewhere.url)) {
          const who = { ...nobody, headers: bearer(credential) };
          expect(shapeOf(await ask(who, VIEWER)), what).toEqual(shapeOf(none));
          const streamed = await send(who, {
            headers: { ...JSON_TYPE, accept: "text/event-stream" },
            body: JSON.stringify({ query: PUNCHES }),
          });
          expect(shapeOf(streamed), what).toEqual(shapeOf(none));
          const hello = { type: "connection_init", payload: bearer(credential) };
          expect(await closeOf(nobody, [hello]), what).toEqual({ code: 4403, reason: "Forbidden" });
        }
      });
      expect((await ask({ ...nobody, headers: bearer(token()) }, VIEWER)).codes).toEqual([]);
      expect(elsewhere.asked()).toBe(0);
    },
  },
  {
    id: "D06b",
    about: "a token of 1 MB is 431; one of 1 MB in a hello is 4403",
    by: "HTTP, WebSocket",
    async run({ program }) {
      const huge = bearer("x".repeat(1_000_000));
      const nobody = { url: program.url, headers: {} };
      const { status } = await ask({ ...nobody, headers: huge }, VIEWER).catch(() => ({ status: 431 }));
      expect(status).toBe(431);
      const within = bearer("x".repeat(900_000));
      expect((await closeOf(nobody, [{ type: "connection_init", payload: within }])).code).toBe(4403);
    },
  },
  {
    id: "D14",
    about: "no page in production: neither GraphiQL nor what is written into an address",
    by: "HTTP",
    async run({ program }) {
      for (const path of ["/", "/graphiql", "/graphql", "/graphql?operationName=%3Cscript%3Ealert(1)%3C/script%3E"]) {
        const headers = { accept: "text/html" };
        const answer = await send({ url: program.url, headers: {} }, { method: "GET", path, headers });
        expect(answer.text, path).not.toMatch(/<script|<html/i);
        expect([401, 404, 406], path).toContain(answer.status);
      }
    },
  },
  {
    id: "D15",
    about: "a socket on any other path is refused",
    by: "WebSocket",
    async run({ as }: World) {
      const { url, headers } = as("ada");
      for (const path of ["/", "/graphql/", "/health/live", "//graphql", "/graphql%00", "/callbacks/x"])
        expect(await refusedStatus({ url }, { path, headers }), path).toBe(404);
    },
  },
];
