import { spawn } from "node:child_process";
import { once } from "node:events";
import { stripVTControlCharacters } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { createLineFormatter } from "../../src/cli/terminal/line.ts";
import { ROOT } from "../kit/program.ts";
import { freePort } from "../kit/ports.ts";
import { until } from "../kit/until.ts";

/** Starts the program on a real pseudo-terminal, which `script` of util-linux opens. */
const startOnTerminal = async (env: Readonly<Record<string, string>> = {}) => {
  const port = await freePort();
  const command = `exec ${process.execPath} src/main.ts`;
  const child = spawn("script", ["-qefc", command, "/dev/null"], {
    cwd: ROOT,
    env: { PATH: process.env["PATH"], TERM: "xterm-256color", PORT: String(port), SANDBOX_PORT: "0", ...env },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = once(child, "close");
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  await until(() => text.includes("Ctrl-C stops it."), { timeoutMs: 15_000 });
  return { url: `http://127.0.0.1:${port}`, text: () => text, press: (key: string) => child.stdin.write(key), ended };
};

const CTRL_C = "\u0003";
const ESCAPE = "\u001b[";

test("a terminal shows where to look, what is open and why that is fine, then one line for each request; Ctrl-C ends it", async () => {
  const { url, text, press, ended } = await startOnTerminal();
  const plain = () => stripVTControlCharacters(text());
  expect(text()).toContain(ESCAPE);
  for (const line of [
    `GraphiQL  ${url}/graphql`,
    `Wall      ${url}/`,
    "Sandbox   http://127.0.0.1:",
    "only this machine can connect",
  ])
    expect(plain()).toContain(line);
  expect(plain()).not.toContain('{"level"');

  const query = encodeURIComponent("query Zones { __typename }");
  await (await fetch(`${url}/graphql?query=${query}`)).text();
  await until(() => /^\d\d:\d\d:\d\d info {2}GET \/graphql 200 \d+ ms Zones/m.test(plain()));
  press(CTRL_C);
  expect(await ended).toEqual([0, null]);
  expect(plain()).toMatch(/info {2}stopping {2}signal=SIGINT/);
});

test("callbacks of the embedded gateway are shown at LOG_LEVEL=debug only", async () => {
  const { text } = await startOnTerminal({ LOG_LEVEL: "debug" });
  await until(() => /debug.*POST \/callbacks\/\*\*\*/.test(text()), { timeoutMs: 18_000 });
  expect(text()).not.toMatch(/info.*POST \/callbacks/);
});

test("NO_COLOR leaves the text without colors, and FORCE_COLOR gives it them in spite of the terminal", async () => {
  const { text } = await startOnTerminal({ NO_COLOR: "1" });
  expect(text()).not.toContain(ESCAPE);
  const forced = await startOnTerminal({ TERM: "dumb", FORCE_COLOR: "1" });
  expect(forced.text()).toContain(ESCAPE);
});

test("what a client sends cannot move the cursor or forge a line", () => {
  const format = createLineFormatter((_style, text) => text);
  const line = {
    level: "info",
    time: "2026-06-21T04:00:00.000Z",
    message: "request",
    method: "GET",
    status: 404,
    ms: 1,
  };
  const path = "/\u001b[2J\u009b2J\u202e\r\nforged";
  const shown = format(`${JSON.stringify({ ...line, path, operationName: path, note: path })}\n`);
  expect(shown.trimEnd()).toMatch(/^[\x20-\x7e]+$/);
});

test("a line that is not JSON is shown as it is", () => {
  expect(createLineFormatter((_style, text) => text)("not JSON\n")).toBe("not JSON\n");
});
