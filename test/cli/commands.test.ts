import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startSandbox } from "../../src/sandbox/sandbox.ts";
import { SELF_SIGNED } from "../kit/certificate.ts";
import { portico, runToEnd } from "../kit/cli.ts";
import { openFile } from "../kit/portico/callers.ts";
import { startPortico } from "../kit/portico/app.ts";
import { freePort } from "../kit/ports.ts";
import { ROOT } from "../kit/program.ts";
import { until } from "../kit/until.ts";

const openSandbox = async () => {
  const sandbox = await startSandbox({ rate: false });
  onTestFinished(sandbox.stop);
  return sandbox;
};

test("--help names every command, and the help of a command its flags", async () => {
  const { code, out } = await portico(["--help"]);
  expect(code).toBe(0);
  for (const name of ["start", "sandbox", "check", "schema", "keys new", "conformance", "health"])
    expect(out).toContain(`\n  ${name} `);
  expect((await portico(["check", "--help"])).out).toContain("--connect");
  expect((await portico(["keys", "--help"])).out).toBe(out);
});

test.each([
  [["begin"], "portico --help"],
  [["keys"], "portico --help"],
  [["--conect"], "portico --help"],
  [["check", "--conect"], "portico check --help"],
  [["keys", "new", "--scopes", "users:read"], "portico keys new --help"],
])("a fault of %j names the help that lists what there is", async (args, help) => {
  const { err } = await portico(args);
  expect(err).toContain(`\`${help}\``);
  expect((await portico(help.split(" ").slice(1))).code).toBe(0);
});

test("--version prints the version of the package and of Node", async () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { readonly version: string };
  expect((await portico(["--version"])).out).toBe(`portico ${version}, Node ${process.versions.node}\n`);
});

test.each([
  { args: ["begin"], fault: 'received "begin"' },
  { args: ["keys"], fault: 'received "keys"' },
  { args: ["constructor"], fault: 'received "constructor"' },
  { args: ["check", "--conect"], fault: "Unknown option '--conect'" },
  { args: ["conformance"], fault: "received 0 arguments" },
  { args: ["schema", "--client", "--subgraph"], fault: "--client cannot be combined with --subgraph." },
  { args: ["keys", "new", "--name", "hr", "--scopes", "users:raed"], fault: "must be one of devices:read" },
  { args: ["keys", "new", "--name", "", "--scopes", "users:read"], fault: "name: must have at least 1 character." },
  {
    args: ["keys", "new", "--name", "hr", "--scopes", "users:read", "--expires", "2020-01-01T00:00:00Z"],
    fault: "--expires must be later than now.",
  },
])("a fault of the command line is one line and exit code 2: $args", async ({ args, fault }) => {
  const { code, out, err } = await portico(args);
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(err).toContain(fault);
  expect(err.trimEnd()).not.toContain("\n");
});

test.each([
  [
    "ACCESS_JWT_SECRET=abc#def\n",
    [
      "SETTINGS_FILE, line 1: it must be NAME=value, or a comment that begins with #; a value with # must be in quotes.",
    ],
  ],
  [
    "LIMIT_DOORS: 5\n",
    [
      "SETTINGS_FILE, line 1: it must be NAME=value, or a comment that begins with #; a value with # must be in quotes.",
    ],
  ],
  [
    "# doors\r\n\r\nLIMIT_DOORS 5\r\n",
    [
      "SETTINGS_FILE, line 3: it must be NAME=value, or a comment that begins with #; a value with # must be in quotes.",
    ],
  ],
  [
    'LIMIT_DOORS="5\n',
    [
      "SETTINGS_FILE, line 1: it must be NAME=value, or a comment that begins with #; a value with # must be in quotes.",
    ],
  ],
  [
    'LIMIT_DOORS=5\nACCESS_ORIGINS="https://a.test,\nhttps://b.test"\nLIMIT_DOORS=500',
    ["SETTINGS_FILE, line 4: LIMIT_DOORS is set in line 1, too."],
  ],
  ["\uFEFFLIMIT_DOORS=five\n", ["LIMIT_DOORS must be an integer"]],
])("check names the line of the file of settings that would not be in force: %j", async (text, faults) => {
  const { path } = await openFile(text);
  const { code, err } = await portico(["check"], { SETTINGS_FILE: path });
  expect(code).toBe(1);
  for (const fault of faults) expect(err).toContain(fault);
  expect(err.match(/SETTINGS_FILE/g) ?? []).toHaveLength(
    faults.filter((fault) => fault.includes("SETTINGS_FILE")).length,
  );
});

