import { expect, test } from "vitest";
import { parseAccounts, secretsOfAccount } from "../../src/config/accounts.ts";
import { parseConfig } from "../../src/config/config.ts";
import { createEnvironmentReader } from "../../src/config/environment.ts";
import { loadConfig, SECRET_FILES } from "../../src/config/secret-files.ts";
import { parseRedisUrl } from "../../src/config/redis-url.ts";
import { parseDeviceTokens, parseSecrets, parseText } from "../../src/config/values.ts";
import { VARIABLES } from "../../src/config/variables.ts";
import { createLogger } from "../../src/runtime/logger.ts";
import { openFile } from "../kit/portico/callers.ts";

const CANARY = "C4n4ry0123456789C4n4ry0123456789";
const OTHER = "0therS3cret456789C4n4ry012345678";
const NAMES = VARIABLES.filter(({ secret }) => secret).map(({ name }) => name);

/** One of these texts is a valid value of each secret variable. Each contains the canary. */
const VALUES = [CANARY, `SN7A2300583=${CANARY}`, `redis://:${CANARY}@cache`];
/** What other variables a secret one requires. */
const REQUIRED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  GATEWAY_AUTH_TOKEN: { GATEWAY_URL: "https://gateway.example.com" },
  GATEWAY_DEVICE_TOKENS: { GATEWAY_URL: "https://gateway.example.com", GATEWAY_AUTH_TOKEN_FILE: "/token" },
  ACCESS_JWT_SECRET: { ACCESS_JWT_ISSUER: "https://id.example.com/", ACCESS_JWT_AUDIENCE: "portico" },
};

test("every secret but the followed token of the gateway has a file that is read at the start", () => {
  expect([...SECRET_FILES.values()]).toEqual(NAMES.filter((name) => name !== "GATEWAY_AUTH_TOKEN"));
});

test.each([...SECRET_FILES])(
  "the file of %s holds the value of %s, which is as secret as in the environment",
  async (file, name) => {
    const { config, value } = parsedWith(name);
    const { path } = await openFile(`${value}\n`);
    const environment = { ...environmentOf(name), [file]: path };
    expect(loadConfig(environment)).toEqual(config);
    expect(() => loadConfig({ ...environment, [name]: value })).toThrow(`${file} cannot be combined with ${name}.`);
  },
);

test("a file of a secret that is missing or empty is a fault, and no fault holds what another file contains", async () => {
  const [empty, short] = [await openFile("\n"), await openFile("C4n4ry")];
  const env = { REDIS_URL_FILE: "/does/not/exist", CALLBACK_SECRET_FILE: empty.path, LINK_SECRET_FILE: short.path };
  expect(() => loadConfig(env)).toThrow(
    [
      "The configuration has 3 faults:",
      "CALLBACK_SECRET_FILE: the file must contain a secret; it is empty.",
      "REDIS_URL_FILE: the file cannot be read (ENOENT).",
      "LINK_SECRET must be at least 32 bytes long; received 6 bytes.",
    ].join("\n"),
  );
});

const environmentOf = (name: string): Readonly<Record<string, string>> => ({
  ...(name === "ACCESS_JWT_SECRET" ? {} : { ACCESS: "open" }),
  ...REQUIRED[name],
});

const parsedWith = (name: string) => {
  for (const value of VALUES) {
    try {
      return { config: parseConfig({ ...environmentOf(name), [name]: value }), value };
    } catch {
      // The next value may be valid.
    }
  }
  throw new Error(`${name} accepts none of the values: add a valid one to VALUES, with the canary in it.`);
};

/** Everything that a logger with these secrets writes about a text. */
const logged = (secrets: readonly string[], text: string): string => {
  const lines: string[] = [];
  const logger = createLogger({ level: "info", secrets, destination: { write: (line) => void lines.push(line) } });
  logger.info({ text, list: [text] }, `message with ${text}`);
  logger.error({ err: new Error(`error with ${text}`) }, "failed");
  return lines.join("");
};

test.each(NAMES)("the value of %s is in no log line", (name) => {
  const { secrets } = parsedWith(name).config;
  expect(secrets).toContain(CANARY);
  expect(logged(secrets, `x${CANARY}y`)).not.toContain("C4n4ry");
});

test.each(NAMES)("%s needs no code of its own to be a secret", (name) => {
  const reader = createEnvironmentReader({ [name]: CANARY });
  reader.read(name, parseText, null);
  expect(reader.secrets()).toEqual([CANARY]);
});

test("the strings of lists and maps, and of members at any depth, are secrets", () => {
  const list = createEnvironmentReader({ LINK_SECRET: `${CANARY}, ${OTHER}` });
  list.read("LINK_SECRET", parseSecrets, null);
  expect(list.secrets()).toEqual([CANARY, OTHER]);
  const map = createEnvironmentReader({ LINK_SECRET: `SN7A2300583=${CANARY},SN7A2300584=${OTHER}` });
  map.read("LINK_SECRET", parseDeviceTokens, null);
  expect(map.secrets()).toEqual([CANARY, OTHER]);
  const object = createEnvironmentReader({ LINK_SECRET: "x" });
  object.read("LINK_SECRET", () => ({ value: { size: 1, deep: [{ key: CANARY }] } }), null);
  expect(object.secrets()).toEqual([CANARY]);
});

test("the value of a variable that is not secret is none", () => {
  const reader = createEnvironmentReader({ HOST: CANARY });
  reader.read("HOST", parseText, null);
  expect(reader.secrets()).toEqual([]);
});

test.each([
  "redis://user:%43anary%2Dpassw0rd@cache",
  "redis-sentinel://user:%43anary%2Dpassw0rd@s1,s2/main?sentinelPassword=%43anary%2Dsent1nel",
  "redis-cluster://user:%43anary%2Dpassw0rd@n1,n2",
])("no password of %s is in a log line, decoded or as written", (url) => {
  const { secrets } = parseConfig({ REDIS_URL: url });
  const decoded = decodeURIComponent(url);
  for (const text of [url, decoded, "Canary-passw0rd", ...(url.includes("?") ? ["Canary-sent1nel"] : [])]) {
    expect(logged(secrets, text)).not.toMatch(/passw0rd|sent1nel/);
  }
  const result = parseRedisUrl(url);
  expect("value" in result && result.value.password).toBe("Canary-passw0rd");
});

test("all secrets of the accounts file are known", () => {
  const callbackSecret = (account: string) => `callback-${account}-${CANARY}`;
  const south = { name: "south", url: "https://gateway.example.com", callbackSecret: callbackSecret("south") };
  const accounts = parseAccounts(
    JSON.stringify([
      {
        name: "north",
        url: "https://gateway.example.com",
        authToken: CANARY,
        deviceTokens: { SN7A2300583: OTHER },
        callbackSecret: callbackSecret("north"),
        callbackSigningSecret: "signing-secret-01",
        callbackSecurityKey: "security-key-of-32-characters-01",
      },
      { ...south, authTokenFile: "/run/secrets/south" },
    ]),
  );
  expect(accounts.map((account) => new Set(secretsOfAccount(account)))).toEqual([
    new Set([CANARY, OTHER, callbackSecret("north"), "signing-secret-01", "security-key-of-32-characters-01"]),
    new Set([callbackSecret("south")]),
  ]);
});
