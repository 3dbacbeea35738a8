import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { expect } from "vitest";
import { keyOf } from "../kit/portico/callers.ts";
import { codesIn } from "../kit/portico/transports.ts";
import { CANARIES } from "./canaries.ts";
import type { Section } from "./case.ts";
import { complaintsAbout, startProgram } from "./program.ts";
import { withoutUpstreamCalls } from "./upstream-calls.ts";
import { ask, send } from "./wire.ts";
import type { World } from "./world.ts";

/** Addresses that callbacks must not be sent to: loopback, private networks, cloud metadata, in every spelling. */
const INTERNAL_URLS: readonly string[] = [
  ..."127.0.0.1 127.1 2130706433 0x7f.1 0177.0.0.1 [::1] [::ffff:127.0.0.1] [::ffff:7f00:1] 0.0.0.0 0 [::]".split(" "),
  ..."169.254.169.254 10.0.0.1 10.255.255.255 172.16.0.1 172.31.255.255 192.168.0.1 100.64.0.1 198.18.0.1".split(" "),
  ..."[fc00::1] [fd12::1] [fe80::1] [64:ff9b::7f00:1] [2002:7f00:1::] [2001::1] 224.0.0.1 255.255.255.255".split(" "),
  ..."localhost localhost. LOCALHOST a.localhost 127.0.0.1. 127。0。0。1 ①②⑦.0.0.1 metadata.internal printer.local".split(
    " ",
  ),
  ..."localhost.localdomain localhost6.localdomain6 kubernetes.default.svc vault.service.consul wiki.corp wiki.intranet".split(
    " ",
  ),
  ..."db.private nas.lan nas.home x.test x.invalid x.example x.onion REDIS.PROD.SVC. 1.0.0.127.in-addr.arpa".split(" "),
].map((host) => `http://${host}/x`);

const INVALID_URLS: readonly string[] = [
  "https://good.example.com@127.0.0.1/x",
  "https://user:password@hr.example.com/x",
  "file:///etc/passwd",
  "gopher://hr.example.com/x",
  "ftp://hr.example.com/x",
  "javascript:alert(1)",
  "//hr.example.com/x",
  "http://hr.example.com:6379/x",
  "http://hr.example.com:22/x",
  String.raw`http:\\hr.example.com/x`,
  "http:127.0.0.1/x",
];

/** URLs that some parsers resolve to hr.example.com and others to loopback. */
const AMBIGUOUS: readonly string[] = [
  String.raw`http://hr.example.com\@127.0.0.1/x`,
  "http://hr.example.com#@127.0.0.1/x",
  "http://hr.example.com?@127.0.0.1/x",
  "http://hr.exam\tple.com/x",
  "http:///hr.example.com/x",
];

const REGISTER = `mutation ($url: HttpUrl!) { registerCallback(input: { url: $url }) { callback { url } userErrors { code } } }`;

const ENROLL = `mutation ($pin: String!, $template: Base64Input!, $photo: Base64Input!, $key: String!) {
  setUserPassword(input: { employeeCode: "1042", serialNumbers: ["SN7A2300583"], password: $pin }) {
    commands { status } userErrors { message }
  }
  enrollFingerprint(input: { employeeCode: "1042", serialNumbers: ["SN7A2300583"], index: 1, source: { template: { data: $template } } }) {
    commands { status } userErrors { message }
  }
  enrollFace(input: { employeeCode: "1042", serialNumbers: ["SN7A2300583"], source: { photo: $photo } }) {
    commands { status } userErrors { message }
  }
  registerCallback(input: { url: "https://hr.example.com/x", signingSecret: $key }) { callback { url } userErrors { message } }
}`;

const SECRET_INPUT = {
  pin: CANARIES["PIN of a person"],
  template: CANARIES.template,
  photo: CANARIES.photo,
  key: CANARIES["key that signs callbacks"],
};

const COMMANDS = ["SetUserPassword", "EnrollFingerprint", "EnrollFace", "RegisterCallback"];

/** Runs requests while the gateway echoes its caller's token in every error. */
const underEcho = async (world: World, run: () => Promise<void>) => {
  for (const status of [400, 401, 404, 409, 429, 500, 503]) {
    await world.north.addFault({ kind: "echo", status, times: null });
    await run();
    await world.north.clearFaults();
  }
};

const READ = `{ devices(first: 3) { nodes { name } } user(employeeCode: "1042") { name } }`;

interface LockFile {
  readonly packages: Readonly<Record<string, { readonly dev?: true; readonly hasInstallScript?: true }>>;
}