test("check accepts what files of variables have elsewhere: spaces, quotes, export, comments, no line at the end", async () => {
  const text = `\uFEFF# limits\r\n\r\n  LIMIT_DOORS = 5 # a minute\r\nexport LIMIT_CREDENTIALS="6"\nLOG_LEVEL='warn' # quiet`;
  const { path } = await openFile(text);
  const { code, err } = await portico(["check"], { SETTINGS_FILE: path });
  expect({ code, err }).toEqual({ code: 0, err: "" });
});

test("check reports the faults of the environment and of every file at once", async () => {
  const keys = await openFile('[{"name": "hr", "sha256": "short", "scopes": []}]');
  const documents = await openFile('{"broken": "{ nothing }"}');
  const { code, err } = await portico(["check"], {
    PORT: "eighty",
    HOST: "no host",
    GATEWAY_URL: "http://gateway.example.com",
    GATEWAY_AUTH_TOKEN_FILE: "/does/not/exist",
    ACCESS_API_KEYS_FILE: keys.path,
    PERSISTED_OPERATIONS_FILE: documents.path,
    LINK_SECRET_FILE: "/does/not/exist",
    AUDIT_FILE: "/does/not/exist/audit.log",
    LIMIT_COST: "0",
    GATEWAY_URI: "https://gateway.example.com",
  });
  expect(code).toBe(1);
  const [head, ...faults] = err.trimEnd().split("\n");
  expect(head).toBe("The configuration has 10 faults:");
  expect(faults.map((fault) => fault.split(/[ :]/, 1)[0])).toEqual([
    "LINK_SECRET_FILE",
    "GATEWAY_URL",
    "HOST",
    "PORT",
    "LIMIT_COST",
    "Unknown",
    "GATEWAY_AUTH_TOKEN_FILE",
    "ACCESS_API_KEYS_FILE",
    "PERSISTED_OPERATIONS_FILE",
    "AUDIT_FILE",
  ]);
});

test("check reads the files that the file of settings names, and refuses a folder as the audit file", async () => {
  const { path } = await openFile("ACCESS_API_KEYS_FILE=/does/not/exist\nAUDIT_FILE=/tmp\n");
  const { code, err } = await portico(["check"], { SETTINGS_FILE: path });
  expect(code).toBe(1);
  expect(err).toContain("ACCESS_API_KEYS_FILE: ");
  expect(err).toContain("AUDIT_FILE: the path must name a file; it names a folder.");
});

test("health and schema read the file of settings, as the server does", async () => {
  const { url } = await startPortico();
  const { path } = await openFile(`PORT=${new URL(url).port}\nSUBGRAPH_TYPE_PREFIX=Acme\n`);
  const asked = await portico(["health"], { SETTINGS_FILE: path });
  expect(asked).toMatchObject({ code: 0, out: expect.stringContaining(`:${new URL(url).port}/health/live: 200`) });
  expect((await portico(["schema", "--subgraph"], { SETTINGS_FILE: path })).out).toContain("type AcmeDevice ");
  const missing = await portico(["health"], { SETTINGS_FILE: "/does/not/exist" });
  expect(missing.code).toBe(1);
  expect(missing.err).toContain("SETTINGS_FILE: the file cannot be read (ENOENT).");
});

test("check names the keys of an account that is not configured: nobody could use them", async () => {
  const key = (name: string, account?: string) => ({ name, sha256: name.repeat(64), scopes: [], account });
  const keys = await openFile(JSON.stringify([key("a"), key("b", "north"), key("c", "south")]));
  const account = (name: string) => ({
    name,
    url: "https://gateway.example.com",
    authToken: "A1".repeat(16),
    callbackSecret: name.padEnd(32, "x"),
  });
  const accounts = await openFile(JSON.stringify([account("default"), account("north")]));
  const env = { ACCESS_API_KEYS_FILE: keys.path };
  const fault = (number: number, name: string) =>
    `ACCESS_API_KEYS_FILE: key ${number}, account: it must be a configured account; received "${name}".`;
  const one = await portico(["check"], env);
  expect(one.code).toBe(1);
  expect(one.err).toContain(fault(2, "north"));
  expect(one.err).toContain(fault(3, "south"));
  const two = await portico(["check"], { ...env, GATEWAY_ACCOUNTS_FILE: accounts.path });
  expect(two.err.trimEnd().split("\n").slice(1)).toEqual([fault(3, "south")]);
});

