import { expect, onTestFinished, test, vi } from "vitest";
import { startPortico, type TestApp } from "../../kit/portico/app.ts";
import { badTokens } from "../../kit/portico/bad-tokens.ts";
import {
  askAs,
  bearer,
  claims,
  hmac,
  keyFile,
  keyOf,
  keySet,
  openFile,
  PAIRS,
  seen,
  startIssuer,
  token,
  tokenOf,
  TOKENS,
} from "../../kit/portico/callers.ts";
import { codesOf, openSocket, PUNCHES, punch, served } from "../../kit/portico/socket.ts";

const SECRET = "a-shared-secret-of-thirty-two-bytes-or-more";
const PEM = PAIRS.RS256.publicKey.export({ type: "spki", format: "pem" });

const seconds = (): number => Math.floor(Date.now() / 1000);

const start = async (env: Record<string, string> = {}) => {
  const issuer = await startIssuer();
  const portico = await startPortico({}, { ...TOKENS, ACCESS_JWT_JWKS_URL: issuer.url, ...env });
  return { ...portico, issuer };
};

const viewerOf = async ({ url }: Pick<TestApp, "url">, credential: string): Promise<unknown> => {
  const { data } = (await (await askAs(url, bearer(credential))).json()) as { data?: { viewer: unknown } };
  return data?.viewer ?? null;
};

test.for(["RS256", "PS256", "ES256", "EdDSA"] as const)(
  "a token signed with %s authenticates its subject",
  async (algorithm) => {
    const { url, issuer } = await start();
    const viewer = { name: "ada", scopes: ["users:read", "attendance:read"] };
    for (let round = 0; round < 3; round += 1) {
      expect(await viewerOf({ url }, token(claims(), algorithm))).toEqual(viewer);
    }
    expect(issuer.asked()).toBe(1);
  },
);

test.for([
  ["as text, among foreign ones", { scope: "openid doors:read nothing:here" }, ["doors:read"]],
  ["as a list", { scope: ["doors:read", "devices:read"] }, ["devices:read", "doors:read"]],
  ["as scp", { scope: undefined, scp: "doors:read" }, ["doors:read"]],
  ["not at all", { scope: undefined }, []],
] as const)("scopes are read %s", async ([, more, scopes]) => {
  expect(await viewerOf(await start(), token(claims(more)))).toEqual({ name: "ada", scopes });
});

test("the claims of scopes and account are configurable", async () => {
  const portico = await start({ ACCESS_JWT_SCOPES_CLAIM: "permissions", ACCESS_JWT_ACCOUNT_CLAIM: "tenant" });
  const payload = claims({ permissions: ["doors:read"], tenant: "default", account: "elsewhere" });
  expect(await viewerOf(portico, token(payload))).toEqual({ name: "ada", scopes: ["doors:read"] });
  for (const tenant of ["elsewhere", 1]) expect(await viewerOf(portico, token(claims({ tenant })))).toBeNull();
});

test("every invalid token gets the same response over HTTP and as a stream, closes a socket, and causes no request", async () => {
  const portico = await start();
  const elsewhere = await startIssuer();
  const none = await seen(await askAs(portico.url, {}));
  expect(none).toMatchObject({ status: 401, headers: expect.arrayContaining([["www-authenticate", "Bearer"]]) });
  const bad = badTokens(elsewhere.url);
  for (const [what, credential] of bad) {
    expect(await seen(await askAs(portico.url, bearer(credential))), what).toEqual(none);
    const stream = await askAs(portico.url, { accept: "text/event-stream", ...bearer(credential) }, PUNCHES);
    expect(await seen(stream), what).toEqual(none);
    const socket = await openSocket(portico, { init: false });
    socket.send({ type: "connection_init", payload: bearer(credential) });
    expect(await socket.closed, what).toEqual({ code: 4401, reason: "Unauthorized" });
  }
  expect(elsewhere.asked()).toBe(0);
  expect(portico.issuer.asked()).toBe(1);
  expect(portico.live.subscribers()).toBe(0);
  const log = portico.logs.join("");
  for (const [what, credential] of bad.filter(([, { length }]) => length > 40)) {
    for (const part of credential.split(".")) expect(part.length > 30 && log.includes(part), what).toBe(false);
  }
  expect(log.match(/caller refused/g)).toHaveLength(1 + 3 * bad.length);
});

test("a clock that is a few seconds ahead is tolerated", async () => {
  const soon = seconds() + 3;
  expect(await viewerOf(await start(), token(claims({ nbf: soon, iat: soon })))).toMatchObject({ name: "ada" });
});

test("a token that is too long closes a socket", async () => {
  const portico = await start();
  const socket = await openSocket(portico, { init: false });
  socket.send({ type: "connection_init", payload: bearer(token(claims({ padding: "x".repeat(700_000) }))) });
  expect(await socket.closed).toEqual({ code: 4401, reason: "Unauthorized" });
  expect(portico.issuer.asked()).toBe(0);
});

