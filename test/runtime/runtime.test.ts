import { expect, test } from "vitest";
import { createLifecycle } from "../../src/runtime/lifecycle.ts";
import { createLinkSigner } from "../../src/runtime/signed-link.ts";
import { createLogger, type Logger } from "../../src/runtime/logger.ts";
import { until } from "../kit/until.ts";

const logged = (
  write: (logger: Logger) => void,
  secrets: readonly string[] = [],
): readonly Record<string, unknown>[] => {
  const lines: string[] = [];
  write(createLogger({ level: "trace", secrets, destination: { write: (line) => void lines.push(line) } }));
  expect(lines.every((line) => line.indexOf("\n") === line.length - 1)).toBe(true);
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
};

test("a log line is JSON with an ISO time, a level by name and a message", () => {
  const [line] = logged((logger) => logger.info({ port: 4000 }, "listening"));
  expect(line).toEqual({
    level: "info",
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    port: 4000,
    message: "listening",
  });
});

test("the time of a line is that of its writing, in every second", async () => {
  const lines: string[] = [];
  const logger = createLogger({ level: "info", destination: { write: (line) => void lines.push(line) } });
  for (let second = 0; second < 2; second += 1) {
    const before = Date.now();
    logger.info({}, "now");
    const after = Date.now();
    const { time } = JSON.parse(lines.at(-1) ?? "") as { time: string };
    expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(Date.parse(time)).toBeGreaterThanOrEqual(before);
    expect(Date.parse(time)).toBeLessThanOrEqual(after);
    await until(() => Math.floor(Date.now() / 1_000) > Math.floor(before / 1_000));
  }
});

test("members with the name of a secret are redacted at any depth, in child loggers too", () => {
  const names = [
    "authToken",
    "auth-token",
    "AuthToken",
    "password",
    "Password",
    "pin",
    "PIN",
    "template",
    "Templates",
    "photo",
  ];
  const more = [
    "token",
    "SecurityKey",
    "signingSecret",
    "authorization",
    "Cookie",
    "set-cookie",
    "LINK_SECRET",
    "GATEWAY_DEVICE_TOKENS",
  ];
  for (const name of [...names, ...more.filter((each) => !each.startsWith("GATEWAY"))]) {
    const lines = logged((logger) => {
      logger.info({ [name]: "c4nary", list: [{ deep: { [name]: { inner: "c4nary" } } }] }, "x");
      logger.child({ headers: { [name]: "c4nary" } }).info({}, "x");
    });
    expect(JSON.stringify(lines)).not.toContain("c4nary");
    expect(lines).toHaveLength(2);
  }
});

test("members with a similar name are kept", () => {
  const [line] = logged((logger) => logger.info({ HasPhoto: true, tokens: 12, pinned: 1 }, "x"));
  expect(line).toMatchObject({ HasPhoto: true, tokens: 12, pinned: 1 });
});

test("secret values are scrubbed from any text, whatever its escaping", () => {
  const secret = 'a "quoted" secret/with=signs\\and more';
  const lines = logged(
    (logger) => {
      logger.error({ err: new Error(`GET /x?t=${encodeURIComponent(secret)} with ${secret}`) }, `sent ${secret}`);
      logger.child({ note: secret }).warn({ nested: [secret] }, "x");
    },
    [secret, "short"],
  );
  const written = JSON.stringify(lines);
  for (const spelling of [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret), "quoted"]) {
    expect(written).not.toContain(spelling);
  }
});

test("a secret that stands where a long text is cut is scrubbed too", () => {
  const secret = 'a "quoted" secret/with=signs\\and more';
  for (const spelling of [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]) {
    for (const kept of [8, spelling.length - 1]) {
      const text = `${"x".repeat(4_000 - kept)}${spelling} and more`;
      const error = new Error(text, { cause: new Error(text) });
      const write = (logger: Logger) => logger.child({ text }).error({ err: error, list: [{ text }] }, "x");
      expect(JSON.stringify(logged(write, [secret]))).not.toContain(JSON.stringify(spelling.slice(0, 8)).slice(1, -1));
    }
  }
});

test("text from outside cannot forge a line", () => {
  const lines = logged((logger) => logger.info({ path: 'x"}\n{"level":"fatal"}\u0000\u001b[31m' }, "x"));
  expect(lines).toHaveLength(1);
});

test("an error is logged with its stack and cause, without what a library hung on it", () => {
  const cause = Object.assign(new Error("reset"), { code: "ECONNRESET", headers: { custom: "c4nary" } });
  const [line] = logged((logger) => logger.error({ err: new Error("no answer", { cause }), deep: { cause } }, "x"));
  expect(line).toMatchObject({
    err: {
      name: "Error",
      message: "no answer",
      stack: expect.stringContaining("runtime.test"),
      cause: { code: "ECONNRESET" },
    },
  });
  expect(JSON.stringify(line)).not.toContain("c4nary");
});

