import { request } from "node:http";
import { onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { PROTOCOL } from "./socket.ts";

/** One event as a reader got it; `number` is what `numbered` gave it. */
export interface Item {
  readonly number: number;
  readonly gap: boolean;
  readonly replayed: boolean;
}

/** A client over either transport that can stop reading, be cut off, and say where it got to. */
export interface Reader {
  readonly items: readonly Item[];
  /** Where to go on from: by the last event, or by a mark that came later. */
  readonly place: () => string | undefined;
  /** Places that came without an event. */
  readonly marks: readonly string[];
  readonly pause: () => void;
  readonly resume: () => void;
  /** Ends the connection without a word. */
  readonly cut: () => void;
  /** How the server ended it: by a close code, or by the end of a stream, null. */
  readonly ended: Promise<number | null>;
}

interface Server {
  readonly url: string;
}

export interface ReaderWish {
  readonly after?: string | undefined;
  /** Arguments of the subscription besides. */
  readonly filter?: string;
  /** Fields of the punch besides. */
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

const documentOf = ({ filter = "", fields = "" }: ReaderWish) => `subscription ($after: EventCursor) {
  punchAdded(after: $after ${filter}) { cursor gap replayed punch { user { employeeCode } ${fields} } }
}`;

const createNotes = () => {
  const items: Item[] = [];
  const marks: string[] = [];
  let place: string | undefined;
  return {
    items,
    marks,
    place: () => place,
    take({ data, extensions }: Payload) {
      if (data?.punchAdded == null) return;
      const { cursor, gap, replayed, punch } = data.punchAdded;
      if (gap !== (extensions?.gap === true)) throw new Error("A gap has to stand in the extensions, too.");
      items.push({ number: Number(punch.user.employeeCode.split(":")[0]), gap, replayed });
      place = cursor;
    },
    mark(cursor: string) {
      marks.push(cursor);
      place = cursor;
    },
  };
};

export const readBySocket = ({ url }: Server, wish: ReaderWish = {}): Reader => {
  const notes = createNotes();
  const socket = new WebSocket(`${url.replace("http", "ws")}/graphql`, PROTOCOL);
  const ended = new Promise<number>((resolve) => void socket.once("close", resolve));
  socket.on("error", () => {});
  socket.once("open", () => {
    const payload = { query: documentOf(wish), variables: { after: wish.after } };
    socket.send(JSON.stringify({ type: "connection_init" }));
    socket.send(JSON.stringify({ id: "1", type: "subscribe", payload }));
  });
  socket.on("message", (data) => {
    const message = JSON.parse((data as Buffer).toString()) as { type: string; payload: Payload & { cursor: string } };
    if (message.type === "next") notes.take(message.payload);
    if (message.type === "ping") notes.mark(message.payload.cursor);
    if (message.type === "error") throw new Error(JSON.stringify(message));
  });
  const cut = () => socket.terminate();
  onTestFinished(cut);
  return { ...notes, pause: () => socket.pause(), resume: () => socket.resume(), cut, ended };
};

/** `after` goes as Last-Event-ID, as browsers send it. */
export const readBySse = ({ url }: Server, wish: ReaderWish = {}): Reader => {
  const notes = createNotes();
  let [paused, rest, id] = [false, "", ""];
  let resume = () => {};
  const asking = request(`${url}/graphql`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "text/event-stream",
      ...(wish.after === undefined ? {} : { "last-event-id": wish.after }),
    },
    agent: false,
  });
  const takeBlock = (block: string) => {
    id = /^id: (.*)$/m.exec(block)?.[1] ?? id;
    const data = /^data: (.*)$/m.exec(block)?.[1];
    if (data !== undefined) notes.take(JSON.parse(data) as Payload);
    else if (block.startsWith("id:")) notes.mark(id);
  };
  const ended = new Promise<null>((resolve) => {
    asking.on("error", () => resolve(null));
    asking.on("response", (response) => {
      resume = () => response.resume();
      response.setEncoding("utf8").on("data", (part: string) => {
        const blocks = (rest + part).split("\n\n");
        rest = blocks.pop() ?? "";
        for (const block of blocks) takeBlock(block);
      });
      response.on("error", () => {}).on("close", () => resolve(null));
      const pause = () => void response.pause();
      if (paused) pause();
      asking.on("pause", pause);
    });
  });
  asking.end(JSON.stringify({ query: documentOf(wish) }));
  const cut = () => void asking.destroy();
  onTestFinished(cut);
  return {
    ...notes,
    // Every event has its cursor as id.
    place: () => (id === "" ? undefined : id),
    pause() {
      paused = true;
      asking.emit("pause");
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
