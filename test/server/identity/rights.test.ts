import { createLocalJWKSet, type JSONWebKeySet } from "jose";
import { expect, test } from "vitest";
import { ConfigError } from "../../../src/config/config.ts";
import { findApiKey, findApiKeyById, parseApiKeys } from "../../../src/server/identity/api-keys.ts";
import { AuthenticationError } from "../../../src/server/identity/authentication-error.ts";
import { identityOfToken, isCompactJwt } from "../../../src/server/identity/token.ts";
import { KeysUnavailableError } from "../../../src/server/identity/issuer-keys.ts";
import { badTokens } from "../../kit/portico/bad-tokens.ts";
import { AUDIENCE, claims, ISSUER, keyOf, keySet, sha256, token } from "../../kit/portico/callers.ts";

const NOW = Date.now();
const SECONDS = Math.floor(NOW / 1_000);
const KEYS = createLocalJWKSet(keySet() as JSONWebKeySet);
const RULES = {
  issuer: ISSUER,
  audience: AUDIENCE,
  algorithms: ["RS256", "PS256", "ES256", "EdDSA"],
  scopesClaim: null,
  accountClaim: "account",
};

/** Resolves with the identity of a token, or with the reason why it has none. */
const identify = async (text: string, rules: Partial<typeof RULES | { scopesClaim: string }> = {}, now = NOW) => {
  try {
    return await identityOfToken(KEYS, { ...RULES, ...rules }, text, now);
  } catch (error) {
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error).toMatchObject({ isTemporary: false });
    return (error as Error).message;
  }
};

const viewerOf = async (payload: object, rules: Partial<typeof RULES | { scopesClaim: string }> = {}) => {
  const identity = await identify(token(claims(payload)), rules);
  return typeof identity === "string" ? identity : identity.viewer;
};

test("a token gives its subject the scopes and the account that it names, until it expires", async () => {
  const all = { scope: "users:read openid attendance:read", account: "north", exp: SECONDS + 900 };
  expect(await identify(token(claims(all)))).toEqual({
    viewer: {
      credential: "token",
      issuer: ISSUER,
      name: "ada",
      account: "north",
      scopes: ["users:read", "attendance:read"],
    },
    expiresAt: (SECONDS + 900) * 1_000,
  });
});

test.each([
  ["a list", { scope: ["doors:read", "devices:read"] }, ["devices:read", "doors:read"]],
  ["scp without scope", { scope: undefined, scp: "doors:read" }, ["doors:read"]],
  ["scope before scp", { scope: "users:read", scp: "doors:read" }, ["users:read"]],
  ["nothing", { scope: undefined }, []],
  ["null", { scope: null }, []],
])("scopes are read from %s", async (_, payload, scopes) => {
  expect(await viewerOf(payload)).toMatchObject({ account: "default", scopes });
});

test("scopes and account are read from the claims that are configured, and from no others", async () => {
  const rules = { scopesClaim: "permissions", accountClaim: "tenant" };
  const payload = {
    permissions: ["doors:read"],
    scope: "users:read",
    scp: "users:read",
    tenant: "south",
    account: "x",
  };
  expect(await viewerOf(payload, rules)).toMatchObject({ account: "south", scopes: ["doors:read"] });
  expect(await viewerOf({ ...payload, permissions: undefined }, rules)).toMatchObject({ scopes: [] });
});

test("names and accounts are texts of 1 to 255 characters", async () => {
  const longest = "x".repeat(255);
  expect(await viewerOf({ sub: longest, account: longest })).toMatchObject({ name: longest, account: longest });
  for (const value of [`${longest}x`, "", 7, null, ["a"]]) {
    expect(await viewerOf({ sub: value })).toMatch(/claim sub/);
    expect(await viewerOf({ account: value })).toBe("a token whose claim account is not a short text");
  }
});

test("a token is valid until the second of its end, whatever clocks tolerate", async () => {
  const text = token(claims({ exp: SECONDS }));
  expect(await identify(text, {}, SECONDS * 1_000 - 1)).toMatchObject({ expiresAt: SECONDS * 1_000 });
  expect(await identify(text, {}, SECONDS * 1_000)).toBe("a token that has expired");
  expect(await identify(text, {}, SECONDS * 1_000 + 60_000)).toBe("a token that is not accepted: ERR_JWT_EXPIRED");
});

test("a token may be issued, and become valid, up to five seconds in the future", async () => {
  const now = SECONDS * 1_000;
  expect(await identify(token(claims({ iat: SECONDS + 5, nbf: SECONDS + 5 })), {}, now)).toHaveProperty("viewer");
  expect(await identify(token(claims({ iat: SECONDS + 6 })), {}, now)).toBe("a token that was issued in the future");
  expect(await identify(token(claims({ nbf: SECONDS + 6 })), {}, now)).toBe(
    "a token whose claim nbf is missing or wrong",
  );
});