test("bytes, long texts and cycles are shortened", () => {
  const circle: Record<string, unknown> = {};
  circle["self"] = circle;
  const [line] = logged((logger) =>
    logger.info({ bytes: Buffer.alloc(50_000), text: "x".repeat(50_000), circle, big: 1n }, "x"),
  );
  expect(line).toMatchObject({ bytes: "[50000 bytes]", big: "1" });
  expect(JSON.stringify(line).length).toBeLessThan(5_000);
});

const HOUR = 3_600;
const signer = (now = Date.parse("2026-06-21T03:32:15.900Z"), secret = "s".repeat(32)) =>
  createLinkSigner({ secret, baseUrl: () => "https://hr.example.com/portico", ttlSeconds: HOUR, now: () => now });
const claims = { DeviceSN: "SN7A2300583", AttendanceLog: "2026-06-21 09:02:14", ü: ["&=?"] };

test("a signed link is an absolute URL that is valid until it expires", () => {
  const { url, expiresAt } = signer().sign("/links/photo", claims);
  expect(url).toMatch(
    /^https:\/\/hr\.example\.com\/portico\/links\/photo\?claims=[\w-]+&expires=\d+&signature=[\w-]{43}$/,
  );
  expect(expiresAt).toBe("2026-06-21T04:32:15Z");
  const { searchParams } = new URL(url);
  expect(signer().verify("/links/photo", searchParams)).toEqual({ claims, secondsLeft: HOUR });
  expect(signer(Date.parse("2026-06-21T04:32:14.999Z")).verify("/links/photo", searchParams)?.secondsLeft).toBe(1);
  expect(signer(Date.parse("2026-06-21T04:32:15Z")).verify("/links/photo", searchParams)).toBeNull();
});

test("a link is valid for its own path and secret only", () => {
  const { searchParams } = new URL(signer().sign("/links/photo", claims).url);
  expect(signer().verify("/links/export", searchParams)).toBeNull();
  expect(signer(undefined, "t".repeat(32)).verify("/links/photo", searchParams)).toBeNull();
});

test("a link with one changed character is invalid", () => {
  const { searchParams } = new URL(signer().sign("/links/photo", claims).url);
  for (const [name, value] of searchParams) {
    for (let index = 0; index < value.length; index += 1) {
      const changed = new URLSearchParams(searchParams);
      const other = value[index] === "1" ? "2" : "1";
      changed.set(name, value.slice(0, index) + other + value.slice(index + 1));
      expect(signer().verify("/links/photo", changed)).toBeNull();
    }
  }
});

test.each([
  ["no parameter", ""],
  ["a missing parameter", "claims=e30&expires=9999999999"],
  ["a repeated parameter", "claims=e30&claims=e30&signature=x"],
  ["an empty signature", "claims=e30&expires=9999999999&signature="],
  ["a word in place of a number", "claims=e30&expires=Infinity&signature=x"],
])("a link with %s is invalid", (_, search) => {
  expect(signer().verify("/links/photo", new URLSearchParams(search))).toBeNull();
});

test("a link with an additional parameter is invalid", () => {
  const { searchParams } = new URL(signer().sign("/links/photo", claims).url);
  searchParams.append("expires", "9999999999");
  expect(signer().verify("/links/photo", searchParams)).toBeNull();
});

test("the part that was started last is stopped first, and a failing stop does not prevent the others", async () => {
  const order: string[] = [];
  const faults: string[] = [];
  const lifecycle = createLifecycle({ deadlineMs: 1_000, onFault: (name) => void faults.push(name) });
  for (const name of ["sandbox", "client", "server"]) {
    lifecycle.add(name, async () => {
      order.push(name);
      if (name === "client") throw new Error("no");
    });
  }
  await Promise.all([lifecycle.stop(), lifecycle.stop()]);
  expect(order).toEqual(["server", "client", "sandbox"]);
  expect(faults).toEqual(["client"]);
});

test("a hanging stop is abandoned at the deadline, and the other parts are still stopped", async () => {
  const order: string[] = [];
  const faults: string[] = [];
  const lifecycle = createLifecycle({ deadlineMs: 20, onFault: (name) => void faults.push(name) });
  lifecycle.add("first", async () => void order.push("first"));
  lifecycle.add("hangs", () => new Promise(() => {}));
  await lifecycle.stop();
  expect(order).toEqual(["first"]);
  expect(faults).toContain("hangs");
});
