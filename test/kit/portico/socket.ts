import { once } from "node:events";
import { expect, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { until } from "../until.ts";
import type { TestApp } from "./app.ts";

export interface Received {
  readonly type: string;
  readonly id?: string;
  readonly payload?: unknown;
}

/** A socket on which a test can send anything. */
export interface RawSocket {
  readonly socket: WebSocket;
  /** All messages, in order. */
  readonly received: readonly Received[];
  readonly of: (id: string, type?: string) => readonly Received[];
  /** Sends text and bytes as they are, anything else as JSON. */
  readonly send: (message: unknown) => void;
  readonly subscribe: (id: string, query: string, variables?: object) => void;
  /** Resolves with the first message that fits; waits 15 s at most. */
  readonly first: (fits: (message: Received) => boolean) => Promise<Received>;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
}

export interface SocketOptions {
  readonly protocols?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly path?: string;
  readonly perMessageDeflate?: boolean;
  /** Does not answer pings. */
  readonly mute?: boolean;
  /**
   * Sends connection_init and waits for the acknowledgment.
   * @default true
   */
  readonly init?: boolean;
}

export const PROTOCOL = "graphql-transport-ws";

const dial = ({ url }: Pick<TestApp, "url">, options: SocketOptions): WebSocket => {
  const { protocols = [PROTOCOL], headers = {}, path = "/graphql", perMessageDeflate = false, mute = false } = options;
  const socket = new WebSocket(`${url.replace("http", "ws")}${path}`, [...protocols], {
    headers,
    perMessageDeflate,
    autoPong: !mute,
  });
  onTestFinished(() => socket.terminate());
  return socket;
};

/** The HTTP status with which the server refuses the upgrade. */
export const refusedStatus = async (portico: Pick<TestApp, "url">, options: SocketOptions = {}): Promise<number> => {
  const socket = dial(portico, options);
  socket.on("error", () => {});
  const [, response] = (await once(socket, "unexpected-response")) as [unknown, { readonly statusCode: number }];
  return response.statusCode;
};

export const openSocket = async (portico: Pick<TestApp, "url">, options: SocketOptions = {}): Promise<RawSocket> => {
  const socket = dial(portico, options);
  const received: Received[] = [];
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.once("close", (code, reason) => resolve({ code, reason: reason.toString() }));
  });
  socket.on("message", (data) => {
    const message = JSON.parse((data as Buffer).toString()) as Received;
    received.push(message);
    if (message.type === "ping" && options.mute !== true) send({ type: "pong" });
  });
  const send = (message: unknown) => {
    const isPlain = typeof message === "string" || Buffer.isBuffer(message);
    socket.send(isPlain ? message : JSON.stringify(message));
  };
  await once(socket, "open");
  socket.on("error", () => {});
  const raw: RawSocket = {
    socket,
    received,
    of: (id, type) => received.filter((message) => message.id === id && (type === undefined || message.type === type)),
    send,
    subscribe: (id, query, variables) => send({ id, type: "subscribe", payload: { query, variables } }),
    first: (fits) => until(() => received.find(fits), { timeoutMs: 15_000 }),
    closed,
  };
  if (options.init !== false) {
    send({ type: "connection_init" });
    await raw.first(({ type }) => type === "connection_ack");
  }
  return raw;
};

export const PUNCHES = `subscription { punchAdded { punch { user { employeeCode } } } }`;

export const punch = ({ sandbox }: TestApp, EmployeeCode: string, DeviceSN = "SN7A2300583"): void => {
  sandbox.punch({ DeviceSN, EmployeeCode });
};

/** Waits until the hub serves this many subscribers. */
export const served = ({ live }: TestApp, count: number): Promise<void> => expect.poll(live.subscribers).toBe(count);

/** The employee codes that a subscription of PUNCHES received. */
export const codesOf = (socket: RawSocket, id: string): readonly string[] =>
  socket.of(id, "next").map(({ payload }) => {
    const { data } = payload as { data: { punchAdded: { punch: { user: { employeeCode: string } } } } };
    return data.punchAdded.punch.user.employeeCode;
  });

export const errorOf = async (socket: RawSocket, id: string): Promise<unknown> =>
  (await socket.first((message) => message.id === id && message.type === "error")).payload;

/** Checks that the server still answers. */
export const serves = async (portico: TestApp): Promise<void> => {
  const socket = await openSocket(portico);
  socket.subscribe("1", `{ viewer { name } }`);
  await socket.first(({ type }) => type === "complete");
  socket.socket.terminate();
};
