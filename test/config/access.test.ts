import { expect, test } from "vitest";
import { ConfigError, parseConfig } from "../../src/config/config.ts";

const GATEWAY = { GATEWAY_URL: "https://api.camsunit.com/v3", GATEWAY_AUTH_TOKEN: "ExampleAuthToken0123456789abcdef" };
const SECRET = "a-secret-of-thirty-two-bytes-or-more";
const RULES = { ACCESS_JWT_ISSUER: "https://id.example.com/", ACCESS_JWT_AUDIENCE: "portico" };
const KEYS = { ACCESS_API_KEYS_FILE: "/run/keys.json" };
const JWKS = { ACCESS_JWT_JWKS_URL: "https://id.example.com/keys?p=1", ...RULES };

const faultsOf = (env: Record<string, string>): readonly string[] => {
  try {
    parseConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
};

const WAYS = "one of ACCESS_API_KEYS_FILE, ACCESS_JWT_JWKS_URL, ACCESS_JWT_KEY_FILE or ACCESS_JWT_SECRET";

test.for([
  [GATEWAY, `ACCESS: nothing came; GATEWAY_URL needs ${WAYS}, or ACCESS=open on a loopback HOST.`],
  [
    { HOST: "0.0.0.0" },
    `ACCESS: nothing came; HOST, which can be reached from other machines, needs ${WAYS}, or ACCESS=open on a loopback HOST.`,
  ],
  [
    { HOST: "192.168.0.7", ACCESS: "open" },
    `ACCESS: "open" came, although HOST can be reached from other machines; wanted is a loopback HOST, or ${WAYS}.`,
  ],
  [
    { ACCESS: "open", ...KEYS, ...JWKS },
    'ACCESS: "open" came beside ACCESS_API_KEYS_FILE, ACCESS_JWT_JWKS_URL, ACCESS_JWT_ISSUER, ACCESS_JWT_AUDIENCE; give either, not both.',
  ],
  [{ ACCESS: "yes" }, 'ACCESS: "yes" came; wanted is one of open.'],
  [
    { ...JWKS, ACCESS_JWT_KEY_FILE: "/key" },
    "ACCESS_JWT_JWKS_URL: ACCESS_JWT_JWKS_URL and ACCESS_JWT_KEY_FILE came; tokens need exactly one of ACCESS_JWT_JWKS_URL, ACCESS_JWT_KEY_FILE, ACCESS_JWT_SECRET.",
  ],
  [
    RULES,
    "ACCESS_JWT_JWKS_URL: nothing came; tokens need exactly one of ACCESS_JWT_JWKS_URL, ACCESS_JWT_KEY_FILE, ACCESS_JWT_SECRET.",
  ],
  [
    { ...JWKS, ACCESS_JWT_ISSUER: "" },
    "ACCESS_JWT_ISSUER: nothing came; tokens need both ACCESS_JWT_ISSUER and ACCESS_JWT_AUDIENCE.",
  ],
  [{ ...RULES, ACCESS_JWT_SECRET: "weak" }, "ACCESS_JWT_SECRET: 4 bytes came; wanted is at least 32 bytes."],
  [
    { ...JWKS, ACCESS_JWT_ALGORITHMS: "RS256,HS256" },
    'ACCESS_JWT_ALGORITHMS: "HS256" came; wanted is some of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, parted by commas.',
  ],
  [
    { ...RULES, ACCESS_JWT_SECRET: SECRET, ACCESS_JWT_ALGORITHMS: "HS256, RS256" },
    'ACCESS_JWT_ALGORITHMS: "RS256" came; wanted is some of HS256, parted by commas.',
  ],
  [
    { ...JWKS, ACCESS_JWT_ALGORITHMS: "none" },
    'ACCESS_JWT_ALGORITHMS: "none" came; wanted is some of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, parted by commas.',
  ],
  [
    { ...JWKS, ACCESS_JWT_JWKS_URL: "http://id.example.com/keys" },
    "ACCESS_JWT_JWKS_URL: something else came; wanted is an absolute https URL without user name; http only to this machine.",
  ],
  [
    { ...JWKS, ACCESS_JWT_SCOPES_CLAIM: "a b" },
    'ACCESS_JWT_SCOPES_CLAIM: "a b" came; wanted is the name of a claim, without blanks.',
  ],
] as const)("%j is a fault, told in one clear line", ([env, fault]) => {
  expect(faultsOf(env)).toEqual([fault]);
});

test.for([
  "*",
  "https://hr.example.com,*",
  "https://hr.example.com/",
  "hr.example.com",
  "null",
  "https://*.example.com/",
])("the origins %s are a fault", (origins) => {
  expect(faultsOf({ ACCESS_ORIGINS: origins })).toEqual([
    expect.stringMatching(/^ACCESS_ORIGINS: ".+" came; wanted is exact origins such as .+; never \*\.$/),
  ]);
});

test.for([
  [{}, true],
  [{ HOST: "localhost" }, true],
  [{ HOST: "::1" }, true],
  [{ HOST: "127.0.0.2", ACCESS: "open" }, true],
  [{ ...GATEWAY, ACCESS: "open" }, true],
  [KEYS, false],
  [{ ...GATEWAY, ...KEYS, HOST: "0.0.0.0" }, false],
  [{ ...JWKS, HOST: "::" }, false],
] as const)("%j is good, and whether everybody is let in is said: %s", ([env, open]) => {
  const { access, notices } = parseConfig(env);
  expect(access.open).toBe(open);
  expect(notices.some((notice) => notice.includes("whoever reaches this port"))).toBe(open);
});

test("tokens are read", () => {
  expect(parseConfig({ ...JWKS, ACCESS_JWT_ALGORITHMS: "ES256, RS512" }).access.jwt).toEqual({
    keys: { kind: "url", url: "https://id.example.com/keys?p=1" },
    issuer: "https://id.example.com/",
    audience: "portico",
    algorithms: ["RS512", "ES256"],
    scopesClaim: null,
    accountClaim: "account",
  });
  const file = parseConfig({ ...RULES, ACCESS_JWT_KEY_FILE: "/key" }).access.jwt;
  expect(file).toMatchObject({
    keys: { kind: "file", path: "/key" },
    algorithms: ["RS256", "PS256", "ES256", "EdDSA"],
  });
  const { access, secrets } = parseConfig({ ...RULES, ACCESS_JWT_SECRET: SECRET });
  expect(access.jwt).toMatchObject({ keys: { kind: "secret" }, algorithms: ["HS256"] });
  expect(secrets).toContain(SECRET);
});
