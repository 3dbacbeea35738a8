import { serverAudits } from "graphql-http";
import { expect } from "vitest";
import { MAX_BODY_BYTES } from "../../src/server/http/body.ts";
import type { Section } from "./case.ts";
import { sendBytes, JSON_TYPE, send, statusesIn } from "./wire.ts";
import type { World } from "./world.ts";

const VIEWER = JSON.stringify({ query: "{ viewer { name } }" });

/** Bodies that are not a request; the answer must not repeat `secretword`. */
const MALFORMED: readonly (readonly [string, string])[] = [
  ["cut off", `{"query": "{ viewer { name } }", "secretword`],
  ["null", "null"],
  ["an empty list", "[]"],
  ["a list of two", `[${VIEWER},${VIEWER}]`],
  ["a list of eleven", `[${Array.from({ length: 11 }, () => VIEWER).join()}]`],
  ["text", `"secretword"`],
  ["a number", "7"],
  ["nothing", ""],
  ["a query that is a number", `{"query": 7}`],
  ["variables that are a list", `{"query": "{ viewer { name } }", "variables": ["secretword"]}`],
  ["deep brackets", "[".repeat(1_000_000)],
  ["a prototype", `{"__proto__": {"query": "{ viewer { name } }"}}`],
];

const HEAD = "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";

/** Ambiguous message framings; a second answer would reveal a smuggled request. */
const FRAMINGS: readonly (readonly [string, string])[] = [
  ["two lengths", `${HEAD}Content-Length: 5\r\nContent-Length: 6\r\n\r\n{}   `],
  ["length and chunks", `${HEAD}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
  ["an invalid length", `${HEAD}Content-Length: -1\r\n\r\n`],
  ["a length with a sign", `${HEAD}Content-Length: +2\r\n\r\n{}`],
  ["an unknown coding", `${HEAD}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`],
  ["a chunk without a valid size", `${HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`],
  ["a header of NUL", `${HEAD}X: a\0b\r\nContent-Length: 2\r\n\r\n{}`],
  ["a folded header", `${HEAD}X: a\r\n b\r\nContent-Length: 2\r\n\r\n{}`],
  ["a space before the colon", `${HEAD}Content-Length : 2\r\n\r\n{}`],
  ["not HTTP", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"],
  ["HTTP/0.9", "GET /graphql\r\n\r\n"],
  ["no host", "GET /graphql HTTP/1.1\r\n\r\n"],
];

const UPGRADE = [
  "GET /graphql HTTP/1.1",
  "Host: localhost",
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "",
].join("\r\n");

const expectRefused = async (
  { program }: World,
  requests: readonly (readonly [string, string])[],
  statuses: number[],
) => {
  for (const [name, bytes] of requests) {
    const answer = await sendBytes(program, bytes);
    expect(statuses, name).toContain(statusesIn(answer)[0]);
    expect(statusesIn(answer), name).toHaveLength(1);
  }
};

export const PROTOCOL: Section = [
  {
    id: "A01",
    about: "all audits of GraphQL over HTTP pass for a caller with a key",
    by: "HTTP",
    async run({ as }) {
      const { url, headers } = as("ada");
      const fetchFn = (input: string, init: RequestInit = {}) =>
        fetch(input, { ...init, headers: { ...(init.headers as Record<string, string>), ...headers } });
      const results = [];
      for (const audit of serverAudits({ url: `${url}/graphql`, fetchFn })) results.push(await audit.fn());
      expect(results.filter(({ status }) => status !== "ok")).toEqual([]);
      expect(results).toHaveLength(61);
    },
  },
  {
    id: "A02",
    about: "the same for an unauthenticated caller in production",
    by: "HTTP",
    where: "test/server/admission/introspection.test.ts",
  },
  {
    id: "A03",
    about: "a body without a content type, or with another one, is 415",
    by: "HTTP",
    async run({ as }) {
      for (const type of [undefined, "text/plain", "application/graphql", "application/json; charset=utf-16"]) {
        const headers = type === undefined ? {} : { "content-type": type };
        expect((await send(as("ada"), { headers, body: VIEWER })).status, type).toBe(415);
      }
    },
  },
  {
    id: "A04",
    about: "PUT, DELETE and PATCH are 405 with Allow",
    by: "HTTP",
    async run({ as }) {
      for (const method of ["PUT", "DELETE", "PATCH"]) {
        const { status, headers } = await send(as("ada"), { method, headers: JSON_TYPE, body: VIEWER });
        expect([status, headers["allow"]], method).toEqual([405, expect.stringContaining("POST")]);
      }
    },
  },
  {
    id: "A05",
    about: "a body that is not a request is 400 with one error that does not repeat its content",
    by: "HTTP",
    async run({ as }) {
      for (const [name, body] of MALFORMED) {
        const answer = await send(as("ada"), { headers: JSON_TYPE, body });
        expect([answer.status, answer.codes], name).toEqual([400, ["BAD_REQUEST"]]);
        expect(answer.text, name).not.toContain("secretword");
      }
    },
  },
  {
    id: "A05b",
    about: "a body of the maximum size is accepted; one byte more is 413",
    by: "HTTP",
    async run({ as }) {
      const padded = (bytes: number) => VIEWER.padEnd(bytes, " ");
      for (const [bytes, expected] of [
        [MAX_BODY_BYTES - 1, 200],
        [MAX_BODY_BYTES, 200],
        [MAX_BODY_BYTES + 1, 413],
      ] as const) {
        expect((await send(as("ada"), { headers: JSON_TYPE, body: padded(bytes) })).status).toBe(expected);
      }
    },
  },
  {
    id: "A08",
    about: "heads of 64 KB or with 3,000 headers are 431",
    by: "TCP",
    async run(world) {
      const many = "a:\r\n".repeat(3_000);
      const large = `x: ${"a".repeat(64 * 1024)}\r\n`;
      const heads = [`${HEAD}Content-Length: 0\r\n`, UPGRADE].flatMap((head) => [
        ["many", `${head}${many}\r\n`] as const,
        ["large", `${head}${large}\r\n`] as const,
      ]);
      await expectRefused(world, heads, [431]);
    },
  },
  {
    id: "A09",
    about: "a message with ambiguous framing is rejected, and no request is smuggled behind it",
    by: "TCP",
    run: (world) => expectRefused(world, FRAMINGS, [400, 401, 415, 501]),
  },
];
