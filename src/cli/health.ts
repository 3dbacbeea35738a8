import { parseHost, parsePort } from "../config/values.ts";
import { type Invocation, print } from "./command.ts";
import { readVariables } from "./variables.ts";

const TIMEOUT_MS = 3_000;
/** Addresses that a server listens on and nobody connects to. */
const ANY: ReadonlyMap<string, string> = new Map([
  ["0.0.0.0", "127.0.0.1"],
  ["::", "[::1]"],
]);

/** Asks the server that listens on HOST and PORT; resolves with 1 if it does not answer that it is well. */
export const health = async ({ flags }: Invocation): Promise<number> => {
  const { host, port } = readVariables(({ read }) => ({
    host: read("HOST", parseHost, ""),
    port: read("PORT", parsePort, 0),
  }));
  const authority = ANY.get(host) ?? (host.includes(":") ? `[${host}]` : host);
  const url = `http://${authority}:${port}/health/${flags["ready"] === true ? "ready" : "live"}`;
  const { isWell, text } = await ask(url);
  print(`${url}: ${text}`);
  return isWell ? 0 : 1;
};

const ask = async (url: string): Promise<{ readonly isWell: boolean; readonly text: string }> => {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS), headers: { connection: "close" } });
    return { isWell: response.ok, text: `${response.status} ${await response.text()}` };
  } catch (error) {
    const { message, cause } = error as Error & { readonly cause?: unknown };
    return { isWell: false, text: cause instanceof Error ? cause.message : message };
  }
};
