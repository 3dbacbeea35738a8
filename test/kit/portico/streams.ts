import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import { onTestFinished } from "vitest";

/** The server's ends of the connections to it that are open; asked for before the first of them. */
export const watchStreams = (): ((url: string) => readonly Socket[]) => {
  const streams = new Set<Socket>();
  const take = (message: unknown) => {
    const { socket } = message as { readonly socket: Socket };
    streams.add(socket);
    socket.once("close", () => streams.delete(socket));
  };
  subscribe("net.server.socket", take);
  onTestFinished(() => void unsubscribe("net.server.socket", take));
  return (url) => [...streams].filter(({ localPort }) => localPort === Number(new URL(url).port));
};

/** The most that ever waited in any of them to be read by its client; looked at in every turn of the event loop. */
export const watchBacklog = (streams: () => readonly Socket[]): (() => number) => {
  let most = 0;
  let on = true;
  const look = () => {
    for (const { writableLength } of streams()) most = Math.max(most, writableLength);
    if (on) setImmediate(look);
  };
  look();
  onTestFinished(() => {
    on = false;
  });
  return () => most;
};

/** How many listeners they have together. */
export const listenersOf = (streams: readonly Socket[]): number =>
  streams.flatMap((stream) => stream.eventNames().map((name) => stream.listenerCount(name))).reduce((a, b) => a + b, 0);
