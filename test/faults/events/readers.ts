import { kindOf, type Ledger } from "./ledger.ts";
import type { Patience } from "./patience.ts";
import type { Random } from "./random.ts";
import { readByPull } from "./readers/pull.ts";
import type { Reader } from "./readers/reader.ts";
import { readByCallback, type Receiver } from "./readers/router.ts";
import { readBySocket } from "./readers/socket.ts";
import { readByStream } from "./readers/stream.ts";
import { ReaderRecord } from "./record.ts";

export interface ReadersOptions {
  readonly ledger: Ledger;
  /** Base URL of the balancer. */
  readonly url: string;
  readonly first: string;
  readonly patience: Patience;
  readonly random: Random;
  readonly receiver: Receiver;
  readonly awayMs: number;
}

/** Starts a reader of every kind. */
export const startReaders = ({ ledger, receiver, awayMs, ...others }: ReadersOptions): readonly Reader[] => {
  const all = (name: string) => ({ ...others, record: new ReaderRecord(name, ledger) });
  const quiet = ledger.devices.length - 1;
  const ofQuiet = new ReaderRecord(
    "WebSocket, punches of a quiet device",
    ledger,
    (device, number) => device === quiet && kindOf(number) === "punch",
  );
  const { serial = "" } = ledger.devices[quiet] ?? {};
  return [
    readBySocket(all("WebSocket")),
    readByStream(all("server-sent events")),
    readByCallback(all("HTTP callbacks"), receiver),
    readByPull(all("Query.events")),
    readBySocket({ ...others, record: ofQuiet, serialNumbers: [serial] }),
    readBySocket({ ...all("WebSocket, reads with pauses"), pauseMs: awayMs }),
    readBySocket({ ...all("WebSocket, goes away and comes back"), awayMs }),
  ];
};