test("check --connect reaches the gateway, and names what it does not reach", async () => {
  const { url, token } = await openSandbox();
  const env = { GATEWAY_URL: url, GATEWAY_AUTH_TOKEN: token, ACCESS: "open" };
  const reached = await portico(["check", "--connect"], env);
  expect(reached.out).toMatch(/^ok: gateway \S+, account default, \d+ ms$/m);
  expect(reached.code).toBe(0);

  const password = "canary-password-0123456789";
  const wrong = { ...env, GATEWAY_AUTH_TOKEN: "0".repeat(32), REDIS_URL: `redis://:${password}@127.0.0.1:1` };
  const failed = await portico(["check", "--connect"], wrong);
  expect(failed.code).toBe(1);
  expect(failed.out).toMatch(/^FAILED: gateway .* rejected this service's own token/m);
  expect(failed.out).toMatch(/^FAILED: Redis 127\.0\.0\.1:1: .*cannot be reached/m);
  expect(failed.out + failed.err).not.toMatch(/canary|0{32}/);
});

test("check --connect says why a server cannot be reached", async () => {
  const secure = createServer(SELF_SIGNED).listen(0, "127.0.0.1");
  onTestFinished(() => void secure.close());
  await once(secure, "listening");
  const { port } = secure.address() as AddressInfo;
  const reasonFor = async (env: Readonly<Record<string, string>>) => {
    const { code, out } = await portico(["check", "--connect"], env);
    expect(code).toBe(1);
    return /^FAILED: (?:gateway|keys) .*: (The .*)$/m.exec(out)?.[1];
  };
  const gateway = { ACCESS: "open", GATEWAY_AUTH_TOKEN: "a".repeat(32) };
  const issuer = { ACCESS_JWT_ISSUER: "i", ACCESS_JWT_AUDIENCE: "a" };
  const untrusted =
    "(DEPTH_ZERO_SELF_SIGNED_CERT): its certificate is of an authority that Node does not know; " +
    "NODE_EXTRA_CA_CERTS names a further one.";
  expect(await reasonFor({ ...gateway, GATEWAY_URL: "http://127.0.0.1:1/v3" })).toBe(
    "The gateway cannot be reached on ListDevices (ECONNREFUSED).",
  );
  expect(await reasonFor({ ...gateway, GATEWAY_URL: "https://no-such-host.invalid/v3" })).toMatch(
    /^The gateway cannot be reached on ListDevices \((ENOTFOUND|EAI_AGAIN)\)\.$/,
  );
  expect(await reasonFor({ ...gateway, GATEWAY_URL: `https://localhost:${port}/v3` })).toBe(
    `The gateway cannot be reached on ListDevices ${untrusted}`,
  );
  expect(await reasonFor({ ...issuer, ACCESS_JWT_JWKS_URL: `http://127.0.0.1:${await freePort()}/keys` })).toBe(
    "The issuer cannot be reached (ECONNREFUSED).",
  );
  expect(await reasonFor({ ...issuer, ACCESS_JWT_JWKS_URL: `https://localhost:${port}/keys` })).toBe(
    `The issuer cannot be reached ${untrusted}`,
  );
});

test.each([
  ["--client", "schema.graphql"],
  ["--subgraph", "subgraph.graphql"],
])("schema %s prints what %s holds", async (flag, file) => {
  const { code, out } = await portico(["schema", flag]);
  expect(code).toBe(0);
  expect(out.trimEnd()).toBe(readFileSync(join(ROOT, file), "utf8").trimEnd());
});

test("keys new creates a key that Portico admits with the scopes of its entry, and the entry does not hold the key", async () => {
  const { code, out } = await portico(["keys", "new", "--name", "payroll", "--scopes", "users:read"]);
  expect(code).toBe(0);
  const key = /^ {2}(\S{43})$/m.exec(out)?.[1] ?? "";
  const entry = out.slice(out.indexOf("{"));
  expect(entry).not.toContain(key);
  const { path } = await openFile(`[${entry}]`);
  const { url } = await startPortico(undefined, { ACCESS_API_KEYS_FILE: path });
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-api-key": key },
    body: JSON.stringify({ query: "{ viewer { scopes } }" }),
  });
  expect(await response.json()).toEqual({ data: { viewer: { scopes: ["users:read"] } } });
});

