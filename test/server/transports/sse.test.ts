import { once } from "node:events";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { startPortico, type TestApp } from "../../kit/portico/app.ts";
import { punch, PUNCHES, served } from "../../kit/portico/socket.ts";
import { loggedEvents } from "../../kit/events/logged.ts";
import { appendNumbered } from "../../kit/events/numbered.ts";

const STREAM = "text/event-stream";

interface Stream {
  readonly status: number;
  readonly type: string | null;
  /** Resolves with the next block that has data. */
  readonly next: () => Promise<string>;
  readonly cancel: () => Promise<void>;
}

const open = async (url: string, init: RequestInit): Promise<Stream> => {
  const response = await fetch(url, init);
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  const next = async (): Promise<string> => {
    for (;;) {
      const end = rest.indexOf("\n\n");
      const block = rest.slice(0, end);
      if (end >= 0) rest = rest.slice(end + 2);
      if (end >= 0 && block.includes("data:")) return block;
      if (end >= 0) continue;
      const part = await reader?.read();
      if (part?.value === undefined) throw new Error(`The stream ended: ${rest}`);
      rest += part.value;
    }
  };
  const cancel = async () => reader?.cancel();
  return { status: response.status, type: response.headers.get("content-type"), next, cancel };
};

/** How GraphiQL parses a block: every `data:` in it is a result, unless its event is `complete`. */
const asGraphiQL = (block: string) => ({
  result: JSON.parse(
    block
      .split("\n")
      .find((line) => line.startsWith("data:"))
      ?.slice(5)
      .trim() || "null",
  ) as unknown,
  over: block.split("event:")[1]?.trim().split("\n")[0]?.trim() === "complete",
});

const search = (params: Record<string, string>) => new URLSearchParams(params).toString();

test("GraphiQL can subscribe by GET, with everything in the query string and no header but `accept`", async () => {
  const portico = await startPortico();
  const page = await fetch(`${portico.url}/graphql`, { headers: { accept: "text/html" } });
  expect(await page.text()).toContain('"endpoint":"/graphql"');
  expect(page.headers.get("content-security-policy")).toContain("connect-src 'self'");
  const query = `subscription Live($serialNumbers: [String!]) {
  punchAdded(serialNumbers: $serialNumbers) {
    punch {
      user {
        employeeCode
      }
    }
  }
}`;
  const variables = JSON.stringify({ serialNumbers: ["SN7A2300583"] });
  // The headers tab of GraphiQL is empty, so it sends `extensions` as an empty object.
  const params = { query, variables, operationName: "Live", extensions: "{}" };
  const stream = await open(`${portico.url}/graphql?${search(params)}`, {
    method: "GET",
    headers: { accept: STREAM },
    credentials: "same-origin",
  });
  expect([stream.status, stream.type]).toEqual([200, `${STREAM}; charset=utf-8`]);
  await served(portico, 1);
  punch(portico, "77001");
  expect(asGraphiQL(await stream.next())).toEqual({
    result: {
      extensions: { cursor: expect.any(String), previousCursor: expect.any(String) },
      data: { punchAdded: { punch: { user: { employeeCode: "77001" } } } },
    },
    over: false,
  });
  await stream.cancel();
  await served(portico, 0);
});

test("GraphiQL can display why a subscription is rejected", async () => {
  const portico = await startPortico();
  for (const [query, code] of [
    ["subscription { nothingLikeIt }", "GRAPHQL_VALIDATION_FAILED"],
    [`subscription { punchAdded(after: "garbage") { cursor } }`, "BAD_USER_INPUT"],
    ["subscription ($a: [String!]!) { punchAdded(serialNumbers: $a) { cursor } }", "BAD_USER_INPUT"],
  ] as const) {
    const response = await fetch(`${portico.url}/graphql?${search({ query })}`, { headers: { accept: STREAM } });
    expect(response.status).toBe(400);
    expect(response.headers.get("content-type")).toContain("application/json");
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code } }] });
  }
});

