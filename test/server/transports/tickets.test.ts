import { once } from "node:events";
import http from "node:http";
import { EventSource } from "undici";
import { expect, onTestFinished, test } from "vitest";
import { startProxy } from "../../kit/events/proxy.ts";
import { startPortico, type TestApp } from "../../kit/portico/app.ts";
import {
  askAs,
  bearer,
  claims,
  keyFile,
  keyOf,
  openFile,
  startIssuer,
  token,
  TOKENS,
} from "../../kit/portico/callers.ts";
import { punch, served } from "../../kit/portico/socket.ts";
import { until } from "../../kit/until.ts";

const QUERY = `subscription ($codes: [String!], $after: EventCursor) {
  punchAdded(employeeCodes: $codes, after: $after) { cursor gap punch { user { employeeCode } } }
}`;

const TICKET_HEADERS = { ...bearer(keyOf("ada")), accept: "text/event-stream", "content-type": "application/json" };

interface Ticket {
  readonly url: string;
  readonly ticket: string;
  readonly expiresAt: string;
}

const KEYS = { ada: { scopes: ["attendance:read", "users:read"] }, low: { scopes: ["devices:read"] } };

const start = async (env: Record<string, string> = {}, options: Parameters<typeof startPortico>[2] = {}) => {
  const file = await openFile(keyFile(KEYS));
  return { portico: await startPortico({}, { ACCESS_API_KEYS_FILE: file.path, ...env }, options), file };
};

const askTicket = (url: string, headers: Readonly<Record<string, string>>, body: unknown): Promise<Response> =>
  fetch(`${url}/graphql/ticket`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });

const ticketFor = async (
  { url }: Pick<TestApp, "url">,
  variables: object = {},
  credential = keyOf("ada"),
): Promise<Ticket> => {
  const response = await askTicket(url, bearer(credential), { query: QUERY, variables });
  expect(response.status).toBe(200);
  return (await response.json()) as Ticket;
};

interface Punched {
  readonly data: {
    readonly punchAdded: {
      readonly gap: boolean;
      readonly punch: { readonly user: { readonly employeeCode: string } };
    };
  };
}

/** A real EventSource, which reconnects by itself at once. */
const listen = (url: string) => {
  const source = new EventSource(url, { node: { reconnectionTime: 50 } });
  onTestFinished(() => source.close());
  const codes: string[] = [];
  let opened = 0;
  source.addEventListener("open", () => {
    opened += 1;
  });
  source.addEventListener("next", (event) => {
    const { data } = JSON.parse(String((event as MessageEvent).data)) as Partial<Punched>;
    if (data === undefined) return;
    const { punchAdded } = data;
    codes.push(`${punchAdded.punch.user.employeeCode}${punchAdded.gap ? " gap" : ""}`);
  });
  return { source, codes, opened: () => opened };
};

const statusOf = async (url: string, init: RequestInit = {}): Promise<number> => {
  const response = await fetch(url, { headers: { accept: "text/event-stream" }, ...init });
  await response.body?.cancel();
  return response.status;
};

test("an EventSource with a ticket receives the events of its variables, and its own reconnects resume", async () => {
  const { portico } = await start();
  const proxy = await startProxy(Number(new URL(portico.url).port));
  onTestFinished(proxy.stop);
  const { url } = await ticketFor(portico, { codes: ["77001", "77002", "77003"] });
  expect(url).toMatch(`${portico.url}/graphql/stream?ticket=`);
  const { codes, opened } = listen(url.replace(portico.url, `http://127.0.0.1:${proxy.port}`));
  await served(portico, 1);
  for (const code of ["77001", "99999"]) punch(portico, code);
  await until(() => codes.length === 1);
  for (const code of ["77002", "77003"]) {
    proxy.stall();
    proxy.cut();
    await served(portico, 0);
    punch(portico, code);
    proxy.pass();
    await until(() => codes.at(-1) === code);
  }
  expect(codes).toEqual(["77001", "77002", "77003"]);
  expect(opened()).toBe(3);
});

test("a ticket resumes at the position that event-source-polyfill sends as a parameter", async () => {
  const { portico } = await start();
  const { url } = await ticketFor(portico, { codes: ["77001", "77002"] });
  const first = listen(url);
  const { promise, resolve } = Promise.withResolvers<string>();
  first.source.addEventListener("next", (event) => resolve((event as MessageEvent).lastEventId));
  await served(portico, 1);
  punch(portico, "77001");
  const lastEventId = await promise;
  first.source.close();
  await served(portico, 0);
  punch(portico, "77002");
  const { codes } = listen(`${url}&lastEventId=${encodeURIComponent(lastEventId)}`);
  await until(() => codes.length === 1);
  expect(codes).toEqual(["77002"]);
});

test("a ticket is refused for another document, with other variables, with another method, and when it was changed", async () => {
  const { portico } = await start();
  const { url, ticket } = await ticketFor(portico, { codes: ["77001"] });
  expect(await statusOf(`${url}&query=${encodeURIComponent(QUERY)}`)).toBe(400);
  expect(await statusOf(`${url}&variables=${encodeURIComponent("{}")}`)).toBe(400);
  expect(await statusOf(`${url}&ticket=${ticket}`)).toBe(400);
  expect(await statusOf(url.split("?")[0] ?? "")).toBe(400);
  expect(await statusOf(url, { method: "POST" })).toBe(405);
  const middle = Math.floor(ticket.length / 2);
  const other = ticket[middle] === "A" ? "B" : "A";
  for (const changed of [
    "",
    "x",
    ticket.slice(0, -4),
    `${ticket.slice(0, middle)}${other}${ticket.slice(middle + 1)}`,
  ]) {
    expect(await statusOf(url.replace(ticket, changed))).toBe(401);
  }
  expect(portico.live.subscribers()).toBe(0);
});

