import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { ALL_EVENTS, type EventData, type Reader, type ReaderOptions, readInStays } from "./reader.ts";

/** Events arrive all the time; a stream that is silent for so long is dead. */
const DEAD_MS = 5_000;
const CHECK_MS = 1_000;

/** Reads server-sent events, and comes back with Last-Event-ID as a browser does. */
export const readByStream = (options: ReaderOptions): Reader => {
  const { url, patience } = options;
  return readInStays(options, async ({ after, take, signal }) => {
    const headers = { "content-type": "application/json", accept: "text/event-stream", "last-event-id": after };
    const sent = request(`${url}/graphql`, { method: "POST", agent: false, headers, signal });
    let heardAt = performance.now();
    const checks = setInterval(() => {
      if (performance.now() - heardAt > patience.stretch(DEAD_MS)) sent.destroy();
    }, CHECK_MS);
    try {
      sent.end(JSON.stringify({ query: ALL_EVENTS }));
      const [response] = (await once(sent, "response")) as [IncomingMessage];
      if (response.statusCode !== 200) throw new Error(`The stream was refused with ${response.statusCode}.`);
      response.setEncoding("utf8");
      let rest = "";
      for await (const chunk of response as AsyncIterable<string>) {
        heardAt = performance.now();
        const blocks = (rest + chunk).split("\n\n");
        rest = blocks.pop() ?? "";
        for (const block of blocks) {
          const id = /^id: (.*)$/m.exec(block)?.[1];
          const data = /^data: (.+)$/m.exec(block)?.[1];
          const result = data === undefined ? undefined : (JSON.parse(data) as { data?: { events: EventData } | null });
          if (id !== undefined) take(result?.data?.events ?? null, id);
        }
      }
    } finally {
      clearInterval(checks);
      sent.on("error", () => {}).destroy();
    }
  });
};
