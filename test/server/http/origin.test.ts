import { request } from "node:http";
import { expect, test } from "vitest";
import { startPortico, type TestApp } from "../../kit/portico/app.ts";
import { bearer, keyFile, keyOf, openFile } from "../../kit/portico/callers.ts";
import { until } from "../../kit/until.ts";
import { openSocket, refusedStatus } from "../../kit/portico/socket.ts";

const EVIL = "https://evil.example";
const LISTED = "https://hr.example.com";
const PUBLIC = "https://portico.example.com";

const ADA = bearer(keyOf("ada"));

/** Starts Portico with API keys and one listed origin. */
const startWithKeys = async (env: Record<string, string> = {}) => {
  const { path } = await openFile(keyFile({ ada: { scopes: ["devices:read"] } }));
  return startPortico({}, { ACCESS_API_KEYS_FILE: path, ACCESS_ORIGINS: LISTED, ...env });
};

interface RequestOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Sends headers that `fetch` does not allow, such as Host. */
const ask = (
  { url }: Pick<TestApp, "url">,
  path: string,
  { method = "GET", headers = {}, body = "" }: RequestOptions = {},
) =>
  new Promise<{ status: number | undefined; headers: Readonly<Record<string, unknown>>; text: string }>(
    (resolve, reject) => {
      const sent = request(`${url}${path}`, { method, headers }, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (part: string) => {
          text += part;
        });
        response.once("end", () => resolve({ status: response.statusCode, headers: response.headers, text }));
      });
      sent.once("error", reject);
      sent.end(body);
    },
  );

const QUERY = `/graphql?query=${encodeURIComponent("{ devices { totalCount } }")}`;
const BODY = JSON.stringify({ query: "{ devices { totalCount } }" });
const JSON_TYPE = { "content-type": "application/json" };

const FOREIGN = [
  EVIL,
  "null",
  "",
  `${LISTED}.evil.example`,
  `${LISTED}:444`,
  "http://hr.example.com",
  "HTTPS://HR.example.com",
];

test("a page of another origin gets 403 over HTTP, as a stream and as a socket, before anything is executed", async () => {
  const portico = await startWithKeys();
  for (const origin of FOREIGN) {
    const headers = { ...ADA, origin };
    const get = await ask(portico, QUERY, { headers });
    expect([get.status, get.headers["access-control-allow-origin"]], origin).toEqual([403, undefined]);
    expect(JSON.parse(get.text)).toMatchObject({ errors: [{ extensions: { code: "ORIGIN_NOT_ALLOWED" } }] });
    const post = await ask(portico, "/graphql", { method: "POST", headers: { ...headers, ...JSON_TYPE }, body: BODY });
    expect(post.status, origin).toBe(403);
    const stream = await ask(portico, QUERY, { headers: { ...headers, accept: "text/event-stream" } });
    expect(stream.status, origin).toBe(403);
    expect(await refusedStatus(portico, { headers: { ...headers, cookie: "session=1" } }), origin).toBe(403);
  }
  expect(portico.upstream()).toEqual([]);
});

const BY_PAGES = [
  ["cross-site", "no-cors", "image"],
  ["cross-site", "no-cors", "script"],
  ["cross-site", "no-cors", "style"],
  ["cross-site", "no-cors", "empty"],
  ["same-site", "no-cors", "image"],
  ["cross-site", "navigate", "iframe"],
  ["cross-site", "navigate", "document"],
  ["same-site", "navigate", "document"],
  ["cross-site, none", "no-cors", "image"],
] as const;

const fetched = ([site, mode, dest]: readonly [string, string, string]) => ({
  "sec-fetch-site": site,
  "sec-fetch-mode": mode,
  "sec-fetch-dest": dest,
});

test.each(BY_PAGES)(
  "a query by a page without an Origin, of which a browser says %s, %s and %s, gets 403",
  async (...by) => {
    const portico = await startPortico();
    const accept = "text/html,image/avif,*/*;q=0.8";
    const { status } = await ask(portico, QUERY, { headers: { ...fetched(by), accept } });
    expect(status).toBe(403);
    expect(portico.upstream()).toEqual([]);
  },
);

test("the server's own pages and the address bar may query without an Origin, and a link opens the page", async () => {
  const portico = await startPortico();
  for (const by of [
    ["same-origin", "cors", "empty"],
    ["none", "navigate", "document"],
  ] as const)
    expect((await ask(portico, QUERY, { headers: fetched(by) })).status).toBe(200);
  const link = { ...fetched(["cross-site", "navigate", "document"]), accept: "text/html" };
  const { status, headers } = await ask(portico, "/graphql", { headers: link });
  expect([status, headers["content-type"]]).toEqual([200, expect.stringContaining("text/html")]);
});