export const SECRETS: Section = [
  {
    id: "F01",
    about: `${INTERNAL_URLS.length + INVALID_URLS.length} internal or non-http(s) callback URLs are rejected without an upstream call`,
    async over(world, ask) {
      await withoutUpstreamCalls(world, async () => {
        for (const url of [...INTERNAL_URLS, ...INVALID_URLS]) {
          const reply = await ask(world.as("ada"), { query: REGISTER, variables: { url } });
          expect(JSON.stringify(reply), url).toMatch(/INVALID_INPUT|BAD_USER_INPUT/);
          expect(JSON.stringify(reply), url).not.toContain('"callback":{');
        }
      });
    },
  },
  {
    id: "F01b",
    about: "a URL that parsers read differently reaches the gateway in the normalized form that was checked",
    by: "HTTP",
    allowedCommands: ["RegisterCallback"],
    async run(world) {
      for (const url of AMBIGUOUS) {
        const since = await world.north.marker();
        expect((await ask(world.as("ada"), REGISTER, { url })).status).toBe(200);
        const [entry] = await world.north.entries(since, "RegisterCallback");
        expect(String(entry?.input?.["CallbackURL"]), url).toMatch(/^http:\/\/hr\.example\.com\/[^\\\s]*$/);
      }
    },
  },
  {
    id: "F02",
    about: "a host name that resolves to a different address each time",
    by: "HTTP",
    where: "test/runtime/outbound.test.ts",
  },
  {
    id: "F05, F06",
    about: "a gateway that echoes token, PIN and template with every status: mapped errors, no canary in any output",
    allowedCommands: COMMANDS,
    logsErrors: true,
    async over(world, ask) {
      await underEcho(world, async () => {
        const reply = await ask(world.as("ada"), { query: READ });
        for (const code of codesIn(reply)) expect(code).toMatch(/^UPSTREAM_/);
        expect(codesIn(reply)).not.toEqual([]);
        await ask(world.as("ada"), { query: ENROLL, variables: SECRET_INPUT });
      });
      const wrong = { ...SECRET_INPUT, pin: `${SECRET_INPUT.pin}x`, template: `${SECRET_INPUT.template}!` };
      await ask(world.as("ada"), { query: ENROLL, variables: wrong });
      await ask(world.as("ada"), { query: ENROLL.replace("$pin })", `"${wrong.pin}" })`), variables: SECRET_INPUT });
      await ask(world.as("ada"), { query: `${ENROLL} # ${Object.values(SECRET_INPUT).join(" ")} {`, variables: {} });
    },
  },
  {
    id: "F05b",
    about: "the same in development",
    by: "HTTP",
    allowedCommands: COMMANDS,
    logsErrors: true,
    async run(world) {
      const env = {
        NODE_ENV: "development",
        LOG_LEVEL: "trace",
        GATEWAY_URL: world.north.url,
        GATEWAY_AUTH_TOKEN: world.north.token,
        ACCESS: "open",
      };
      const program = await startProgram({ file: world.file, upstream: [], env });
      try {
        const target = { url: program.url, headers: {} };
        await underEcho(world, async () => {
          expect((await ask(target, READ)).codes).not.toEqual([]);
          await ask(target, ENROLL, SECRET_INPUT);
        });
        expect(program.tap.leaks()).toEqual([]);
        expect(complaintsAbout(program.lines()).leaks).toEqual([]);
      } finally {
        await program.stop();
      }
    },
  },
  {
    id: "F07",
    about: "no metrics, quarantine or debugging on the public port; the admin port listens on loopback only",
    by: "HTTP, TCP",
    async run({ program, as }) {
      for (const path of [
        "/metrics",
        "/quarantine",
        "/debug",
        "/debug/pprof",
        "/_sandbox",
        "/.env",
        "/heapdump",
        "/json",
      ])
        for (const target of [as("ada"), { url: program.url, headers: {} }])
          expect((await send(target, { method: "GET", path })).status, path).toBe(404);
      const external = Object.values(networkInterfaces())
        .flat()
        .filter((one) => one?.family === "IPv4" && !one.internal);
      for (const one of external) {
        const answer = new Promise((resolve) => {
          const socket = connect(Number(new URL(program.admin).port), one?.address ?? "");
          socket.once("connect", () => {
            socket.destroy();
            resolve("connected");
          });
          socket.once("error", ({ message }) => resolve(message));
        });
        expect(await answer).not.toBe("connected");
      }
    },
  },
  {
    id: "F08",
    about: "signed links: a changed character, another path, a parent path and an expired link reveal nothing",
    by: "HTTP",
    where: "test/server/routes/links.test.ts",
  },
  { id: "F09", about: "formulas in an export", by: "HTTP", where: "test/server/routes/formula-guard.test.ts" },
  {
    id: "F12",
    about: "no production package has an install script, and the lock file names no host",
    by: "files",
    async run() {
      const text = readFileSync(new URL("../../package-lock.json", import.meta.url), "utf8");
      expect(text).not.toMatch(/"resolved": "https?:/);
      const { packages } = JSON.parse(text) as LockFile;
      const scripted = Object.entries(packages).filter(([, { dev, hasInstallScript }]) => !dev && hasInstallScript);
      expect(scripted.map(([name]) => name).filter((name) => !/node_modules\/node-(bin-)?/.test(name))).toEqual([]);
    },
  },
  { id: "F12b", about: "npm audit --omit=dev", why: "queries a registry; run manually before a release" },
  {
    id: "F13",
    about: "an API key in the URL is not accepted as a credential",
    by: "HTTP",
    async run({ program }) {
      const key = keyOf("ada");
      const query = new URLSearchParams({ query: "{ viewer { name } }", apiKey: key, access_token: key });
      const path = `/graphql?${query.toString()}`;
      expect((await send({ url: program.url, headers: {} }, { method: "GET", path })).status).toBe(401);
    },
  },
];
