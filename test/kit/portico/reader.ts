import { request } from "node:http";
import { onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { PROTOCOL } from "./socket.ts";

/** One event as a reader received it; `number` is the number that `numbered` put into it. */
export interface Item {
  readonly number: number;
  readonly gap: boolean;
  readonly replayed: boolean;
}

/** A client on either transport that can pause, be cut off, and say where it stopped. */
export interface Reader {
  readonly items: readonly Item[];
  /** Where to resume: the cursor of the last event or of a later checkpoint. */
  readonly cursor: () => string | undefined;
  /** Cursors that arrived without an event. */
  readonly checkpoints: readonly string[];
  readonly pause: () => void;
  readonly resume: () => void;
  /** Ends the connection without a closing handshake. */
  readonly cut: () => void;
  /** The close code of the server; null for a stream, which has none. */
  readonly ended: Promise<number | null>;
}

interface Server {
  readonly url: string;
}

export interface ReaderOptions {
  readonly after?: string | undefined;
  /** More arguments of the subscription. */
  readonly filter?: string;
  /** More fields of the punch. */
  readonly fields?: string;
}

interface Payload {
  readonly data?: {
    readonly punchAdded?: {
      readonly cursor: string;
      readonly gap: boolean;
      readonly replayed: boolean;
      readonly punch: { readonly user: { readonly employeeCode: string } };
    } | null;
  } | null;
  readonly extensions?: { readonly gap?: boolean };
}

const documentOf = ({ filter = "", fields = "" }: ReaderOptions) => `subscription ($after: EventCursor) {
  punchAdded(after: $after ${filter}) { cursor gap replayed punch { user { employeeCode } ${fields} } }
}`;

const createRecord = () => {
  const items: Item[] = [];
  const checkpoints: string[] = [];
  let latest: string | undefined;
  return {
    items,
    checkpoints,
    cursor: () => latest,
    take({ data, extensions }: Payload) {
      if (data?.punchAdded == null) return;
      const { cursor, gap, replayed, punch } = data.punchAdded;
      if (gap !== (extensions?.gap === true)) throw new Error("A gap must be in the extensions, too.");
      items.push({ number: Number(punch.user.employeeCode.split(":")[0]), gap, replayed });
      latest = cursor;
    },
    checkpoint(cursor: string) {
      checkpoints.push(cursor);
      latest = cursor;
    },
  };
};

export const readBySocket = ({ url }: Server, options: ReaderOptions = {}): Reader => {
  const record = createRecord();
  const socket = new WebSocket(`${url.replace("http", "ws")}/graphql`, PROTOCOL);
  const ended = new Promise<number>((resolve) => void socket.once("close", resolve));
  socket.on("error", () => {});
  socket.once("open", () => {
    const payload = { query: documentOf(options), variables: { after: options.after } };
    socket.send(JSON.stringify({ type: "connection_init" }));
    socket.send(JSON.stringify({ id: "1", type: "subscribe", payload }));
  });
  socket.on("message", (data) => {
    const message = JSON.parse((data as Buffer).toString()) as { type: string; payload: Payload & { cursor: string } };
    if (message.type === "next") record.take(message.payload);
    if (message.type === "ping") record.checkpoint(message.payload.cursor);
    if (message.type === "error") throw new Error(JSON.stringify(message));
  });
  const cut = () => socket.terminate();
  onTestFinished(cut);
  return { ...record, pause: () => socket.pause(), resume: () => socket.resume(), cut, ended };
};

/** Sends `after` as Last-Event-ID, as browsers do. */
export const readBySse = ({ url }: Server, options: ReaderOptions = {}): Reader => {
  const record = createRecord();
  let [paused, rest, id] = [false, "", ""];
  let resume = () => {};
  const outgoing = request(`${url}/graphql`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "text/event-stream",
      ...(options.after === undefined ? {} : { "last-event-id": options.after }),
    },
    agent: false,
  });
  const takeBlock = (block: string) => {
    id = /^id: (.*)$/m.exec(block)?.[1] ?? id;
    const data = /^data: (.*)$/m.exec(block)?.[1];
    if (data !== undefined) record.take(JSON.parse(data) as Payload);
    else if (block.startsWith("id:")) record.checkpoint(id);
  };
  const ended = new Promise<null>((resolve) => {
    outgoing.on("error", () => resolve(null));
    outgoing.on("response", (response) => {
      resume = () => response.resume();
      response.setEncoding("utf8").on("data", (part: string) => {
        const blocks = (rest + part).split("\n\n");
        rest = blocks.pop() ?? "";
        for (const block of blocks) takeBlock(block);
      });
      response.on("error", () => {}).on("close", () => resolve(null));
      const pause = () => void response.pause();
      if (paused) pause();
      outgoing.on("pause", pause);
    });
  });
  outgoing.end(JSON.stringify({ query: documentOf(options) }));
  const cut = () => void outgoing.destroy();
  onTestFinished(cut);
  return {
    ...record,
    // The id of an event is its cursor.
    cursor: () => (id === "" ? undefined : id),
    pause() {
      paused = true;
      outgoing.emit("pause");
    },
    resume() {
      paused = false;
      resume();
    },
    cut,
    ended,
  };
};

export const READERS = [
  ["WebSocket", readBySocket],
  ["server-sent events", readBySse],
] as const;

export const numbersOf = ({ items }: Reader): readonly number[] => items.map(({ number }) => number);
