import { expect, test } from "vitest";
import { type ConfigError, parseConfig } from "../../src/config/config.ts";
import { VARIABLES } from "../../src/config/variables.ts";
import { openClient, openSandbox, outcome } from "../kit/gateway/upstream.ts";
import { startPortico } from "../kit/portico/app.ts";
import { openFile } from "../kit/portico/callers.ts";

const OLD = "OldAuthToken0123456789abcdefghij";
const NEW = "NewAuthToken0123456789abcdefghij";

/** Starts Portico in front of a gateway that accepts NEW, with the token in a file. */
const openApp = async (text: string) => {
  const sandbox = await openSandbox({ accountToken: NEW });
  const file = await openFile(text);
  const env = { GATEWAY_AUTH_TOKEN: "", GATEWAY_AUTH_TOKEN_FILE: file.path, LOG_LEVEL: "trace" };
  const app = await startPortico(sandbox, env);
  const ask = async () => {
    const query = encodeURIComponent("{ devices(first: 1) { totalCount } }");
    const response = await fetch(`${app.url}/graphql?query=${query}`);
    const { errors } = (await response.json()) as { errors?: { extensions: { code: string } }[] };
    return errors?.[0]?.extensions.code ?? "answered";
  };
  return { sandbox, logs: app.logs, ask, ...file };
};

test("a refused token costs one call and is logged; its replacement is used without a restart", async () => {
  const { sandbox, logs, ask, replace } = await openApp(OLD);
  const since = sandbox.ledger.marker();
  expect(await ask()).toBe("UPSTREAM_UNAUTHENTICATED");
  expect(sandbox.ledger.entries({ since }).map(({ http }) => http)).toEqual([401]);
  expect(logs.join("")).toContain("UPSTREAM_UNAUTHENTICATED");

  await replace(`${NEW}\n`);
  expect(await ask()).toBe("answered");
  expect(sandbox.ledger.entries({ since }).map(({ http }) => http)).toEqual([401, 401, 200]);
  expect(await ask()).toBe("answered");
  expect(logs.join("")).not.toMatch(new RegExp(`${OLD}|${NEW}`));
});

test("a new token is used before the gateway refuses the old one", async () => {
  const { sandbox, ask, replace } = await openApp(NEW);
  expect(await ask()).toBe("answered");
  await replace(OLD);
  await expect.poll(ask, { timeout: 8_000, interval: 100 }).toBe("UPSTREAM_UNAUTHENTICATED");
  await replace(NEW);
  expect(await ask()).toBe("answered");
  expect(sandbox.ledger.entries().at(-1)?.http).toBe(200);
});

test("a file without a token changes nothing, and is logged without its content", async () => {
  const { logs, ask, replace } = await openApp(NEW);
  await replace("s3cret-but-no-token");
  await expect
    .poll(async () => ask().then(() => logs.some((line) => line.includes("gateway token file"))), {
      timeout: 8_000,
      interval: 100,
    })
    .toBe(true);
  expect(await ask()).toBe("answered");
  expect(logs.join("")).not.toContain("s3cret");
});

test("a file that is missing or holds no token is a fault of the configuration", async () => {
  const { path } = await openFile("short");
  for (const file of [path, `${path}.none`]) {
    const env = { ACCESS: "open", GATEWAY_URL: "http://127.0.0.1:1", GATEWAY_AUTH_TOKEN_FILE: file };
    await expect(startPortico({}, env)).rejects.toThrow(/GATEWAY_AUTH_TOKEN_FILE: /);
  }
});

test("a token is set by a variable or by a file, and only with a gateway", () => {
  const faults = (env: Record<string, string>) => {
    try {
      parseConfig({ ACCESS: "open", ...env });
      return [];
    } catch (error) {
      return (error as ConfigError).faults;
    }
  };
  const GATEWAY_URL = "https://api.camsunit.com/v3";
  const GATEWAY_AUTH_TOKEN_FILE = "/run/secrets/token";
  expect(parseConfig({ ACCESS: "open", GATEWAY_URL, GATEWAY_AUTH_TOKEN_FILE }).gateway).toMatchObject({
    authToken: null,
    authTokenFile: GATEWAY_AUTH_TOKEN_FILE,
  });
  expect(faults({ GATEWAY_URL, GATEWAY_AUTH_TOKEN_FILE, GATEWAY_AUTH_TOKEN: OLD })).toEqual([
    "GATEWAY_AUTH_TOKEN_FILE cannot be combined with GATEWAY_AUTH_TOKEN.",
  ]);
  expect(faults({ GATEWAY_AUTH_TOKEN_FILE })).toHaveLength(1);
  expect(faults({ GATEWAY_URL })).toEqual([expect.stringContaining("or GATEWAY_AUTH_TOKEN_FILE")]);
  expect(VARIABLES.find(({ name }) => name === "GATEWAY_AUTH_TOKEN_FILE")?.secret).toBe(false);
});

test("tokens may be a function; a command whose token was refused is not sent again", async () => {
  const sandbox = await openSandbox({ accountToken: NEW });
  const asked: (string | undefined)[] = [];
  const tokens = (refused?: string) => {
    asked.push(refused);
    return { account: refused === undefined ? OLD : NEW, devices: new Map<string, string>() };
  };
  const client = openClient(sandbox, { tokens });
  const open = client.call("OpenDoor", { DeviceSN: "SN7A2300583", Wait: 0 });
  expect(await outcome(open)).toBe("UPSTREAM_UNAUTHENTICATED");
  expect(await outcome(client.call("ListDevices", { Limit: 1 }))).toBe("answered");
  expect(sandbox.ledger.entries().map(({ http }) => http)).toEqual([401, 401, 200]);
  expect(asked).toEqual([undefined, OLD, undefined, OLD]);
});
