import { setTimeout as delay } from "node:timers/promises";
import { withDeadline } from "../patience.ts";
import type { ReaderRecord } from "../record.ts";
import { type EventData, note, PAGE, type Reader, type ReaderOptions } from "./reader.ts";

interface Page {
  readonly cursor: string;
  readonly hasMore: boolean;
  readonly gap: boolean;
  readonly nodes: readonly EventData[];
}

const ANSWER_MS = 5_000;
const POLL_MS = 200;
const RETRY_MS = 50;

/** Reads one page; null without an answer that has one. */
const ask = async (url: string, after: string | null, signal: AbortSignal): Promise<Page | null> => {
  try {
    const response = await fetch(`${url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query: PAGE, variables: { after } }),
      signal,
    });
    const { data } = (await response.json()) as { data?: { events: Page } | null };
    return data?.events ?? null;
  } catch {
    return null;
  }
};

/** Notes a page. Its gap and that of its first event are one. */
const notePage = (record: ReaderRecord, { nodes, gap }: Page): void => {
  if (gap && nodes.length === 0) record.reportGap();
  for (const [index, node] of nodes.entries()) note(record, node, node.gap || (gap && index === 0));
};

/** Reads by `Query.events`, again and again after the cursor of the last page. */
export const readByPull = ({ record, url, first, patience }: ReaderOptions): Reader => {
  const controller = new AbortController();
  const { signal } = controller;
  let returns = 0;
  const run = async () => {
    for (let cursor = first; !signal.aborted; ) {
      const page = await withDeadline(patience.stretch(ANSWER_MS), signal, (inner) => ask(url, cursor, inner));
      if (signal.aborted) return;
      if (page === null) {
        returns += 1;
        await delay(RETRY_MS);
        continue;
      }
      notePage(record, page);
      cursor = page.cursor;
      if (!page.hasMore) await delay(POLL_MS);
    }
  };
  const running = run();
  return {
    record,
    returns: () => returns,
    async stop() {
      controller.abort();
      await running;
    },
  };
};

const PATIENT_MS = 60_000;

const askUntilAnswered = async (url: string, after: string | null): Promise<Page> => {
  const deadline = performance.now() + PATIENT_MS;
  for (;;) {
    const page = await withDeadline(ANSWER_MS, null, (signal) => ask(url, after, signal));
    if (page !== null) return page;
    if (performance.now() > deadline) throw new Error("Query.events has no answer.");
    await delay(RETRY_MS);
  }
};

/** Returns the cursor of the end of the log. */
export const endOfLog = async (url: string): Promise<string> => {
  let page = await askUntilAnswered(url, null);
  while (page.hasMore) page = await askUntilAnswered(url, page.cursor);
  return page.cursor;
};

/** Reads the whole log page by page. */
export const readWholeLog = async (url: string, record: ReaderRecord): Promise<void> => {
  for (let after: string | null = null; ; ) {
    const page = await askUntilAnswered(url, after);
    notePage(record, page);
    if (!page.hasMore) return;
    after = page.cursor;
  }
};