test("conformance accepts the sandbox, and names the operation of a gateway that answers differently", async () => {
  const sandbox = await openSandbox();
  const env = { GATEWAY_AUTH_TOKEN: sandbox.token };
  const good = await portico(["conformance", sandbox.url], env);
  expect(good.out).toMatch(/(\d+) of \1 answers conform/);
  expect(good.code).toBe(0);
  const { path } = await openFile(sandbox.token);
  const fromFile = await portico(["conformance", sandbox.url], { GATEWAY_AUTH_TOKEN_FILE: path });
  expect(fromFile.out).toBe(good.out);
  const asked = sandbox.ledger.entries({}).map(({ operation }) => operation);
  expect(asked).not.toContain("OpenDoor");

  sandbox.faults.add({ operation: "GetDoorStatus", kind: "html", times: 1 });
  const bad = await portico(["conformance", sandbox.url], env);
  expect(bad.code).toBe(1);
  expect(bad.out.match(/^FAILED: .*$/gm)).toEqual(["FAILED: GetDoorStatus answers as the document specifies"]);
  expect(bad.out).not.toContain(sandbox.token);
});

test("conformance stops at once if the gateway refuses the token, and calls nothing ok", async () => {
  const sandbox = await openSandbox();
  const { code, out, err } = await portico(["conformance", sandbox.url], { GATEWAY_AUTH_TOKEN: "a".repeat(32) });
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toContain("The gateway refuses the token of the account (401). No more is compared.");
  expect(sandbox.ledger.entries({})).toHaveLength(1);
});

test("conformance counts apart what a gateway without the sandbox's device cannot show, and says why", async () => {
  const sandbox = await openSandbox();
  sandbox.gateway.world.devices.delete("SN7A2300583");
  const { code, out } = await portico(["conformance", sandbox.url], { GATEWAY_AUTH_TOKEN: sandbox.token });
  expect(code).toBe(0);
  const unlike = [...out.matchAll(/^NOT COMPARED: (\w+) answers as .*\n {2}(.*)$/gm)].map(([, name, why]) => [
    name,
    why,
  ]);
  expect(unlike).toContainEqual(["GetDoorStatus", "The gateway answered 404/2, device not in the account."]);
  expect(out).toContain("ok: ListDevices answers as the document specifies\n");
  expect(out).toContain("ok: GetDoorStatus needs a token (401/7)\n");
  const notCompared = out.match(/^NOT COMPARED: /gm)?.length ?? 0;
  const [, one, other, apart] =
    /^(\d+) of (\d+) answers conform to the contract\. (\d+) could not be compared: /m.exec(out) ?? [];
  expect([one, Number(apart)]).toEqual([other, notCompared]);
  expect(out.match(/^ok: /gm)).toHaveLength(Number(one));
});

test("conformance does not count the rows of an export that was not answered", async () => {
  const sandbox = await openSandbox();
  sandbox.faults.add({ operation: "ExportAttendance", kind: "5xx", status: 500, times: null });
  const { code, out } = await portico(["conformance", sandbox.url], { GATEWAY_AUTH_TOKEN: sandbox.token });
  expect(code).toBe(1);
  expect(out).toContain(
    "FAILED: ExportAttendance streams csv as the document specifies\n  The answer must be 200/0; received 500/999.\n",
  );
});

test("a result that cannot be written is a failure, but a reader that has read enough is none", async () => {
  const run = (rest: string) =>
    runToEnd("bash", ["-o", "pipefail", "-c", `${process.execPath} src/main.ts schema ${rest}`]);
  expect(await run(">/dev/full")).toMatchObject({ code: 1, err: expect.stringContaining("ENOSPC") as string });
  expect(await run("| head -n 1")).toEqual({ code: 0, out: '"""\n', err: "" });
});

test("Ctrl-C ends a command that waits for a gateway at once, as a failure", async () => {
  const sandbox = await openSandbox();
  sandbox.faults.add({ operation: "ListDevices", kind: "hang" });
  const child = spawn(process.execPath, ["src/main.ts", "conformance", sandbox.url], {
    cwd: ROOT,
    env: { PATH: process.env["PATH"], GATEWAY_AUTH_TOKEN: sandbox.token },
    stdio: "ignore",
  });
  const ended = once(child, "exit");
  await until(() => sandbox.ledger.entries({}).some(({ operation }) => operation === "ListDevices"), {
    timeoutMs: 15_000,
  });
  child.kill("SIGINT");
  expect(await ended).toEqual([1, null]);
});

test("health answers for the server of the same environment", async () => {
  const { url } = await startPortico();
  const { port } = new URL(url);
  const well = await portico(["health"], { HOST: "0.0.0.0", PORT: port });
  expect(well).toMatchObject({ code: 0, out: expect.stringContaining("/health/live: 200") as string });
  expect((await portico(["health", "--ready"], { PORT: port })).code).toBe(0);
  const free = await freePort();
  const away = await portico(["health"], { PORT: String(free) });
  expect(away).toMatchObject({ code: 1, out: expect.stringContaining("ECONNREFUSED") as string });
});