test("known keys are used while the issuer does not answer, and tokens with unknown keys are rejected", async () => {
  const { url, issuer } = await start();
  expect(await viewerOf({ url }, token())).toMatchObject({ name: "ada" });
  await issuer.stop();
  expect(await viewerOf({ url }, token())).toMatchObject({ name: "ada" });
  expect(await viewerOf({ url }, token(claims(), "RS256", { kid: "new" }))).toBeNull();
});

test("an issuer that does not answer gets one request for all tokens, the failure is logged, and sockets try again", async () => {
  const portico = await start();
  await portico.issuer.stop();
  const answers = await Promise.all(Array.from({ length: 20 }, () => askAs(portico.url, bearer(token()))));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
  const faults = portico.logs.filter((line) => line.includes("credential source cannot be read"));
  expect(faults).toHaveLength(1);
  const socket = await openSocket(portico, { init: false });
  socket.send({ type: "connection_init", payload: bearer(token()) });
  expect(await socket.closed).toEqual({ code: 1013, reason: "Try again later" });
});

const MINUTE_MS = 60_000;

/** Returns a function that moves the clock by which the age of keys is measured. */
const clockOfKeys = () => {
  let offset = 0;
  const now = performance.now.bind(performance);
  const spy = vi.spyOn(performance, "now").mockImplementation(() => now() + offset);
  onTestFinished(() => spy.mockRestore());
  return {
    pass: (ms: number) => {
      offset += ms;
    },
    now,
  };
};

test("while the issuer hangs, tokens with known keys wait a second at most, once, and get the new keys when it is back", async () => {
  const clock = clockOfKeys();
  const { url, issuer } = await start();
  const timed = async () => {
    const begin = clock.now();
    expect(await viewerOf({ url }, token())).toMatchObject({ name: "ada" });
    return clock.now() - begin;
  };
  await timed();
  issuer.say("nothing");
  clock.pass(11 * MINUTE_MS);
  for (const ms of await Promise.all([timed(), timed(), timed()])) expect(ms).toBeLessThan(2_500);
  for (let index = 0; index < 3; index += 1) expect(await timed()).toBeLessThan(900);
  expect(issuer.asked()).toBe(2);
  issuer.say({ body: JSON.stringify({ keys: [] }) });
  clock.pass(5 * MINUTE_MS);
  // The request that hangs ends after five seconds; the next one is not waited for.
  await expect.poll(() => viewerOf({ url }, token()), { timeout: 10_000, interval: 200 }).toBeNull();
  expect(issuer.asked()).toBe(3);
}, 20_000);

test.for([
  ["a page", { body: "<h1>Maintenance</h1>" }],
  ["JSON that is no key set", { body: "{}" }],
  ["500", { status: 500 }],
  ["204", { status: 204, body: "" }],
  ["a redirect", { status: 302 }],
] as const)(
  "an issuer that answers with %s has not answered: its keys are used for an hour, and it is logged",
  async ([, answer]) => {
    const clock = clockOfKeys();
    const portico = await start();
    const viewer = () => viewerOf(portico, token());
    expect(await viewer()).toMatchObject({ name: "ada" });
    portico.issuer.say(answer);
    for (const minutes of [11, 30, 15]) {
      clock.pass(minutes * MINUTE_MS);
      expect(await viewer()).toMatchObject({ name: "ada" });
    }
    clock.pass(5 * MINUTE_MS);
    expect(await viewer()).toBeNull();
    expect(portico.logs.some((line) => line.includes("credential source cannot be read"))).toBe(true);
    expect(portico.logs.join("")).not.toContain("Maintenance");
  },
);

test("key ids that the issuer does not have cause one request in thirty seconds, also while it fails", async () => {
  const clock = clockOfKeys();
  const { url, issuer } = await start();
  const unknown = () => viewerOf({ url }, token(claims(), "RS256", { kid: "new" }));
  expect(await viewerOf({ url }, token())).toMatchObject({ name: "ada" });
  issuer.say({ status: 500 });
  for (let second = 0; second < 60; second += 6) {
    clock.pass(6_000);
    expect(await unknown()).toBeNull();
  }
  expect(issuer.asked()).toBe(3);
  issuer.say({ body: JSON.stringify(keySet()).replace('"RS256"', '"new"') });
  clock.pass(30_000);
  expect(await unknown()).toMatchObject({ name: "ada" });
});

test.for([
  ["a PEM", PEM],
  ["a key set", JSON.stringify(keySet())],
] as const)("the keys may be in a file with %s", async ([, text]) => {
  const { path } = await openFile(text);
  const portico = await startPortico({}, { ...TOKENS, ACCESS_JWT_KEY_FILE: path });
  expect(await viewerOf(portico, token())).toMatchObject({ name: "ada" });
  const forged = [
    tokenOf({ alg: "HS256" }, claims(), hmac(text)),
    tokenOf({ alg: "HS256" }, claims(), hmac(text.trim())),
    tokenOf({ alg: "ES256", kid: "ES256" }, claims(), () => Buffer.alloc(64)),
    tokenOf({ alg: "none" }, claims(), () => Buffer.from("x")),
  ];
  for (const credential of forged) expect(await viewerOf(portico, credential)).toBeNull();
});

