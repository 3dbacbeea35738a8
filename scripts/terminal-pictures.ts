import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";

/** Makes the pictures of a terminal for the documentation. `script` of util-linux opens the terminal. */
const ROOT = fileURLToPath(new URL("..", import.meta.url));

const COLORS: Readonly<Record<string, string>> = {
  "1": "font-weight: 700",
  "2": "opacity: 0.65",
  "31": "color: #ff7b72",
  "32": "color: #7ee787",
  "33": "color: #e3b341",
  "34": "color: #79c0ff",
  "35": "color: #d2a8ff",
  "36": "color: #56d4dd",
  "90": "color: #8b949e",
};

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll("\r", "");

const STYLE = new RegExp(`(${String.fromCharCode(27)}\\[[\\d;]*m)`);

/** What a terminal shows, as HTML: colors and weights, and nothing that moves the cursor. */
const htmlOf = (output: string): string => {
  const styles = new Set<string>();
  return output
    .split(STYLE)
    .map((part) => {
      const codes = STYLE.test(part) ? part.slice(2, -1).split(";") : undefined;
      if (codes === undefined)
        return part === "" ? "" : `<span style="${[...styles].join("; ")}">${escaped(part)}</span>`;
      for (const code of codes) {
        if (code === "" || code === "0") styles.clear();
        else if (code === "22") for (const each of ["1", "2"]) styles.delete(COLORS[each] ?? "");
        else if (code === "39") for (const style of styles) if (style.startsWith("color")) styles.delete(style);
        if (COLORS[code] !== undefined) styles.add(COLORS[code]);
      }
      return "";
    })
    .join("");
};

const photograph = async (browser: Browser, prompt: string, output: string, path: string): Promise<void> => {
  const page = await browser.newPage({ viewport: { width: 900, height: 100 } });
  await page.setContent(`<body style="margin: 0; background: #0d1117"><pre style="margin: 0; padding: 20px; color: #e6edf3;
    font: 14px/1.45 'DejaVu Sans Mono', monospace; white-space: pre-wrap"><span style="opacity: 0.65">$ </span>${prompt}
${htmlOf(output.trim())}</pre></body>`);
  await page.screenshot({ path, fullPage: true });
  await page.close();
};

/** Ten faults, as a person makes them. */
const FAULTS: Readonly<Record<string, string>> = {
  PORT: "eighty",
  SANDBOX_PORT: "70000",
  GATEWAY_URI: "https://api.camsunit.com/v3",
  REDIS_URL: "localhost",
  ACCESS: "yes",
  LOG_LEVEL: "verbose",
  LIMIT_DEPTH: "100",
  LINK_SECRET: "short",
  CALLBACK_ALLOW: "everyone",
  PERSISTED_OPERATIONS: "always",
};

/** Photographs the start on a terminal, with a first request, and a check that finds ten faults. */
export const photographTerminal = async (browser: Browser, directory: string): Promise<void> => {
  const env = { PATH: process.env["PATH"], TERM: "xterm-256color", COLUMNS: "100" };
  const program = `${process.execPath} bin/portico.js`;
  const child = spawn("script", ["-qefc", `exec ${program}`, "/dev/null"], { cwd: ROOT, env });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => void (output += text));
  while (!output.includes("Ctrl-C stops it.")) await once(child.stdout, "data");
  const query = encodeURIComponent("query Devices { devices { totalCount } }");
  await (await fetch(`http://127.0.0.1:4000/graphql?query=${query}`)).text();
  while (!output.includes("Devices")) await once(child.stdout, "data");
  child.kill("SIGTERM");
  await once(child, "exit");
  await photograph(browser, "npx portico", output.split(/^.*stopping/m)[0] ?? "", `${directory}terminal-start.png`);
  const check = spawnSync(process.execPath, ["bin/portico.js", "check"], {
    cwd: ROOT,
    env: { ...env, ...FAULTS },
    encoding: "utf8",
  });
  await photograph(browser, "npx portico check", `${check.stdout}${check.stderr}`, `${directory}terminal-check.png`);
};
