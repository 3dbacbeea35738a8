import { onTestFinished } from "vitest";
import { type App, type AppOptions, startApp } from "../../../src/app/app.ts";
import type { EventLog } from "../../../src/events/log/log.ts";
import { parseConfig } from "../../../src/config/config.ts";
import type { Sandbox, SandboxOptions } from "../../../src/sandbox/sandbox.ts";
import type { TypedDocumentString } from "../../gql/graphql.ts";

/** The sandbox's now at the start of every test. */
const START = "2026-06-21T04:00:00Z";

interface GraphQLFault {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions: Readonly<Record<string, unknown>>;
}

interface Answer<Data> {
  readonly data: Data;
  readonly errors?: readonly GraphQLFault[];
  readonly extensions?: {
    readonly upstream?: readonly { readonly operation: string; readonly status: number | null }[];
  };
}

export interface TestApp {
  readonly url: string;
  readonly sandbox: Sandbox;
  readonly stop: () => Promise<void>;
  readonly live: App["live"];
  readonly log: EventLog;
  readonly ask: <Data, Variables>(
    document: TypedDocumentString<Data, Variables> | string,
    variables?: Variables,
  ) => Promise<Answer<Data>>;
  /** The operations the sandbox received since the last call of this function. */
  readonly upstream: () => readonly string[];
  readonly logs: readonly string[];
}

/** The log of an app that has one account. */
export const logOf = ({ accounts }: App): EventLog => {
  const [account] = accounts.values();
  if (account === undefined) throw new Error("The app has no account.");
  return account.log;
};

const started = async (app: App, logs: readonly string[]): Promise<TestApp> => {
  const { sandbox } = app;
  if (sandbox === null) throw new Error("The tests run on the embedded sandbox.");
  let marker = sandbox.ledger.marker();
  return {
    url: app.url,
    sandbox,
    stop: app.stop,
    live: app.live,
    log: logOf(app),
    logs,
    async ask(document, variables) {
      const response = await fetch(`${app.url}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json", "x-portico-trace": "upstream" },
        body: JSON.stringify({ query: String(document), variables }),
      });
      return (await response.json()) as never;
    },
    upstream() {
      const entries = sandbox.ledger.entries({ since: marker });
      marker = sandbox.ledger.marker();
      return entries.map(({ operation }) => operation);
    },
  };
};

/** Portico as production starts it, on a sandbox whose time begins at START and whose devices answer at once. */
export const startPortico = async (
  sandbox: SandboxOptions = {},
  env: Record<string, string> = {},
  options: Omit<AppOptions, "sandbox" | "log"> = {},
): Promise<TestApp> => {
  const logs: string[] = [];
  const config = parseConfig({ PORT: "0", SANDBOX_PORT: "0", ...env });
  const app = await startApp(config, {
    ...options,
    sandbox: { start: Date.parse(START), live: false, rate: false, acknowledgeMs: 10, ...sandbox },
    log: { write: (line) => void logs.push(line) },
  });
  onTestFinished(app.stop);
  return started(app, logs);
};

/** How often each operation was called. */
export const tally = (operations: readonly string[]): Readonly<Record<string, number>> =>
  Object.fromEntries([...Map.groupBy(operations, (name) => name)].map(([name, calls]) => [name, calls.length]));
