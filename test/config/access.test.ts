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

const CREDENTIALS = "ACCESS_API_KEYS_FILE, ACCESS_JWT_JWKS_URL, ACCESS_JWT_KEY_FILE or ACCESS_JWT_SECRET";
const ASYMMETRIC = "RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA";
const KEY_SOURCES = "ACCESS_JWT_JWKS_URL, ACCESS_JWT_KEY_FILE, ACCESS_JWT_SECRET";

test.for([
  [GATEWAY, `${CREDENTIALS} is required when GATEWAY_URL is set; ACCESS=open is accepted instead on a loopback HOST.`],
  [{ HOST: "0.0.0.0" }, `${CREDENTIALS} is required when HOST is not a loopback address.`],
  [
    { HOST: "192.168.0.7", ACCESS: "open" },
    `ACCESS=open requires a loopback HOST; received "192.168.0.7". Set ${CREDENTIALS} instead.`,
  ],
  [
    { ACCESS: "open", ...KEYS, ...JWKS },
    "ACCESS=open cannot be combined with ACCESS_API_KEYS_FILE, ACCESS_JWT_JWKS_URL, ACCESS_JWT_ISSUER, ACCESS_JWT_AUDIENCE.",
  ],
  [{ ACCESS: "yes" }, 'ACCESS must be "open"; received "yes".'],
  [
    { ...JWKS, ACCESS_JWT_KEY_FILE: "/key" },
    `Exactly one of ${KEY_SOURCES} is required for tokens; received ACCESS_JWT_JWKS_URL and ACCESS_JWT_KEY_FILE.`,
  ],
  [
    RULES,
    `Exactly one of ${KEY_SOURCES} is required for tokens; received only ACCESS_JWT_ISSUER, ACCESS_JWT_AUDIENCE.`,
  ],
  [{ ...JWKS, ACCESS_JWT_ISSUER: "" }, "ACCESS_JWT_ISSUER is required when ACCESS_JWT_JWKS_URL is set."],
  [{ ...RULES, ACCESS_JWT_SECRET: "weak" }, "ACCESS_JWT_SECRET must be at least 32 bytes long; received 4 bytes."],
  [
    { ...JWKS, ACCESS_JWT_ALGORITHMS: "RS256,HS256" },
    `ACCESS_JWT_ALGORITHMS must be a comma-separated list of ${ASYMMETRIC}; received "HS256".`,
  ],
  [
    { ...RULES, ACCESS_JWT_SECRET: SECRET, ACCESS_JWT_ALGORITHMS: "HS256, RS256" },
    'ACCESS_JWT_ALGORITHMS must be a comma-separated list of HS256; received "RS256".',
  ],
  [
    { ...JWKS, ACCESS_JWT_ALGORITHMS: "none" },
    `ACCESS_JWT_ALGORITHMS must be a comma-separated list of ${ASYMMETRIC}; received "none".`,
  ],
  [
    { ...JWKS, ACCESS_JWT_JWKS_URL: "http://id.example.com/keys" },
    "ACCESS_JWT_JWKS_URL must be an absolute https URL without user name; " +
      "http is accepted for this machine only; received http to another machine.",
  ],
  [
    { ...JWKS, ACCESS_JWT_SCOPES_CLAIM: "a b" },
    'ACCESS_JWT_SCOPES_CLAIM must be a claim name without whitespace; received "a b".',
  ],
] as const)("%j is a fault that is reported in one line", ([env, fault]) => {
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
    expect.stringMatching(
      /^ACCESS_ORIGINS must be a comma-separated list of exact origins such as .+, never \*; received ".+"\.$/,
    ),
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
] as const)("%j is valid, and warns about open access: %s", ([env, open]) => {
  const { access, warnings } = parseConfig(env);
  expect(access.open).toBe(open);
  expect(warnings.some((warning) => warning.includes("every client that reaches this port"))).toBe(open);
});

test("the variables of tokens are parsed", () => {
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

test.each([
  "capacitor://localhost",
  "ionic://localhost",
  "tauri://localhost",
  "app://-",
  "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
  "moz-extension://6d4a2c1e-0f6b-4d5e-9a6b-0c1d2e3f4a5b",
  "http://tauri.localhost",
  "http://localhost:3000",
  "http://[::1]:3000",
])("the origin %s is accepted", (origin) => {
  expect(faultsOf({ ACCESS_ORIGINS: origin })).toEqual([]);
});

test.each([
  ["https://*.example.test", "https://hr.example.com"],
  ["https://app.*", "https://hr.example.com"],
  ["app://*", "https://hr.example.com"],
  ["https://App.Example.test/", "https://app.example.test"],
  ["HTTPS://app.example.test:443", "https://app.example.test"],
  ["https://app.example.test/page?x", "https://app.example.test"],
  ["capacitor://localhost/", "https://hr.example.com"],
  ["wss://hr.example.com", "https://hr.example.com"],
  ["file://", "https://hr.example.com"],
  ["javascript://x", "https://hr.example.com"],
])("the origin %s is a fault that names %s", (origin, example) => {
  expect(faultsOf({ ACCESS_ORIGINS: origin })).toEqual([
    `ACCESS_ORIGINS must be a comma-separated list of exact origins such as ${example}, never *; received "${origin}".`,
  ]);
});
