import { countWithin, type EncodedBatch, type RenderedBatch, type Sink } from "../../events/hub/subscription-spec.ts";
import type { HttpContext } from "../http/context.ts";
import type { WriteBuffer } from "./write-buffer.ts";

/** The headers of an event stream, which no proxy keeps or holds back. */
export const SSE_HEADERS = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-store",
  "x-accel-buffering": "no",
};

/** The events as chunks of an event stream, encoded once for all streams that share them. */
const encodeEvents = ({ events, encodings }: RenderedBatch): EncodedBatch => {
  const known = encodings.get("sse");
  if (known !== undefined) return known;
  const heads = events.map(({ cursor }) => `${cursor === "" ? "" : `id: ${cursor}\n`}event: next\ndata: `);
  const size = events.reduce((sum, { json }, index) => sum + (heads[index]?.length ?? 0) + json.length + 2, 0);
  // Not from the pool of buffers: a chunk that waits for a slow client would keep its neighbors in memory, too.
  const bytes = Buffer.allocUnsafeSlow(size);
  const ends: number[] = [];
  let at = 0;
  for (const [index, { json }] of events.entries()) {
    at += bytes.write(heads[index] ?? "", at, "latin1");
    at += json.copy(bytes, at);
    at += bytes.write("\n\n", at, "latin1");
    ends.push(at);
  }
  const encoded = { bytes, ends };
  encodings.set("sse", encoded);
  return encoded;
};

/** Creates the sink of one stream; its head is sent with the first event at the latest. */
export const createSseSink = (
  { response }: HttpContext,
  buffer: WriteBuffer,
  ends: Pick<Sink, "fail" | "complete">,
): Sink => {
  let sentCursor = "";
  const isEnded = () => response.destroyed || response.writableEnded;
  const write = (cursor: string, chunk: Buffer) => {
    if (!response.headersSent) response.writeHead(200, SSE_HEADERS);
    sentCursor = cursor;
    buffer.write(chunk);
  };
  return {
    send(batch) {
      if (isEnded() || buffer.isFull()) return 0;
      const encoded = encodeEvents(batch);
      const taken = countWithin(encoded, buffer.room());
      // A part is copied: it would keep all of the bytes in memory for as long as its client does not read it.
      const chunk =
        taken === encoded.ends.length ? encoded.bytes : Buffer.from(encoded.bytes.subarray(0, encoded.ends[taken - 1]));
      write(batch.events[taken - 1]?.cursor ?? "", chunk);
      return taken;
    },
    drained: () => buffer.drained(),
    checkpoint(cursor) {
      if (isEnded() || !buffer.isEmpty() || cursor === sentCursor) return;
      write(cursor, Buffer.from(`id: ${cursor}\n\n`));
    },
    ...ends,
  };
};