const REASONS: Readonly<Record<string, string>> = {
  "without an end": "a token whose claim exp is missing or wrong",
  "for another audience": "a token whose claim aud is missing or wrong",
  "of another issuer": "a token whose claim iss is missing or wrong",
  "of nobody": "a token whose claim sub is missing or wrong",
  "of nobody in particular": "a token whose claim sub is not a short text",
  "with scopes that are none": "a token whose scopes are neither text nor a list",
  "with a claim twice": "a token with a part that is not a JSON object with unique members",
  "with a header twice": "a token with a part that is not a JSON object with unique members",
  "with claims that are no JSON": "a token with a part that is not a JSON object with unique members",
  "of an unknown key": "a token that is not accepted: ERR_JWKS_NO_MATCHING_KEY",
  "of a foreign key under a known id": "a token that is not accepted: ERR_JWS_SIGNATURE_VERIFICATION_FAILED",
  "with five parts": "a token with a part that is not a JSON object with unique members",
  "with jku, well signed": "a token with the header jku",
  "with x5u, well signed": "a token with the header x5u",
  "with a key of its own, well signed": "a token with the header jwk",
  "with a certificate of its own": "a token with the header x5c",
  "with crit that is known": "a token with the header crit",
};

/** Their texts are fine; what refuses them stands elsewhere: the length of a credential and the accounts of the configuration. */
const ELSEWHERE: ReadonlySet<string> = new Set(["of nine kilobytes", "with an account that is blank"]);

const BAD = badTokens("https://elsewhere.example.com/");

test.each(BAD.filter(([what]) => !ELSEWHERE.has(what)))("a token %s is refused", async (what, text) => {
  const reason = await identify(text);
  expect(reason).toEqual(expect.stringMatching(/^a token /));
  expect(reason).toBe(REASONS[what] ?? reason);
});

test("every reason above belongs to a token", () => {
  expect(BAD.map(([what]) => what)).toEqual(expect.arrayContaining(Object.keys(REASONS)));
});

test("the parts of a token are JSON objects in UTF-8", async () => {
  const [head = "", body = "", signature = ""] = token().split(".");
  const parts = ["null", "7", '"text"', "[", "[{}]x", '{"\u{ff}":1}'].map((text) =>
    Buffer.from(text, "latin1").toString("base64url"),
  );
  for (const part of parts) {
    for (const text of [`${part}.${body}.${signature}`, `${head}.${part}.${signature}`])
      expect(await identify(text)).toBe("a token with a part that is not a JSON object with unique members");
  }
});

test("a token whose keys cannot be read now may be tried again", async () => {
  const away = () => Promise.reject(new KeysUnavailableError());
  await expect(identityOfToken(away, RULES, token(), NOW)).rejects.toMatchObject({
    message: "a token whose keys cannot be read now",
    isTemporary: true,
  });
  const broken = () => Promise.reject(new Error("a fault"));
  await expect(identityOfToken(broken, RULES, token(), NOW)).rejects.toMatchObject({
    message: "a token that cannot be verified",
    isTemporary: false,
    cause: { message: "a fault" },
  });
});

test("three parts of base64url letters are a token, and nothing else is", () => {
  expect(["a.b.c", "a-_.b1.Z9"].map(isCompactJwt)).toEqual([true, true]);
  const others = ["a.b", "a.b.c.d", "a..c", ".b.c", "a.b.", "a b.c.d", "a.b+.c", "x a.b.c", "a.b.c\n", ""];
  expect(others.filter(isCompactJwt)).toEqual([]);
});

