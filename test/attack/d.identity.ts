import { expect } from "vitest";
import { badTokens } from "../kit/portico/bad-tokens.ts";
import { bearer, claims, hmac, keyOf, startIssuer, token, tokenOf } from "../kit/portico/callers.ts";
import { PUNCHES, refusedStatus } from "../kit/portico/socket.ts";
import type { Section } from "./case.ts";
import { withoutUpstreamCalls } from "./upstream-calls.ts";
import { closeOf } from "./sockets.ts";
import { type HttpAnswer, ask, JSON_TYPE, send } from "./wire.ts";
import type { World } from "./world.ts";

const DOOR = `mutation { openDoor(input: { serialNumber: "SN7A2300583" }) { command { id } } }`;
const VIEWER = "{ viewer { name } }";

/** Everything that a client sees in an answer, except the request ID and the date. */
const shapeOf = ({ status, headers, text }: HttpAnswer): unknown => {
  const visibleHeaders = Object.entries(headers).filter(([name]) => name !== "x-request-id" && name !== "date");
  return { status, text, visibleHeaders };
};

const boundary = `--x\r\nContent-Disposition: form-data; name="operations"\r\n\r\n${JSON.stringify({ query: DOOR })}\r\n--x--\r\n`;

/** A door mutation in the forms that any page can make a browser send. */
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
  ["a token signed with another algorithm", tokenOf({ alg: "HS256" }, claims(), hmac("x".repeat(40)))],
];

export const IDENTITY: Section = [
  {
    id: "D01, D02",
    about: "a door mutation in a form, as text, or by GET is 415 or 405 and sends nothing to the gateway",
    by: "HTTP",
    run: (world) =>
      withoutUpstreamCalls(world, async () => {
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
    about: "a preflight from another origin gets no header that allows access",
    by: "HTTP",
    async run({ as }) {
      for (const origin of ["https://evil.example", "null"]) {
        const headers = { origin, "access-control-request-method": "POST" };
        const preflight = await send({ ...as("ada"), headers: {} }, { method: "OPTIONS", headers });
        const actual = await send(as("ada"), {
          headers: { ...JSON_TYPE, origin },
          body: JSON.stringify({ query: VIEWER }),
        });
        for (const answer of [preflight, actual]) {
          expect(answer.headers["access-control-allow-origin"]).toBeUndefined();
          expect(answer.headers["access-control-allow-credentials"]).toBeUndefined();
        }
        expect(actual.status).toBe(403);
      }
    },
  },
  {
    id: "D05, D06",
    about: "no credential, and each invalid credential: the same 401, for sockets 4401; no key is fetched from any URL",
    by: "HTTP, server-sent events, WebSocket",
    async run(world) {
      const elsewhere = await startIssuer();
      const anonymous = { url: world.program.url, headers: {} };
      const none = await ask(anonymous, VIEWER);
      expect([none.status, none.headers["www-authenticate"], none.codes]).toEqual([401, "Bearer", ["UNAUTHENTICATED"]]);
      await withoutUpstreamCalls(world, async () => {
        for (const [what, credential] of credentials(elsewhere.url)) {
          const target = { ...anonymous, headers: bearer(credential) };
          expect(shapeOf(await ask(target, VIEWER)), what).toEqual(shapeOf(none));
          const streamed = await send(target, {
            headers: { ...JSON_TYPE, accept: "text/event-stream" },
            body: JSON.stringify({ query: PUNCHES }),
          });
          expect(shapeOf(streamed), what).toEqual(shapeOf(none));
          const init = { type: "connection_init", payload: bearer(credential) };
          expect(await closeOf(anonymous, [init]), what).toEqual({ code: 4401, reason: "Unauthorized" });
        }
      });
      expect((await ask({ ...anonymous, headers: bearer(token()) }, VIEWER)).codes).toEqual([]);
      expect(elsewhere.asked()).toBe(0);
    },
  },
  {
    id: "D06b",
    about: "a token of 1 MB is 431; one of 1 MB in connection_init is 4401",
    by: "HTTP, WebSocket",
    async run({ program }) {
      const huge = bearer("x".repeat(1_000_000));
      const anonymous = { url: program.url, headers: {} };
      const { status } = await ask({ ...anonymous, headers: huge }, VIEWER).catch(() => ({ status: 431 }));
      expect(status).toBe(431);
      const within = bearer("x".repeat(900_000));
      expect((await closeOf(anonymous, [{ type: "connection_init", payload: within }])).code).toBe(4401);
    },
  },
  {
    id: "D14",
    about: "no HTML page in production: neither GraphiQL nor markup from the URL",
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
    about: "a socket on any other path is rejected",
    by: "WebSocket",
    async run({ as }: World) {
      const { url, headers } = as("ada");
      for (const path of ["/", "/graphql/", "/health/live", "//graphql", "/graphql%00", "/callbacks/x"])
        expect(await refusedStatus({ url }, { path, headers }), path).toBe(404);
    },
  },
];
