import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import type { OperationName } from "../../../src/contract/operations.ts";
import { type TestApp, startPortico } from "../portico/app.ts";
import { withSandbox } from "../sandbox/with-sandbox.ts";

type Members = Readonly<Record<string, unknown>>;

/** An answer byte by byte. */
export class RawAnswer {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  readonly status: number;

  constructor(body: Buffer, headers: Readonly<Record<string, string>> = {}, status = 200) {
    this.body = body;
    this.headers = { "content-type": "application/json", ...headers };
    this.status = status;
  }
}

type Answer = Members | number | RawAnswer;

/** What a gateway answers to an operation, or how it answers a query, with the HTTP status `http`. A number is the status of a failure. */
export type ScratchAnswers = {
  [Name in OperationName]?: Answer | ((query: URLSearchParams) => Answer);
};

export interface ScratchApp extends TestApp {
  /** May be changed at any time. */
  readonly answers: ScratchAnswers;
  /** The operations that the gateway received. */
  readonly calls: readonly string[];
  /** The headers of its requests, in the same order. */
  readonly headers: readonly IncomingHttpHeaders[];
  /** Sends a callback; throws unless it is acknowledged. */
  readonly deliver: (body: Members) => Promise<void>;
}

const SECRET = "secret-of-the-path-0123456789abcdef";

/** Writes JSON, with an integer of any length as a number. */
const written = (value: unknown): string =>
  JSON.stringify(value, (_name, each: unknown) => (typeof each === "bigint" ? `bigint ${each}` : each)).replaceAll(
    /"bigint (\d+)"/g,
    "$1",
  );

/**
 * Portico in front of a gateway of a few lines, which says what no gateway should say. Operations without an answer are empty.
 * @param more Variables beside the usual ones: with PUBLIC_URL, the cache is on.
 */
export const startOnScratch = async (
  answers: ScratchAnswers,
  more: Readonly<Record<string, string>> = {},
): Promise<ScratchApp> => {
  const calls: string[] = [];
  const headers: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://gateway");
    const name = url.pathname.slice(url.pathname.lastIndexOf("/") + 1) as OperationName;
    calls.push(name);
    headers.push(request.headers);
    request.resume();
    const answer = answers[name];
    const members = (typeof answer === "function" ? answer(url.searchParams) : answer) ?? {};
    if (members instanceof RawAnswer) {
      response.writeHead(members.status, members.headers).end(members.body);
      return;
    }
    const head = { Status: "done", StatusCode: 0, OperationID: "op0000000001", OffSet: "" };
    const { http = 200, ...body }: Members = typeof members === "number" ? { http: members } : { ...head, ...members };
    response.writeHead(Number(http), { "content-type": "application/json" }).end(written(body));
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const env = { GATEWAY_URL: `http://127.0.0.1:${port}/v3`, CALLBACK_SECRET: SECRET, ...more };
  const portico = await startPortico(await withSandbox(), env);
  return {
    ...portico,
    answers,
    calls,
    headers,
    async deliver(body) {
      const { status } = await fetch(`${portico.url}/callbacks/${SECRET}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      if (status !== 200) throw new Error(`The callback was answered with ${status}.`);
    },
  };
};

export const DEVICE = {
  DeviceSN: "GATE-001",
  DeviceLabel: "Gate",
  Model: "T",
  Status: "Online",
  LastSeen: "2026-11-20 10:00:00 GMT +0000",
  TimeZone: "Asia/Kolkata",
  UtcOffset: "+05:30",
  QueueDepth: 0,
  DoorCount: 1,
};

export const PUNCH = {
  PunchID: "pun_1",
  DeviceSN: "GATE-001",
  DeviceLabel: "Gate",
  EmployeeCode: "0042",
  EmployeeName: "A B",
  AttendanceLog: "2026-11-20 09:00:00",
  UtcOffset: "+05:30",
  Type: "face",
  Direction: "CheckIn",
  HasPhoto: false,
  ReceivedTime: "2026-11-20 03:30:05 GMT +0000",
  ClockSuspect: false,
};

/** A list of rows as the gateway pages it. */
export const pageOf = (member: string, rows: readonly unknown[]): Members => ({
  ReturnRowCount: rows.length,
  ActualRowCount: rows.length,
  [member]: rows,
});