test("a query over server-sent events is one result and `complete`", async () => {
  const portico = await startPortico();
  const response = await fetch(`${portico.url}/graphql?${search({ query: "{ viewer { name } }" })}`, {
    headers: { accept: STREAM },
  });
  expect(await response.text()).toBe(
    `event: next\ndata: {"data":{"viewer":{"name":"anyone"}}}\n\nevent: complete\ndata:\n\n`,
  );
});

test("a client that accepts JSON and a stream gets JSON for a query and the stream for a subscription", async () => {
  const portico = await startPortico();
  const accept = `application/graphql-response+json, application/json, ${STREAM}, multipart/mixed`;
  const ask = (query: string) => fetch(`${portico.url}/graphql?${search({ query })}`, { headers: { accept } });
  const answer = await ask("{ viewer { name } }");
  expect(answer.headers.get("content-type")).toContain("application/graphql-response+json");
  expect(await answer.json()).toEqual({ data: { viewer: { name: "anyone" } } });
  const stream = await ask(PUNCHES);
  expect(stream.headers.get("content-type")).toContain(STREAM);
  await stream.body?.cancel();
});

test.each(["*/*", "", "text/*", "application/json, text/plain, */*"])(
  "a subscription for a client that accepts %j is an event stream, and a query is not",
  async (accept) => {
    const portico = await startPortico();
    const ask = (query: string) =>
      fetch(`${portico.url}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json", accept },
        body: JSON.stringify({ query }),
      });
    const stream = await ask(PUNCHES);
    expect([stream.status, stream.headers.get("content-type")]).toEqual([200, `${STREAM}; charset=utf-8`]);
    await stream.body?.cancel();
    const rejected = await ask(PUNCHES.replace("punchAdded", `punchAdded(after: "no cursor")`));
    expect(await rejected.json()).toMatchObject({ errors: [{ extensions: { code: "BAD_USER_INPUT" } }] });
    const answer = await ask("{ viewer { name } }");
    expect(answer.headers.get("content-type")).toContain(accept === "text/*" ? STREAM : "json");
    await served(portico, 0);
  },
);

test("a subscription for a client that accepts only JSON is rejected, and nothing is logged as an error", async () => {
  const portico = await startPortico();
  const response = await fetch(`${portico.url}/graphql`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/graphql-response+json, application/json;q=0.9",
    },
    body: JSON.stringify({ query: PUNCHES }),
  });
  expect(response.status).toBe(406);
  const [error] = ((await response.json()) as { errors: { message: string; extensions: object }[] }).errors;
  expect(error).toMatchObject({ extensions: { code: "BAD_REQUEST" } });
  expect(error?.message).toContain(STREAM);
  expect(portico.logs.filter((line) => line.includes(`"level":"error"`))).toEqual([]);
});

test("a page of another origin cannot open a door by EventSource: a mutation by GET is rejected", async () => {
  const portico = await startPortico();
  const query = `mutation { openDoor(input: { serialNumber: "SN7A2300583", durationSeconds: 5 }) { command { id } } }`;
  portico.upstream();
  const byGet = await fetch(`${portico.url}/graphql?${search({ query })}`, { headers: { accept: STREAM } });
  expect(byGet.status).toBe(405);
  expect(portico.upstream()).toEqual([]);
  const body = JSON.stringify({ query });
  const headers = { accept: STREAM, "content-type": "application/json" };
  const byPost = await fetch(`${portico.url}/graphql`, { method: "POST", headers, body });
  expect(await byPost.text()).toContain(`"command":{"id":`);
  expect(portico.upstream()).toContain("OpenDoor");
});

test("a client that sends its position as a parameter resumes, and a header is newer", async () => {
  const portico = await startPortico();
  const query = `subscription { punchAdded { cursor gap punch { user { employeeCode } } } }`;
  for (const code of ["77001", "77002", "77003"]) punch(portico, code);
  await expect.poll(async () => (await loggedEvents(portico.log, "0-0", 3)).length).toBe(3);
  const cursors = (await loggedEvents(portico.log, "0-0", 3)).map(({ offset }) => offset);
  const { logId } = await portico.log.bounds();
  const cursorOf = (index: number) => Buffer.from(`${logId} ${cursors[index]}`).toString("base64url");
  for (const [lastEventId, header, expected] of [
    [cursorOf(0), undefined, "77002"],
    [cursorOf(0), "", "77002"],
    [cursorOf(0), cursorOf(1), "77003"],
    ["", cursorOf(1), "77003"],
  ] as const) {
    const url = `${portico.url}/graphql?${search({ query, lastEventId })}`;
    const headers = { accept: STREAM, ...(header === undefined ? {} : { "last-event-id": header }) };
    const stream = await open(url, { headers });
    const first = await stream.next();
    expect(first).toContain(`"employeeCode":"${expected}"`);
    expect(first).toContain(`"gap":false`);
    await stream.cancel();
  }
  const wrong = await fetch(`${portico.url}/graphql?${search({ query, lastEventId: "4711" })}`, {
    headers: { accept: STREAM },
  });
  expect(wrong.status).toBe(400);
});

test("an invalid cursor is rejected, and the cursor of a lost log is a gap", async () => {
  const portico = await startPortico();
  const query = `subscription { punchAdded { cursor gap } }`;
  const url = `${portico.url}/graphql?${search({ query })}`;
  const rejected = await fetch(url, { headers: { accept: STREAM, "last-event-id": "4711" } });
  expect([rejected.status, await rejected.json()]).toMatchObject([
    400,
    { errors: [{ message: "`after` must be a cursor of an event.", extensions: { argument: "after" } }] },
  ]);
  punch(portico, "77001");
  await expect.poll(async () => (await loggedEvents(portico.log, "0-0", 1)).length).toBe(1);
  const foreign = Buffer.from("another 1750000000000-0").toString("base64url");
  const stream = await open(url, { headers: { accept: STREAM, "last-event-id": foreign } });
  expect(await stream.next()).toMatch(/"gap":true/);
  await stream.cancel();
});

/** Sends requests on one connection without waiting for a response. */
const pipelined = (portico: TestApp, count: number) => {
  const body = JSON.stringify({ query: PUNCHES });
  const head = `POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAccept: ${STREAM}`;
  const stream = connect(Number(new URL(portico.url).port), "127.0.0.1").on("error", () => {});
  stream.write(`${head}\r\nContent-Length: ${body.length}\r\n\r\n${body}`.repeat(count));
  return stream;
};

test("streams behind another one on the same connection end with the connection", async () => {
  const portico = await startPortico();
  const stream = pipelined(portico, 3);
  await once(stream, "data");
  await served(portico, 3);
  punch(portico, "77001");
  await once(stream, "data");
  stream.destroy();
  await served(portico, 0);
});

test("comments keep an idle stream open, and every event has an ID", async () => {
  const portico = await startPortico({}, {}, { sse: { keepAliveMs: 20 } });
  const stream = pipelined(portico, 1);
  let text = "";
  stream.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  await served(portico, 1);
  await expect.poll(() => text.match(/^:$/gm)?.length ?? 0).toBeGreaterThan(2);
  for (const code of ["77001", "77002", "77003"]) punch(portico, code);
  await expect.poll(() => text.match(/^event: next$/gm)?.length).toBe(3);
  expect(text.match(/^id: [\w-]+\nevent: next\ndata: \{.*\}$/gm)).toHaveLength(3);
  stream.destroy();
});

test("what follows a large batch over server-sent events arrives, too", async () => {
  const portico = await startPortico();
  const stream = await open(`${portico.url}/graphql?${search({ query: PUNCHES })}`, { headers: { accept: STREAM } });
  await served(portico, 1);
  for (const [from, to] of [
    [1, 20],
    [21, 21],
    [22, 60],
    [61, 61],
  ] as const) {
    await appendNumbered(portico.log, from, to, 2_000);
    for (let number = from; number <= to; number += 1) expect(await stream.next()).toContain(`"${number}:x`);
  }
  await stream.cancel();
});
