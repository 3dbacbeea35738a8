import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { WebSocket } from "ws";
import { ALL_EVENTS, type EventData, PUNCHES_OF, type Reader, type ReaderOptions, readInStays } from "./reader.ts";

export interface SocketOptions extends ReaderOptions {
  /** Follows only punches at these devices. */
  readonly serialNumbers?: readonly string[];
  /** Stops to read for these milliseconds, again and again. */
  readonly pauseMs?: number;
  /** Resets its connection itself now and then, and stays away for up to these milliseconds. */
  readonly awayMs?: number;
}

/** A message of graphql-transport-ws. */
interface Message {
  readonly type: string;
  readonly payload?: { readonly data?: { readonly events: EventData } | null; readonly cursor?: string };
}

/** A connection that answers no ping for so long is dead. */
const DEAD_MS = 3_000;
const CHECK_MS = 500;
const READS_MS = 1_000;
const STAYS_MS = { least: 1_000, most: 6_000 } as const;

/** Reads over WebSocket, with the subprotocol graphql-transport-ws and nothing else. */
export const readBySocket = (options: SocketOptions): Reader => {
  const { url, patience, random, serialNumbers, pauseMs = 0, awayMs = 0 } = options;
  return readInStays(options, async ({ after, take, signal }) => {
    const socket = new WebSocket(`${url.replace(/^http/, "ws")}/graphql`, "graphql-transport-ws");
    const say = (message: object) => socket.send(JSON.stringify(message));
    const closed = once(socket, "close").catch(() => {});
    socket.on("error", () => {});
    /** For how long nothing came although it was reading. */
    let silentMs = 0;
    let isPaused = false;
    const hear = () => {
      silentMs = 0;
    };
    socket.on("open", () => say({ type: "connection_init" }));
    socket.on("pong", hear);
    socket.on("message", (bytes: Buffer) => {
      hear();
      const { type, payload } = JSON.parse(bytes.toString()) as Message;
      if (type === "connection_ack") {
        const query = serialNumbers === undefined ? ALL_EVENTS : PUNCHES_OF;
        say({ id: "1", type: "subscribe", payload: { query, variables: { after, serialNumbers } } });
      } else if (type === "ping") {
        say({ type: "pong" });
        if (payload?.cursor !== undefined) take(null, payload.cursor);
      } else if (type === "next") {
        const event = payload?.data?.events;
        if (event === undefined) socket.terminate();
        else take(event, event.cursor);
      } else if (type === "error" || type === "complete") socket.close();
    });
    const checks = setInterval(() => {
      if (isPaused) return;
      silentMs += CHECK_MS;
      if (silentMs > patience.stretch(DEAD_MS)) socket.terminate();
      else if (socket.readyState === WebSocket.OPEN) socket.ping();
    }, CHECK_MS);
    const end = () => socket.terminate();
    signal.addEventListener("abort", end, { once: true });
    const pauses = async () => {
      while (socket.readyState !== WebSocket.CLOSED) {
        await Promise.race([delay(READS_MS, undefined, { signal }), closed]);
        if (socket.readyState !== WebSocket.OPEN) return;
        isPaused = true;
        socket.pause();
        await Promise.race([delay(pauseMs, undefined, { signal }), closed]);
        socket.resume();
        isPaused = false;
      }
    };
    const leave = async () => {
      await Promise.race([delay(STAYS_MS.least + random() * (STAYS_MS.most - STAYS_MS.least)), closed]);
      socket.terminate();
    };
    if (pauseMs > 0) void pauses().catch(() => {});
    if (awayMs > 0) void leave();
    await closed;
    clearInterval(checks);
    signal.removeEventListener("abort", end);
    if (awayMs > 0) await delay(random() * awayMs, undefined, { signal });
  });
};
