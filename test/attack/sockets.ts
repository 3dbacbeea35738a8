import { expect } from "vitest";
import { openSocket, type RawSocket, type SocketOptions } from "../kit/portico/socket.ts";
import type { Program } from "./program.ts";
import type { Target } from "./world.ts";

/** A socket that said hello with the caller's key. */
export const openAs = (target: Target, wish: SocketOptions = {}): Promise<RawSocket> =>
  openSocket({ url: target.url }, { ...wish, headers: { ...target.headers, ...wish.headers } });

/** Waits until the program serves so many subscriptions. */
export const served = (program: Program, count: number): Promise<void> =>
  expect.poll(() => program.metric("portico_subscribers"), { timeout: 30_000, interval: 20 }).toBe(count);

/** Opens a socket, sends these messages as they are, and tells how the server closed it. */
export const closeOf = async (
  target: Target,
  messages: readonly unknown[],
  wish: SocketOptions = {},
): Promise<{ readonly code: number; readonly reason: string }> => {
  const socket = await openAs(target, { ...wish, init: false });
  for (const message of messages) socket.send(message);
  return socket.closed;
};