test("a ticket is no credential for anything else", async () => {
  const { portico } = await start();
  const { ticket } = await ticketFor(portico);
  expect((await askAs(portico.url, bearer(ticket))).status).toBe(401);
  expect((await askAs(portico.url, { "x-api-key": ticket })).status).toBe(401);
  expect(
    await statusOf(`${portico.url}/graphql?ticket=${ticket}&query=${encodeURIComponent("{ viewer { name } }")}`),
  ).toBe(401);
  expect((await askTicket(portico.url, bearer(ticket), { query: QUERY })).status).toBe(401);
});

test("when its key is removed, an open stream ends and its ticket is refused; when it expires, the ticket is refused", async () => {
  const { portico, file } = await start();
  const { url } = await ticketFor(portico);
  const { source } = listen(url);
  await served(portico, 1);
  await file.replace(keyFile({ low: KEYS.low }));
  await until(() => source.readyState === EventSource.CLOSED);
  expect(await statusOf(url)).toBe(401);
  const short = await start({}, { tickets: { ttlMs: 0 } });
  expect(await statusOf((await ticketFor(short.portico)).url)).toBe(401);
});

test("a ticket ends with the token of its caller, and does not contain it", async () => {
  const issuer = await startIssuer();
  const portico = await startPortico({}, { ...TOKENS, ACCESS_JWT_JWKS_URL: issuer.url });
  const jwt = token(claims({ exp: Math.floor(Date.now() / 1000) + 3 }));
  const { url, ticket, expiresAt } = await ticketFor(portico, {}, jwt);
  expect(Date.parse(expiresAt)).toBeLessThan(Date.now() + 4_000);
  expect(Buffer.from(ticket, "base64url").toString("latin1")).not.toContain("ada");
  const { source } = listen(url);
  await served(portico, 1);
  await until(() => source.readyState === EventSource.CLOSED, { timeoutMs: 10_000 });
  expect(await statusOf(url)).toBe(401);
});

test("what is wrong with a subscription is reported when its ticket is requested", async () => {
  const { portico } = await start();
  const codesFor = async (name: string, body: unknown) => {
    const response = await askTicket(portico.url, bearer(keyOf(name)), body);
    const { errors } = (await response.json()) as { errors: { extensions: { code: string } }[] };
    return errors.map(({ extensions }) => extensions.code);
  };
  expect(await codesFor("nobody", { query: QUERY })).toEqual(["UNAUTHENTICATED"]);
  expect(await codesFor("low", { query: QUERY })).toEqual(["FORBIDDEN"]);
  expect(await codesFor("ada", { query: "{ viewer { name } }" })).toEqual(["BAD_REQUEST"]);
  expect(await codesFor("ada", { query: "subscription { nothing }" })).toEqual(["GRAPHQL_VALIDATION_FAILED"]);
  expect(await codesFor("ada", { query: QUERY, variables: { after: "no cursor" } })).toEqual(["BAD_USER_INPUT"]);
  const many = Array.from({ length: 900 }, (_, index) => `employee-${index}`);
  expect(await codesFor("ada", { query: QUERY, variables: { codes: many } })).toEqual(["BAD_REQUEST"]);
  expect(await statusOf(`${portico.url}/graphql/ticket`)).toBe(405);
});

test("instances with the same LINK_SECRET accept each other's tickets, others do not", async () => {
  const secret = "a".repeat(48);
  const [first, second, other] = [
    await start({ LINK_SECRET: secret }),
    await start({ LINK_SECRET: secret }),
    await start({ LINK_SECRET: "b".repeat(48) }),
  ];
  const { url } = await ticketFor(first.portico);
  const at = ({ portico }: typeof first) => url.replace(first.portico.url, portico.url);
  expect([await statusOf(at(second)), await statusOf(at(other))]).toEqual([200, 401]);
});

test("tickets and their streams count for the connections of their caller", async () => {
  const { portico } = await start({ LIMIT_CONNECTIONS: "2", TRUSTED_PROXIES: "127.0.0.1" });
  const { url } = await ticketFor(portico);
  const { port, pathname, search } = new URL(url);
  const open = async (path: string, method = "GET") => {
    const request = http.request({ host: "127.0.0.1", port, path, method, agent: false, headers: TICKET_HEADERS });
    onTestFinished(() => void request.destroy());
    const [response] = (await once(request.end(), "response")) as [http.IncomingMessage];
    return response.resume().statusCode;
  };
  const stream = () => open(`${pathname}${search}`);
  // The connection on which the ticket was requested is one of the two.
  expect([await stream(), await stream(), await stream()]).toEqual([200, 429, 429]);
  expect(await open("/graphql/ticket", "POST")).toBe(429);
});

test("no ticket is logged, used or refused", async () => {
  const { portico } = await start({ LOG_LEVEL: "trace" });
  const { url, ticket } = await ticketFor(portico);
  expect(await statusOf(url)).toBe(200);
  expect(await statusOf(`${url}x`)).toBe(401);
  expect(await statusOf(`${url}&query=x`)).toBe(400);
  await until(() => portico.logs.filter((line) => line.includes("/graphql/stream")).length === 3);
  expect(portico.logs.filter((line) => line.includes(ticket.slice(0, 20)))).toEqual([]);
});
