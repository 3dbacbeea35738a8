import type { Config } from "../../config/config.ts";
import { programVersion } from "../../runtime/program-version.ts";
import type { Paint } from "./paint.ts";

/** Where the server and its embedded gateway listen. */
export interface BannerUrls {
  readonly url: string;
  /** Null in front of a real gateway. */
  readonly sandbox: string | null;
}

const OPEN_SANDBOX = "Anyone may call: only this machine can connect, and all data is invented.";
const IN_MEMORY = "Events and links last as long as this process; REDIS_URL keeps them.";

/** Returns what a person at a terminal needs first: where to look, and what is open and why that is fine. */
export const banner = (paint: Paint, config: Config, { url, sandbox }: BannerUrls): string => {
  const rows: (readonly [name: string, text: string])[] = [
    ["Wall", config.dashboard ? paint("link", `${url}/`) : "off; DASHBOARD=on shows it"],
    ["GraphiQL", config.development ? paint("link", `${url}/graphql`) : "off in production"],
  ];
  if (sandbox === null) rows.push(...config.warnings.map((warning) => ["Note", paint("notice", warning)] as const));
  else {
    rows.push(["Sandbox", `${paint("link", `${sandbox}/_sandbox/`)}  ${paint("faint", "the gateway, embedded")}`]);
    if (config.access.open) rows.push(["Open", OPEN_SANDBOX]);
    if (config.redis === null) rows.push(["Memory", IN_MEMORY]);
  }
  const lines = rows.map(([name, text]) => `  ${paint("strong", name.padEnd(8))}  ${text}`);
  return [
    "",
    `  ${paint("strong", "Portico")} ${programVersion()}`,
    "",
    ...lines,
    "",
    "  Ctrl-C stops it.",
    "",
    "",
  ].join("\n");
};
