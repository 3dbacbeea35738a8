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

/** Valid requests, of every operation there is. */
export const bodies = (): readonly Buffer[] => [
  ...documents().map((query) => Buffer.from(JSON.stringify({ query, variables: VARIABLES }))),
  Buffer.from(JSON.stringify({ query: "{ viewer { name } }", operationName: null, variables: {}, extensions: {} })),
  Buffer.from(JSON.stringify({ query: "query A { viewer { name } } query B { __typename }", operationName: "B" })),
  Buffer.from(JSON.stringify({ query: "query ($n: Int) { devices(first: $n) { totalCount } }", variables: { n: 1 } })),
];

const BODY = `{"query":"{ viewer { name } }"}`;

/** Heads of requests, with a credential that is none; all but the last close. */
export const heads = (): readonly Buffer[] =>
  [
    `POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAuthorization: Bearer a.b.c\r\nContent-Length: ${BODY.length}\r\nConnection: close\r\n\r\n${BODY}`,
    `GET /graphql?query=%7Bviewer%7Bname%7D%7D HTTP/1.1\r\nHost: localhost\r\nAccept: application/graphql-response+json;q=0.9, */*\r\nX-Api-Key: key\r\nConnection: close\r\n\r\n`,
    `GET /graphql HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\nLast-Event-ID: abc\r\nOrigin: https://a.example\r\nConnection: close\r\n\r\n`,
    `OPTIONS /graphql HTTP/1.1\r\nHost: localhost\r\nOrigin: null\r\nAccess-Control-Request-Method: POST\r\nConnection: close\r\n\r\n`,
    `GET /links/photo?a=b&s=c HTTP/1.1\r\nHost: localhost\r\nRange: bytes=0-1\r\nConnection: close\r\n\r\n`,
    `POST /callbacks/x?stgid=1 HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
    `GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
    `GET /graphql HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
  ].map((text) => Buffer.from(text));

/** Callbacks of every generation. */
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

/** Messages of the socket's protocol. */
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

/** A message as a client frames it: masked by zeros, so that its bytes stay what they are. */
export const framed = (payload: Buffer): Buffer => {
  const length = payload.length < 126 ? Buffer.of(0x80 | payload.length) : Buffer.alloc(3, 0x80 | 126);
  if (length.length === 3) length.writeUInt16BE(Math.min(payload.length, 0xffff), 1);
  return Buffer.concat([Buffer.of(0x81), length, Buffer.alloc(4), payload]);
};
