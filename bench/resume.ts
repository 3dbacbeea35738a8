import { setTimeout as delay } from "node:timers/promises";
import { request } from "undici";
import { setup } from "../scripts/redis.ts";
import { startRedis } from "../test/kit/redis.ts";
import { startChild } from "./child.ts";
import { DEVICE, EVENT_FIELDS, writeEvent } from "./fanout.cases.ts";
import { medianWithQuartiles } from "./statistics.ts";
import { openCrowd } from "./subscribers.ts";
import type { Row } from "./table.ts";

/** As many events as the log retains. */
const EVENTS = 100_000;
const ROWS_PER_CALLBACK = 500;
const PAGE = 500;
const RESUMES = 10;
/** V8 gives memory back when nothing has happened for about ten seconds. */
const REST_MS = 20_000;
const TIMEOUT_MS = 60_000;

const subscription = `subscription ($after: EventCursor) { punchAdded(after: $after) { ${EVENT_FIELDS} } }`;
const query = `query ($after: EventCursor, $first: Int!) {
  events(after: $after, first: $first) { nodes { ... on PunchAdded { ${EVENT_FIELDS} } } cursor hasMore }
}`;

interface Page {
  readonly events: { readonly nodes: readonly object[]; readonly cursor: string; readonly hasMore: boolean };
}

const post = async (url: string, body: unknown): Promise<string> => {
  const answer = await request(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await answer.body.text();
  if (answer.statusCode !== 200) throw new Error(`${answer.statusCode}: ${text.slice(0, 500)}`);
  return text;
};

const readPage = async (url: string, after: string | null, first: number): Promise<Page["events"]> => {
  const { data } = JSON.parse(await post(`${url}/graphql`, { query, variables: { after, first } })) as {
    readonly data: Page;
  };
  return data.events;
};

const fill = async (url: string, callbackPath: string): Promise<void> => {
  for (let sent = 0; sent < EVENTS; sent += ROWS_PER_CALLBACK) {
    const rows = Array.from({ length: ROWS_PER_CALLBACK }, (_, index) => writeEvent(sent + index).row);
    await post(`${url}${callbackPath}`, { PunchLog: { Log: rows } });
  }
};

/** Subscribes after a cursor and waits for all events that follow it. */
const resume = async (url: string, after: string, due: number): Promise<void> => {
  let crowd: Awaited<ReturnType<typeof openCrowd>> | undefined;
  const complete = new Promise<void>((resolve, reject) => {
    const timeout = setTimeout(() => reject(new Error(`Only some of ${due} events came.`)), TIMEOUT_MS);
    let received = 0;
    const onResult = () => {
      received += 1;
      if (received < due) return;
      clearTimeout(timeout);
      resolve();
    };
    const operationOf = () => ({ query: subscription, variables: { after } });
    openCrowd({ url, size: 1, operationOf, onResult }).then((opened) => (crowd = opened), reject);
  });
  await complete;
  await crowd?.close();
};

/** Reads the whole log by pages, as a client does that does not subscribe. */
const readAll = async (url: string): Promise<number> => {
  let count = 0;
  for (let after: string | null = null, hasMore = true; hasMore; ) {
    const page: Page["events"] = await readPage(url, after, PAGE);
    count += page.nodes.length;
    ({ cursor: after, hasMore } = page);
  }
  return count;
};

const megabytes = (bytes: number): string => (bytes / 1024 / 1024).toFixed(0);

/**
 * Measures a client that comes back to a full log in Redis: the server's CPU time per event, next to the same events by pages of a query,
 * and the memory after several times. `environment` is that of Portico.
 */
export const measureResume = async (
  environment: Readonly<Record<string, string>>,
  callbackPath: string,
): Promise<readonly Row[]> => {
  setup();
  const redis = await startRedis();
  const env = { ...environment, LIMIT_COST: "1000000", REDIS_URL: redis.url };
  const portico = await startChild("portico", { env });
  const { url } = portico;
  await fill(url, `${callbackPath}?stgid=${DEVICE}`);
  const { cursor } = await readPage(url, null, 1);
  await delay(REST_MS);
  const filled = [(await portico.usage()).rssBytes, await portico.heldBytes()] as const;
  const perResume: number[] = [];
  const perQuery: number[] = [];
  for (let round = 0; round < RESUMES; round += 1) {
    const before = await portico.usage();
    await resume(url, cursor, EVENTS - 1);
    const between = await portico.usage();
    const count = await readAll(url);
    const after = await portico.usage();
    if (count !== EVENTS) throw new Error(`The log must have ${EVENTS} events; received ${count}.`);
    perResume.push(((between.cpuMs - before.cpuMs) * 1_000) / EVENTS);
    perQuery.push(((after.cpuMs - between.cpuMs) * 1_000) / EVENTS);
  }
  const peak = await portico.usage();
  await delay(REST_MS);
  const rested = [(await portico.usage()).rssBytes, await portico.heldBytes()] as const;
  await portico.stop();
  await redis.stop();
  return [
    ["CPU µs per event, resumed", medianWithQuartiles(perResume, 1)],
    ["CPU µs per event, by pages of a query", medianWithQuartiles(perQuery, 1)],
    ["resident MB before, at the end, at rest", [filled[0], peak.rssBytes, rested[0]].map(megabytes).join(", ")],
    ["MB in use before, at rest", [filled[1], rested[1]].map(megabytes).join(", ")],
  ];
};