test("the log, and not the client, names the setting that lets a page call", async () => {
  const portico = await startWithKeys();
  const { text } = await ask(portico, QUERY, { headers: { ...ADA, origin: EVIL } });
  expect(text).not.toMatch(/ACCESS_|PUBLIC_URL/);
  await ask(portico, QUERY, { headers: ADA });
  await until(() => portico.logs.filter((line) => line.includes('"path":"/graphql"')).length === 2);
  const lines = portico.logs.filter((line) => line.includes('"path":"/graphql"'));
  expect(lines.map((line) => (JSON.parse(line) as { readonly hint?: string }).hint)).toEqual([
    expect.stringContaining("one of ACCESS_ORIGINS"),
    undefined,
  ]);
});

test("a page of a listed origin may call and read the response, without cookies", async () => {
  const portico = await startWithKeys();
  const { status, headers } = await ask(portico, QUERY, { headers: { ...ADA, origin: LISTED } });
  expect(status).toBe(200);
  expect(headers).toMatchObject({ vary: "Origin", "access-control-allow-origin": LISTED });
  expect(headers).not.toHaveProperty("access-control-allow-credentials");
  const unauthenticated = await ask(portico, QUERY, { headers: { origin: LISTED } });
  expect([unauthenticated.status, unauthenticated.headers["access-control-allow-origin"]]).toEqual([401, LISTED]);
  const socket = await openSocket(portico, { headers: { ...ADA, origin: LISTED } });
  expect(socket.received).toEqual([{ type: "connection_ack" }]);
});

test("a preflight request is allowed for a listed origin only", async () => {
  const portico = await startWithKeys();
  const preflight = (origin: string) =>
    ask(portico, "/graphql", {
      method: "OPTIONS",
      headers: {
        origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type",
      },
    });
  const { status, headers } = await preflight(LISTED);
  expect(status).toBe(204);
  expect(headers["access-control-allow-origin"]).toBe(LISTED);
  expect(headers["access-control-allow-methods"]).toBe("GET, POST");
  expect(headers["access-control-allow-headers"]).toBe("authorization, content-type");
  expect(headers["vary"]).toBe("Origin, Access-Control-Request-Headers");
  expect(headers).not.toHaveProperty("access-control-allow-credentials");
  for (const origin of FOREIGN) {
    const other = await preflight(origin);
    expect([other.status, other.headers["access-control-allow-origin"]], origin).toEqual([405, undefined]);
  }
});

/** What browsers' clients add by themselves, as a browser asks for it: sorted, in lower case. */
const CLIENT_HEADERS = [
  ["Apollo Client", "apollographql-client-name,apollographql-client-version,content-type"],
  ["Apollo's CSRF prevention", "apollo-require-preflight,authorization,content-type"],
  ["Apollo Kotlin in a browser", "accept,content-type,x-apollo-operation-id,x-apollo-operation-name"],
  ["OpenTelemetry", "baggage,content-type,traceparent,tracestate"],
  ["Sentry", "baggage,content-type,sentry-trace,traceparent"],
  ["Datadog", "x-datadog-origin,x-datadog-parent-id,x-datadog-sampling-priority,x-datadog-trace-id"],
  ["Hive", "graphql-client-name,graphql-client-version,x-graphql-client-name,x-graphql-client-version"],
  ["graphql-sse", "accept,content-type,last-event-id,x-graphql-event-stream-token"],
  ["Application Insights", "content-type,request-context,request-id,traceparent"],
  ["B3", "b3,content-type,x-b3-sampled,x-b3-spanid,x-b3-traceid"],
  ["Jaeger and X-Ray", "uber-trace-id,x-amzn-trace-id,x-cloud-trace-context"],
  ["a request that no cache may answer", "cache-control,content-type,pragma"],
  ["a site's own tools", "ngsw-bypass,x-tenant,x_site"],
  ["a client with keys for retries", "idempotency-key,x-api-key,x-request-id,x-requested-with"],
] as const;

const preflightOf = (portico: TestApp, path: string, requested: string, origin = LISTED) =>
  ask(portico, path, {
    method: "OPTIONS",
    headers: { origin, "access-control-request-method": "POST", "access-control-request-headers": requested },
  });

const allowedBy = ({ headers }: { readonly headers: Readonly<Record<string, unknown>> }): readonly string[] =>
  String(headers["access-control-allow-headers"]).split(", ");

test.each(CLIENT_HEADERS)("a page of a listed origin may send the headers of %s", async (_, requested) => {
  const portico = await startWithKeys();
  const preflight = await preflightOf(portico, "/graphql", requested);
  expect(preflight.status).toBe(204);
  expect(allowedBy(preflight)).toEqual(expect.arrayContaining(requested.split(",")));
});