const entry = (name: string, more: object = {}) => ({ name, sha256: sha256(keyOf(name)), scopes: [], ...more });
const faultsOf = (content: unknown): readonly string[] => {
  try {
    parseApiKeys(typeof content === "string" ? content : JSON.stringify(content));
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
};
const UNTIL = "2027-01-31T00:00:00Z";

test("an API key gives its name the scopes and the account of its entry, until it expires", () => {
  const keys = parseApiKeys(
    JSON.stringify([
      entry("ada", { scopes: ["doors:read", "devices:read", "doors:read"], account: "north", expiresAt: UNTIL }),
      entry("bob"),
    ]),
  );
  expect(findApiKey(keys, keyOf("ada"), Date.parse(UNTIL) - 1)?.identity).toEqual({
    viewer: {
      credential: "apiKey",
      issuer: null,
      name: "ada",
      account: "north",
      scopes: ["devices:read", "doors:read"],
    },
    expiresAt: Date.parse(UNTIL),
  });
  expect(findApiKey(keys, keyOf("bob"), 0)?.identity).toMatchObject({
    viewer: { name: "bob", account: "default", scopes: [] },
    expiresAt: null,
  });
  for (const text of [keyOf("eve"), "", sha256(keyOf("bob")), keyOf("bob").toUpperCase()])
    expect(findApiKey(keys, text, 0)).toBeNull();
});

test("an API key that has expired, was removed or changed is refused", () => {
  const keys = parseApiKeys(JSON.stringify([entry("ada", { expiresAt: UNTIL })]));
  const [id = ""] = keys.keys();
  const end = Date.parse(UNTIL);
  for (const find of [
    (now: number) => findApiKey(keys, keyOf("ada"), now),
    (now: number) => findApiKeyById(keys, id, now),
  ]) {
    expect(find(end - 1)?.id).toBe(id);
    expect(() => find(end)).toThrow(new AuthenticationError("the API key has expired"));
  }
  expect(() => findApiKeyById(keys, "other", 0)).toThrow(new AuthenticationError("the API key was removed or changed"));
});

test("the id of an API key changes with each member of its entry, and does not reveal the hash", () => {
  const changes = [
    {},
    { name: "bob" },
    { sha256: sha256("x") },
    { scopes: ["doors:read"] },
    { account: "north" },
    { expiresAt: UNTIL },
  ];
  const ids = changes.flatMap((more) => [...parseApiKeys(JSON.stringify([entry("ada", more)])).keys()]);
  expect(new Set(ids).size).toBe(6);
  for (const id of ids) expect(id).toMatch(/^[\w-]{43}$/);
});

test.each([
  ["no JSON", "sha256=", ["the file must be JSON."]],
  ["no list", "{}", ["the file must be a list of keys."]],
  ["an entry that is a text", ["x"], ["key 1: must be an object."]],
  [
    "an unknown scope",
    [entry("ada", { scopes: ["devices:read", "doors:open"] })],
    [/^key 1, scopes\.1: must be one of devices:read, .*, callbacks:manage\.$/],
  ],
  [
    "63 digits of a hash",
    [entry("ada", { sha256: "a".repeat(63) })],
    [/^key 1, sha256: must be the SHA-256 of the key: 64 hexadecimal digits\.$/],
  ],
  ["65 digits of a hash", [entry("ada", { sha256: "a".repeat(65) })], [/^key 1, sha256: /]],
  ["a letter in a hash", [entry("ada", { sha256: `${"a".repeat(63)}g` })], [/^key 1, sha256: /]],
  ["no name", [entry("")], [/^key 1, name: /]],
  ["a name of 65 characters", [entry("n".repeat(65))], [/^key 1, name: /]],
  ["no account", [entry("ada", { account: "" })], [/^key 1, account: /]],
  ["an account of 129 characters", [entry("ada", { account: "a".repeat(129) })], [/^key 1, account: /]],
  [
    "a date",
    [entry("ada", { expiresAt: "2027-01-31" })],
    [/^key 1, expiresAt: must be an RFC 3339 time such as 2027-01-31T00:00:00Z\.$/],
  ],
  ["an unknown member", [entry("ada", { key: "x" })], [/^key 1: .*key/]],
  [
    "a name twice, in other letters",
    [entry("ada"), entry("bob"), { ...entry("eve"), name: "ADA" }],
    ["key 3, name: must differ between keys."],
  ],
  [
    "a hash twice, in other letters",
    [entry("ada"), entry("bob", { sha256: sha256(keyOf("ada")).toUpperCase() })],
    ["key 2, sha256: must differ between keys."],
  ],
  [
    "a member twice",
    `[{"name":"a","name":"b","sha256":"${sha256("x")}","scopes":[]}]`,
    ["the members of each object must be unique."],
  ],
])("a file of API keys with %s is refused", (_, content, expected) => {
  const lines = expected.map((line) => (typeof line === "string" ? line : expect.stringMatching(line)));
  expect(faultsOf(content).map((line) => line.replace(/^ACCESS_API_KEYS_FILE: /, ""))).toEqual(lines);
  for (const line of faultsOf(content)) expect(line).toMatch(/^ACCESS_API_KEYS_FILE: /);
});

test("names of 64 and accounts of 128 characters, hashes in capitals, and times with an offset are accepted", () => {
  const more = {
    account: "a".repeat(128),
    sha256: sha256(keyOf("x")).toUpperCase(),
    expiresAt: "2027-01-31T02:00:00+02:00",
  };
  expect(faultsOf([entry("n".repeat(64), more)])).toEqual([]);
  const keys = parseApiKeys(JSON.stringify([entry("x", more)]));
  expect(findApiKey(keys, keyOf("x"), 0)?.identity.expiresAt).toBe(Date.parse(UNTIL));
});
