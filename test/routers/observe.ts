import { setTimeout as delay } from "node:timers/promises";

/** What a client of a router receives. */
export interface Observation {
  /** The cursors of its events, and those of the events before them. */
  readonly events: { readonly cursor: string; readonly previousCursor: string | null }[];
  /** The last error that it received; undefined if there was none. */
  readonly fault: () => string | undefined;
  /** How its stream ended; undefined while it is open. */
  readonly ending: () => string | undefined;
  readonly leave: () => void;
}

interface Fault {
  readonly extensions?: { readonly code?: string; readonly cursor?: string };
}

interface Received {
  readonly data?: { readonly punchAdded?: Observation["events"][number] | null } | null;
  readonly errors?: readonly Fault[];
}

const FOLLOW = `subscription {
  punchAdded { cursor previousCursor punch { user { employeeCode employee { department { name } } } } }
}`;

const faultText = ({ extensions: { code, cursor } = {} }: Fault): string => {
  const text = code === undefined ? "an error without a code" : `\`${code}\``;
  return cursor === undefined ? text : `${text} with the cursor`;
};

/** Subscribes at a router over server-sent events, as a client that does not reconnect. */
export const observe = (url: string, headers: Readonly<Record<string, string>>): Observation => {
  const leaving = new AbortController();
  const events: Observation["events"] = [];
  let fault: string | undefined;
  let ending: string | undefined;
  const take = (block: string) => {
    const data = /^data: ?(.*)$/m.exec(block)?.[1];
    if (data === undefined || data === "") return;
    const { data: result, errors } = JSON.parse(data) as Received;
    if (result?.punchAdded != null) events.push(result.punchAdded);
    if (errors?.[0] !== undefined) fault = faultText(errors[0]);
  };
  const run = async (): Promise<string> => {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "text/event-stream", ...headers },
      body: JSON.stringify({ query: FOLLOW }),
      signal: leaving.signal,
    });
    let rest = "";
    for await (const part of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const blocks = (rest + part.replaceAll("\r", "")).split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks) take(block);
    }
    return fault ?? "the end without an error";
  };
  const end = (text: string) => void (ending = text);
  void run().then(end, () => end(fault ?? "a broken connection"));
  return { events, fault: () => fault, ending: () => ending, leave: () => leaving.abort() };
};

/** Whether it holds within the time. */
export const within = async (milliseconds: number, isTrue: () => boolean): Promise<boolean> => {
  const until = performance.now() + milliseconds;
  while (!isTrue() && performance.now() < until) await delay(50);
  return isTrue();
};
