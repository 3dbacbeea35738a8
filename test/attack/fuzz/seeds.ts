import { readdirSync, readFileSync } from "node:fs";
import { exampleOf } from "../../kit/events/deliver.ts";
import { newPunch } from "../deliveries.ts";

const folder = new URL("../../../examples/", import.meta.url);

const documents = (): readonly string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".graphql"))
    .map((name) => readFileSync(new URL(name, folder), "utf8"));

const VARIABLES = {
  serialNumber: "SN7A2300583",
  employeeCode: "1042",
  from: "2026-06-20",
  to: "2026-06-21",
  first: 3,
  after: null,
};

/** Valid requests of every operation. */
export const bodies = (): readonly Buffer[] => [
  ...documents().map((query) => Buffer.from(JSON.stringify({ query, variables: VARIABLES }))),
  Buffer.from(JSON.stringify({ query: "{ viewer { name } }", operationName: null, variables: {}, extensions: {} })),
  Buffer.from(JSON.stringify({ query: "query A { viewer { name } } query B { __typename }", operationName: "B" })),
  Buffer.from(JSON.stringify({ query: "query ($n: Int) { devices(first: $n) { totalCount } }", variables: { n: 1 } })),
];

const headOf = (target: string, ...headers: readonly string[]): string =>
  [`${target} HTTP/1.1`, "Host: localhost", ...headers, "", ""].join("\r\n");

const BODY = `{"query":"{ viewer { name } }"}`;

/** Request heads with an invalid credential; all but the last close the connection. */
export const heads = (): readonly Buffer[] =>
  [
    `${headOf(
      "POST /graphql",
      "Content-Type: application/json",
      "Authorization: Bearer a.b.c",
      `Content-Length: ${BODY.length}`,
      "Connection: close",
    )}${BODY}`,
    headOf(
      "GET /graphql?query=%7Bviewer%7Bname%7D%7D",
      "Accept: application/graphql-response+json;q=0.9, */*",
      "X-Api-Key: key",
      "Connection: close",
    ),
    headOf(
      "GET /graphql",
      "Accept: text/event-stream",
      "Last-Event-ID: abc",
      "Origin: https://a.example",
      "Connection: close",
    ),
    `OPTIONS /graphql HTTP/1.1\r\nHost: localhost\r\nOrigin: null\r\nAccess-Control-Request-Method: POST\r\nConnection: close\r\n\r\n`,
    `GET /links/photo?a=b&s=c HTTP/1.1\r\nHost: localhost\r\nRange: bytes=0-1\r\nConnection: close\r\n\r\n`,
    `POST /callbacks/x?stgid=1 HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
    `GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
    headOf(
      "GET /graphql",
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Protocol: graphql-transport-ws",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ),
  ].map((text) => Buffer.from(text));

/** Callbacks in the current and the legacy formats. */
export const callbacks = (): readonly Buffer[] =>
  [
    newPunch(),
    ...[
      "AttendanceNewMinimum",
      "DeviceStatusEvent",
      "EnrollmentUpdateEvent",
      "LegacyRealTimePunch",
      "LegacyPunchBatch",
      "LegacyUserUpdated",
      "LegacyUserDeleted",
    ].map(exampleOf),
  ].map((body) =>
    Buffer.from(JSON.stringify(body).replaceAll("ExampleAuthToken0123456789abcdef", String(newPunch()["AuthToken"]))),
  );

/** Messages of the WebSocket protocol. */
export const messages = (): readonly Buffer[] =>
  [
    { type: "connection_init", payload: { authorization: "Bearer x" } },
    { type: "ping", payload: {} },
    { type: "pong" },
    { id: "1", type: "complete" },
    { id: "1", type: "subscribe", payload: { query: "{ viewer { name } }", variables: {}, extensions: {} } },
    { id: "2", type: "subscribe", payload: { query: "subscription { punchAdded { cursor } }" } },
    { id: "3", type: "subscribe", payload: { query: "query A { __typename }", operationName: "A" } },
  ].map((message) => Buffer.from(JSON.stringify(message)));

/** A client's frame with a mask of zeros, so that its bytes stay unchanged. */
export const framed = (payload: Buffer): Buffer => {
  const length = payload.length < 126 ? Buffer.of(0x80 | payload.length) : Buffer.alloc(3, 0x80 | 126);
  if (length.length === 3) length.writeUInt16BE(Math.min(payload.length, 0xffff), 1);
  return Buffer.concat([Buffer.of(0x81), length, Buffer.alloc(4), payload]);
};