test("a replaced key file takes effect without a restart", async () => {
  const file = await openFile(PAIRS.ES256.publicKey.export({ type: "spki", format: "pem" }));
  const portico = await startPortico({}, { ...TOKENS, ACCESS_JWT_KEY_FILE: file.path });
  expect(await viewerOf(portico, token())).toBeNull();
  await file.replace(PEM);
  await expect.poll(() => viewerOf(portico, token()), { timeout: 8_000 }).toMatchObject({ name: "ada" });
});

test.for([
  ["a private key", PAIRS.RS256.privateKey.export({ type: "pkcs8", format: "pem" })],
  ["a private JWK", JSON.stringify({ keys: [PAIRS.ES256.privateKey.export({ format: "jwk" })] })],
  ["a secret JWK", JSON.stringify({ keys: [{ kty: "oct", k: "c2VjcmV0" }] })],
  ["no key", JSON.stringify({ keys: [] })],
  ["anything else", "s3cret"],
] as const)("a key file with %s is a fault of the configuration, and its content is not repeated", async ([, text]) => {
  const { path } = await openFile(text);
  const error = await startPortico({}, { ...TOKENS, ACCESS_JWT_KEY_FILE: path }).catch((reason: Error) => reason);
  expect(error).toMatchObject({
    faults: [expect.stringMatching(/^ACCESS_JWT_KEY_FILE: the file must contain .*public keys?/)],
  });
  expect("message" in error && error.message).not.toMatch(/s3cret|c2VjcmV0|MII/);
});

test("with a shared secret only HS256 is accepted", async () => {
  const portico = await startPortico({}, { ...TOKENS, ACCESS_JWT_SECRET: SECRET });
  expect(await viewerOf(portico, tokenOf({ alg: "HS256" }, claims(), hmac(SECRET)))).toMatchObject({ name: "ada" });
  expect(await viewerOf(portico, tokenOf({ alg: "HS256" }, claims(), hmac(`${SECRET}x`)))).toBeNull();
  expect(await viewerOf(portico, token())).toBeNull();
  expect(
    await viewerOf(
      portico,
      tokenOf({ alg: "none" }, claims(), () => Buffer.from("x")),
    ),
  ).toBeNull();
});

test("API keys and tokens may be combined", async () => {
  const { path } = await openFile(keyFile({ bob: {} }));
  const portico = await start({ ACCESS_API_KEYS_FILE: path });
  expect(await viewerOf(portico, keyOf("bob"))).toMatchObject({ name: "bob" });
  expect(await viewerOf(portico, token())).toMatchObject({ name: "ada" });
});

test("a socket is closed within a second after its token expires, and receives no event after that", async () => {
  const portico = await start();
  const exp = seconds() + 3;
  const socket = await openSocket(portico, { init: false });
  const times: number[] = [];
  socket.socket.on("message", (data) => {
    if ((data as Buffer).includes('"next"')) times.push(Date.now());
  });
  socket.send({ type: "connection_init", payload: bearer(token(claims({ exp }))) });
  await socket.first(({ type }) => type === "connection_ack");
  socket.subscribe("1", PUNCHES);
  await served(portico, 1);
  let code = 80_000;
  const punching = setInterval(() => punch(portico, String((code += 1))), 20);
  onTestFinished(() => clearInterval(punching));
  expect(await socket.closed).toEqual({ code: 4403, reason: "token expired" });
  const late = Date.now() - exp * 1000;
  expect(late).toBeGreaterThanOrEqual(0);
  expect(late).toBeLessThan(1_000);
  expect(codesOf(socket, "1").length).toBeGreaterThan(10);
  // The last message before the expiry arrives a moment later.
  expect(Math.max(...times)).toBeLessThan(exp * 1000 + 150);
  await served(portico, 0);
});

test("a stream ends with an error within a second after its token expires, and the token is rejected afterwards", async () => {
  const portico = await start();
  const exp = seconds() + 2;
  const credential = bearer(token(claims({ exp })));
  const response = await askAs(portico.url, { accept: "text/event-stream", ...credential }, PUNCHES);
  await served(portico, 1);
  punch(portico, "77001");
  const text = await response.text();
  const late = Date.now() - exp * 1000;
  expect(late).toBeGreaterThanOrEqual(0);
  expect(late).toBeLessThan(1_000);
  const blocks = text.split("\n\n").filter((block) => block.includes("event:"));
  expect(blocks).toEqual([
    expect.stringContaining("77001"),
    'event: next\ndata: {"errors":[{"message":"Send a valid API key or token.","extensions":{"code":"UNAUTHENTICATED"}}]}',
    "event: complete\ndata:",
  ]);
  await served(portico, 0);
  const again = await askAs(portico.url, { accept: "text/event-stream", ...credential }, PUNCHES);
  expect(again.status).toBe(401);
});
