import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ConfigError, LOG_LEVELS, parseConfig } from "../../src/config/config.ts";
import { DEFAULT_LIMITS, LIMIT_SETTINGS } from "../../src/config/limits.ts";
import { VARIABLES } from "../../src/config/variables.ts";

const TOKEN = "ExampleAuthToken0123456789abcdef";
const OTHER = "0123456789abcdefExampleAuthToken";
const OTHER_SECRET = "another-secret-of-thirty-two-bytes";
const SECRET = "a-secret-of-thirty-two-bytes-or-more";
const real = { GATEWAY_URL: "https://api.camsunit.com/v3", GATEWAY_AUTH_TOKEN: TOKEN, ACCESS: "open" };

const faultsOf = (env: Record<string, string | undefined>): readonly string[] => {
  try {
    parseConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
};

test("an empty environment runs on the embedded sandbox", () => {
  expect(parseConfig({})).toEqual({
    accountsFile: null,
    admin: null,
    auditFile: null,
    host: "127.0.0.1",
    port: 4000,
    gateway: null,
    sandboxPort: 4010,
    publicUrl: null,
    linkSecret: null,
    callbackSecret: null,
    callbackSigningSecret: null,
    callbackSecurityKey: null,
    callbackAllow: null,
    trustedProxies: [],
    access: { open: true, apiKeysFile: null, jwt: null, origins: [] },
    subgraph: {
      callbackUrls: [],
      callbackNetworks: [],
      routerKeys: [],
      hiveHmac: false,
      scopes: false,
      typePrefix: "",
    },
    limits: DEFAULT_LIMITS,
    introspection: "on",
    persisted: { only: false, file: null },
    redisUrl: null,
    logLevel: "info",
    development: true,
    secrets: [],
    notices: [
      "GATEWAY_URL is not set: this runs on the embedded sandbox, with invented people and devices.",
      "No ACCESS setting is set: whoever reaches this port on this machine may read and command everything.",
      "LINK_SECRET is not set: links to photos and exports end with this process.",
      "REDIS_URL is not set: events are kept in memory and end with this process.",
    ],
  });
});

test("a full environment is read", () => {
  const config = parseConfig({
    ...real,
    HOST: "::1",
    PORT: "0",
    GATEWAY_URL: "https://api.camsunit.com/v3/",
    GATEWAY_DEVICE_TOKENS: `SN7A2300583=${OTHER}, SN7A2300584=${TOKEN}`,
    SANDBOX_PORT: "65535",
    PUBLIC_URL: "https://hr.example.com/portico/",
    LINK_SECRET: SECRET,
    CALLBACK_SECRET: SECRET,
    REDIS_URL: "redis://:red1s-pass@127.0.0.1:6379",
    LOG_LEVEL: "silent",
    NODE_ENV: "production",
    ACCESS: "",
    ACCESS_API_KEYS_FILE: "/run/secrets/api-keys.json",
    ACCESS_JWT_SECRET: OTHER_SECRET,
    ACCESS_JWT_ISSUER: "https://id.example.com/",
    ACCESS_JWT_AUDIENCE: "portico",
    ACCESS_ORIGINS: "https://hr.example.com, http://localhost:5173",
  });
  expect(config).toMatchObject({
    host: "::1",
    port: 0,
    gateway: { url: "https://api.camsunit.com/v3", authToken: TOKEN },
    sandboxPort: 65535,
    publicUrl: "https://hr.example.com/portico",
    linkSecret: SECRET,
    callbackSecret: SECRET,
    redisUrl: "redis://:red1s-pass@127.0.0.1:6379",
    logLevel: "silent",
    development: false,
    access: {
      open: false,
      apiKeysFile: "/run/secrets/api-keys.json",
      jwt: {
        keys: { kind: "secret", secret: OTHER_SECRET },
        issuer: "https://id.example.com/",
        audience: "portico",
        algorithms: ["HS256"],
        scopesClaim: null,
        accountClaim: "account",
      },
      origins: ["https://hr.example.com", "http://localhost:5173"],
    },
    notices: [],
  });
  expect([...(config.gateway?.deviceTokens ?? [])]).toEqual([
    ["SN7A2300583", OTHER],
    ["SN7A2300584", TOKEN],
  ]);
  expect(config.secrets).toEqual([TOKEN, SECRET, SECRET, OTHER_SECRET, "red1s-pass", OTHER, TOKEN]);
});

test.each(LIMIT_SETTINGS)("$name is a whole number from 1 to $most", ({ name, limit, most }) => {
  expect(parseConfig({ [name]: "1" }).limits[limit]).toBe(1);
  expect(parseConfig({ [name]: String(most) }).limits[limit]).toBe(most);
  for (const wrong of ["0", "-1", "1.5", "1e3", "many", String(most + 1)]) {
    expect(faultsOf({ [name]: wrong })).toEqual([
      `${name}: "${wrong}" came; wanted is a whole number from 1 to ${most}.`,
    ]);
  }
});

test("who may ask for the schema is set, or follows from where this runs", () => {
  expect(parseConfig({ NODE_ENV: "production" }).introspection).toBe("authenticated");
  expect(parseConfig({ NODE_ENV: "production", INTROSPECTION: "on" }).introspection).toBe("on");
  expect(faultsOf({ INTROSPECTION: "yes" })).toEqual([
    `INTROSPECTION: "yes" came; wanted is one of on, off, authenticated.`,
  ]);
});

test("only stored documents need documents", () => {
  expect(faultsOf({ PERSISTED_OPERATIONS: "only" })).toEqual([
    "PERSISTED_OPERATIONS_FILE: nothing came; PERSISTED_OPERATIONS=only needs it.",
  ]);
  const env = { PERSISTED_OPERATIONS: "only", PERSISTED_OPERATIONS_FILE: "/documents.json" };
  expect(parseConfig(env).persisted).toEqual({ only: true, file: "/documents.json" });
});

test("an empty variable counts as absent", () => {
  expect(parseConfig(Object.fromEntries(VARIABLES.map(({ name }) => [name, ""])))).toEqual(parseConfig({}));
});

test("all faults are reported at once, one line each", () => {
  const env = {
    HOST: "http://x",
    PORT: "65536",
    GATEWAY_URL: "ftp://x",
    SANDBOX_PORT: "-1",
    LOG_LEVEL: "loud",
    ACCESS: "closed",
    ACCESS_ORIGINS: "*",
    GATEWAY_URI: "x",
  };
  const faults = faultsOf(env);
  expect(faults.map((fault) => fault.split(":")[0])).toEqual([
    "GATEWAY_URL",
    "GATEWAY_AUTH_TOKEN",
    "HOST",
    "PORT",
    "SANDBOX_PORT",
    "ACCESS",
    "ACCESS_ORIGINS",
    "LOG_LEVEL",
    "GATEWAY_URI",
  ]);
  expect(() => parseConfig(env)).toThrow(`The configuration has 9 faults:\n${faults.join("\n")}`);
  expect(faults.every((fault) => !fault.includes("\n"))).toBe(true);
});

test.each([
  ["PORT", "eighty"],
  ["PORT", "1e3"],
  ["PORT", "99999"],
  ["PORT", "4000.5"],
  ["HOST", "127.0.0.1:80"],
  ["HOST", "a b"],
  ["LOG_LEVEL", "INFO"],
  ["SUBGRAPH_SCOPES", "true"],
  ["SUBGRAPH_TYPE_PREFIX", "biometric"],
  ["SUBGRAPH_TYPE_PREFIX", "B__"],
  ["SUBGRAPH_TYPE_PREFIX", "B io"],
  ["LOG_LEVEL", "constructor"],
])("%s=%s is a fault that says what came and what is wanted", (name, value) => {
  expect(faultsOf({ [name]: value })).toEqual([
    expect.stringMatching(new RegExp(`^${name}: "${value}" came; wanted is .+\\.$`)),
  ]);
});

test.each([
  ["api.camsunit.com/v3", "something that is no URL came"],
  ["ftp://api.camsunit.com/v3", '"ftp:" came'],
  ["http://api.camsunit.com/v3", "plain http to another machine came"],
  ["http://127.0.0.1.example.com/", "plain http to another machine came"],
  ["https://user:pass@api.camsunit.com", "a URL with a user name or password in it came"],
  [`https://api.camsunit.com/v3?AuthToken=${TOKEN}`, "a URL with a query came"],
  ["https://api.camsunit.com/v3#x", "a URL with a fragment came"],
])("the gateway URL %s is a fault and is not repeated", (url, said) => {
  const [fault = ""] = faultsOf({ ...real, GATEWAY_URL: url });
  expect(fault).toContain(`GATEWAY_URL: ${said}; wanted is an absolute https URL`);
  expect(fault).not.toContain("camsunit");
});

test.each([
  "http://127.0.0.1:4010",
  "http://localhost:4010",
  "http://[::1]:4010",
  "http://gateway.localhost",
  "https://10.0.0.1",
])("the gateway URL %s is good", (url) => {
  expect(parseConfig({ ...real, GATEWAY_URL: url }).gateway?.url).toBe(url);
});

test("no value of a secret stands in a fault", () => {
  const canary = "C4n4ry";
  const env = {
    GATEWAY_URL: `https://${canary}@x/?${canary}`,
    GATEWAY_AUTH_TOKEN: canary,
    GATEWAY_DEVICE_TOKENS: `SN7A2300583=${canary}`,
    LINK_SECRET: canary,
    PUBLIC_URL: `https://x/?${canary}`,
    ACCESS_JWT_SECRET: canary,
  };
  // Issuer and audience are missing, too.
  expect(faultsOf(env)).toHaveLength(9);
  expect(() => parseConfig(env)).not.toThrow(canary);
});

test.each([
  `SN7A2300583`,
  `SN7A2300583=short`,
  `SN=${TOKEN}`,
  `SN7A2300583=${TOKEN},`,
  `SN7A2300583=${TOKEN}=x`,
  `SN7A2300583=${TOKEN},SN7A2300583=${OTHER}`,
])("the device tokens %s are a fault", (tokens) => {
  const [fault = ""] = faultsOf({ ...real, GATEWAY_DEVICE_TOKENS: tokens });
  expect(fault).toMatch(/^GATEWAY_DEVICE_TOKENS: a fault in pair [12] came; wanted is SERIAL=TOKEN pairs/);
  expect(fault).not.toContain(TOKEN);
});

test("a token without a gateway is a fault, so that nobody takes the sandbox for the gateway", () => {
  expect(faultsOf({ GATEWAY_AUTH_TOKEN: TOKEN })).toEqual([
    "GATEWAY_URL: nothing came, although GATEWAY_AUTH_TOKEN did; give both, or neither for the sandbox.",
  ]);
});

test("production with a gateway needs a link secret of 32 bytes", () => {
  const production = { ...real, NODE_ENV: "production" };
  expect(faultsOf(production)).toEqual([
    expect.stringMatching(/^LINK_SECRET: nothing came; production with a real gateway/),
  ]);
  expect(faultsOf({ ...production, LINK_SECRET: "short" })).toEqual([
    "LINK_SECRET: 5 bytes came; wanted is at least 32 bytes.",
  ]);
  expect(parseConfig({ ...production, LINK_SECRET: "ü".repeat(16) }).development).toBe(false);
  expect(parseConfig({ NODE_ENV: "production" }).linkSecret).toBeNull();
});

test.each(["GATEWAY_TOKEN", "GATEWAY_AUTHTOKEN", "SANDBOX_PROT", "LINK_SECRETS", "LIMIT_COSTS", "PERSISTED_OPERATION"])(
  "%s looks like a slip and is a fault",
  (name) => {
    expect(faultsOf({ [name]: "x" })).toEqual([
      expect.stringMatching(new RegExp(`^${name}: no such variable; wanted is one of`)),
    ]);
  },
);

test.each([
  ["x".repeat(31), "31 bytes in place 1"],
  [`${SECRET},`, "0 bytes in place 2"],
  [`${SECRET}, ${SECRET}`, "a secret twice"],
])("the router keys %s are a fault and are not repeated", (keys, said) => {
  expect(faultsOf({ SUBGRAPH_ROUTER_KEYS: keys })).toEqual([
    `SUBGRAPH_ROUTER_KEYS: ${said} came; wanted is secrets of at least 32 bytes, each once, parted by commas.`,
  ]);
});

test("a supergraph's settings are read", () => {
  const { subgraph, secrets } = parseConfig({
    SUBGRAPH_CALLBACK_URLS: "http://router.internal:4000/callback/, https://router.example.com",
    SUBGRAPH_CALLBACK_NETWORKS: "10.0.0.0/8",
    SUBGRAPH_ROUTER_KEYS: `${SECRET}, ${SECRET}2`,
    SUBGRAPH_HIVE_HMAC: "on",
    SUBGRAPH_SCOPES: "on",
    SUBGRAPH_TYPE_PREFIX: "Biometric",
  });
  expect(subgraph).toEqual({
    callbackUrls: ["http://router.internal:4000/callback", "https://router.example.com"],
    callbackNetworks: ["10.0.0.0/8"],
    routerKeys: [SECRET, `${SECRET}2`],
    hiveHmac: true,
    scopes: true,
    typePrefix: "Biometric",
  });
  expect(secrets).toEqual([SECRET, `${SECRET}2`]);
});

test("what a supergraph's settings lack is told", () => {
  expect(faultsOf({ SUBGRAPH_HIVE_HMAC: "on" })).toEqual([
    expect.stringMatching(/^SUBGRAPH_ROUTER_KEYS: nothing came/),
  ]);
  expect(faultsOf({ SUBGRAPH_CALLBACK_URLS: "https://a.example, ftp://b.example" })).toEqual([
    expect.stringMatching(/^SUBGRAPH_CALLBACK_URLS: "ftp:" in place 2 came; wanted is an absolute http or https URL/),
  ]);
  expect(faultsOf({ SUBGRAPH_ROUTER_KEY: SECRET })).toEqual([expect.stringMatching(/^SUBGRAPH_ROUTER_KEY: no such/)]);
});

test("the links of a Kubernetes service called gateway are no fault", () => {
  const env = {
    GATEWAY_SERVICE_HOST: "10.0.0.1",
    GATEWAY_PORT: "tcp://10.0.0.1:80",
    GATEWAY_PORT_80_TCP_ADDR: "10.0.0.1",
  };
  expect(faultsOf(env)).toEqual([]);
});

test("the document of the configuration and the table say the same", () => {
  const doc = readFileSync(new URL("../../docs/configuration.md", import.meta.url), "utf8");
  const rows = [...doc.matchAll(/^\| `([A-Z_]+)` \| (.+?) \| (yes|no) \| (.+?) \|$/gm)];
  const told = rows.map(([, name, initial, secret]) => ({
    name,
    default: initial === "none" ? null : initial?.replaceAll("`", ""),
    secret: secret === "yes",
  }));
  expect(told).toEqual(VARIABLES.map(({ name, default: initial, secret }) => ({ name, default: initial, secret })));
  for (const level of LOG_LEVELS) expect(doc).toContain(`\`${level}\``);
  const mentioned = new Set(doc.match(/\b[A-Z]+_[A-Z_]+\b/g));
  const known = new Set<string>(VARIABLES.map(({ name }) => name));
  expect([...mentioned].filter((name) => !known.has(name))).toEqual([]);
});

test("accounts in a file leave no room for the settings of one account, nor for callers who are not told apart", () => {
  const env = { GATEWAY_ACCOUNTS_FILE: "accounts.json", ACCESS_API_KEYS_FILE: "keys.json" };
  expect(parseConfig(env)).toMatchObject({ gateway: null, accountsFile: "accounts.json" });
  expect(faultsOf({ GATEWAY_ACCOUNTS_FILE: "accounts.json" })).toEqual([
    expect.stringMatching(/^ACCESS: nothing came; GATEWAY_ACCOUNTS_FILE needs one of/),
  ]);
  expect(faultsOf({ ...env, GATEWAY_URL: "https://gateway.example.com", CALLBACK_SECRET: "x".repeat(32) })).toEqual([
    expect.stringMatching(/^GATEWAY_URL: it came beside GATEWAY_ACCOUNTS_FILE/),
    expect.stringMatching(/^CALLBACK_SECRET: it came beside GATEWAY_ACCOUNTS_FILE/),
  ]);
});
