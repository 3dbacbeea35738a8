import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import { onTestFinished } from "vitest";

/** The server's ends of its open connections. Call it before the first of them opens. */
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

/** The highest number of bytes that waited in one of them for its client; checked in every turn of the event loop. */
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

/** The number of listeners on all of them. */
export const listenersOf = (streams: readonly Socket[]): number =>
  streams.flatMap((stream) => stream.eventNames().map((name) => stream.listenerCount(name))).reduce((a, b) => a + b, 0);
