import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type CallToolResult, Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { onTestFinished } from "vitest";
import { bearer, keyOf } from "./callers.ts";

/** The ready-made documents. */
export const READY_MADE = fileURLToPath(new URL("../../../examples/mcp/documents.json", import.meta.url));

/** Writes a manifest of these documents and returns its path. */
export const manifestOf = async (documents: Readonly<Record<string, string>>): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "portico-mcp-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, "documents.json");
  await writeFile(path, JSON.stringify(documents));
  return path;
};

/** The revisions of the protocol that the official client speaks. */
export type Era = "modern" | "legacy";

const MODES = { modern: { pin: "2026-07-28" }, legacy: "legacy" } as const;

interface ConnectOptions {
  /** The name of an API key; see `keyFile`. */
  readonly key?: string;
  readonly era?: Era;
}

export interface Connected {
  readonly client: Client;
  /** The names of the tools that the caller sees. */
  readonly names: () => Promise<readonly string[]>;
  readonly call: (name: string, values?: Record<string, unknown>) => Promise<CallToolResult>;
}

/** Connects the official client of the protocol's SDK over Streamable HTTP. */
export const connectMcp = async (url: string, { key, era = "modern" }: ConnectOptions = {}): Promise<Connected> => {
  const client = new Client({ name: "test", version: "1" }, { versionNegotiation: { mode: MODES[era] } });
  const headers = key === undefined ? {} : { ...bearer(keyOf(key)) };
  await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { requestInit: { headers } }));
  onTestFinished(() => client.close());
  return {
    client,
    names: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: (name, values = {}) => client.callTool({ name, arguments: values }),
  };
};

/** What a model reads of a result. */
export const textOf = ({ content }: CallToolResult): string =>
  content.map((part) => (part.type === "text" ? part.text : part.type)).join("\n");
