import type { Writable } from "node:stream";

export interface OutletLimits {
  /** How much may wait for a client that does not keep up. */
  readonly maxBufferedBytes: number;
  /** How long a client may take to read what waits for it, once that is too much. */
  readonly stallMs: number;
}

/** What is written to one client, and whether the client keeps up. */
export interface Outlet {
  readonly isEmpty: () => boolean;
  readonly isFull: () => boolean;
  /** Resolves when there is room again, true; or when the client has gone or reads too slowly, false. */
  readonly drained: () => Promise<boolean>;
}

/** However many wait for the same client, they wait together: on one listener of each kind. */
export const createOutlet = (
  stream: Writable,
  { maxBufferedBytes, stallMs }: OutletLimits,
  onStall: () => void,
): Outlet => {
  let waiting: Promise<boolean> | undefined;
  const isFull = () => stream.writableLength >= maxBufferedBytes;

  const wait = () =>
    new Promise<boolean>((resolve) => {
      const settle = (hasRoom: boolean) => {
        clearTimeout(late);
        stream.off("drain", onDrain).off("close", onClose);
        waiting = undefined;
        resolve(hasRoom);
      };
      const onDrain = () => settle(true);
      const onClose = () => settle(false);
      const late = setTimeout(() => {
        settle(false);
        onStall();
      }, stallMs);
      stream.on("drain", onDrain).on("close", onClose);
    });

  return {
    isEmpty: () => stream.writableLength === 0,
    isFull,
    drained() {
      if (stream.destroyed || stream.writableEnded) return Promise.resolve(false);
      return waiting ?? (isFull() ? (waiting = wait()) : Promise.resolve(true));
    },
  };
};
