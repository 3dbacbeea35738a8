import { expect } from "vitest";
import { openSocket, type RawSocket, type SocketOptions } from "../kit/portico/socket.ts";
import type { Program } from "./program.ts";
import type { Target } from "./world.ts";

/** Opens a socket and sends connection_init with the caller's key. */
export const openAs = (target: Target, options: SocketOptions = {}): Promise<RawSocket> =>
  openSocket({ url: target.url }, { ...options, headers: { ...target.headers, ...options.headers } });

/** Waits until the program serves `count` subscriptions. */
export const served = (program: Program, count: number): Promise<void> =>
  expect.poll(() => program.metric("portico_subscribers"), { timeout: 30_000, interval: 20 }).toBe(count);

/** Opens a socket, sends these messages unchanged, and returns how the server closed it. */
export const closeOf = async (
  target: Target,
  messages: readonly unknown[],
  options: SocketOptions = {},
): Promise<{ readonly code: number; readonly reason: string }> => {
  const socket = await openAs(target, { ...options, init: false });
  for (const message of messages) socket.send(message);
  return socket.closed;
};