test("what is no name of a header is not allowed", async () => {
  const portico = await startWithKeys();
  const allowed = await preflightOf(portico, "/graphql", "*, x-a,x b,x:c, ,x-d;e,x_f,*x");
  expect(allowedBy(allowed)).toEqual(["x-a", "x_f", "*x"]);
});

const EXPORT = `{ attendanceExport(from: "2026-06-20T00:00:00", to: "2026-06-21T00:00:00") { url } }`;
const PHOTOS = `{ punches(from: "2026-06-20T00:00:00", to: "2026-06-21T00:00:00", first: 100) { nodes { photo { url } } } }`;

test("a page of a listed origin may read signed links, and their file name; other pages may not", async () => {
  const { path } = await openFile(keyFile({ ada: { scopes: ["attendance:read", "photos:read"] } }));
  const portico = await startPortico({}, { ACCESS_API_KEYS_FILE: path, ACCESS_ORIGINS: LISTED });
  const read = async (query: string) => {
    const headers = { ...ADA, ...JSON_TYPE };
    const { text } = await ask(portico, "/graphql", { method: "POST", headers, body: JSON.stringify({ query }) });
    return /"url":"(http[^"]+)"/.exec(text)?.[1] ?? text;
  };
  for (const url of [await read(EXPORT), await read(PHOTOS)]) {
    const { pathname, search } = new URL(url);
    const link = pathname + search;
    const { status, headers } = await ask(portico, link, { headers: { origin: LISTED } });
    expect(status).toBe(200);
    expect(headers).toMatchObject({ vary: "Origin", "access-control-allow-origin": LISTED });
    expect(headers["access-control-expose-headers"]).toContain("content-disposition");
    expect(headers).not.toHaveProperty("access-control-allow-credentials");
    const preflight = await preflightOf(portico, link, "traceparent");
    expect([preflight.status, preflight.headers["access-control-allow-methods"]]).toEqual([204, "GET"]);
    expect(allowedBy(preflight)).toContain("traceparent");
    const foreign = await ask(portico, link, { headers: { origin: EVIL } });
    expect([foreign.status, foreign.headers["access-control-allow-origin"]]).toEqual([200, undefined]);
    expect((await preflightOf(portico, link, "traceparent", EVIL)).status).toBe(405);
  }
  const expired = await ask(portico, "/links/photo?claims=x", { headers: { origin: LISTED } });
  expect([expired.status, expired.headers["access-control-allow-origin"]]).toEqual([404, LISTED]);
});

test("responses vary by origin, also for a request without one", async () => {
  const portico = await startWithKeys();
  expect((await ask(portico, QUERY, { headers: ADA })).headers["vary"]).toBe("Origin");
});

test("pages of the server's own host and of its public host may call, and so may programs without an origin", async () => {
  const portico = await startWithKeys({ PUBLIC_URL: `${PUBLIC}/hr` });
  const { host } = new URL(portico.url);
  for (const origin of [`http://${host}`, PUBLIC]) {
    expect((await ask(portico, QUERY, { headers: { ...ADA, origin } })).status, origin).toBe(200);
    await openSocket(portico, { headers: { ...ADA, origin } });
  }
  expect((await ask(portico, QUERY, { headers: ADA })).status).toBe(200);
  const proxied = { ...ADA, host: "inner.example", origin: "https://inner.example" };
  expect((await ask(portico, QUERY, { headers: proxied })).status).toBe(200);
});

const HOSTS = [
  ["127.0.0.1:4000", 200],
  ["127.8.8.8", 200],
  ["localhost", 200],
  ["portico.localhost:1", 200],
  ["[::1]:4000", 200],
  ["portico.example.com", 200],
  ["PORTICO.example.com", 200],
  ["evil.example:4000", 403],
  ["127.0.0.1.evil.example", 403],
  ["localhost.evil.example", 403],
  ["192.168.0.7:4000", 403],
  ["0.0.0.0", 403],
  ["evil.example/127.0.0.1", 403],
] as const;

test("open access accepts requests to this machine only: a page cannot call through DNS rebinding", async () => {
  const portico = await startPortico({}, { PUBLIC_URL: PUBLIC });
  for (const [host, status] of HOSTS) {
    expect((await ask(portico, QUERY, { headers: { host } })).status, host).toBe(status);
    const rebound = { host, origin: `http://${host}` };
    if (status === 403) {
      expect((await ask(portico, QUERY, { headers: rebound })).status, host).toBe(403);
      expect(await refusedStatus(portico, { headers: rebound }), host).toBe(403);
    }
  }
});

test("with credentials any Host is accepted, because proxies keep theirs", async () => {
  const portico = await startWithKeys();
  expect((await ask(portico, QUERY, { headers: { ...ADA, host: "inner.example" } })).status).toBe(200);
});
