import { onTestFinished } from "vitest";
import { type App, type AppOptions, startApp } from "../../../src/app/app.ts";
import { parseConfig } from "../../../src/config/config.ts";
import type { EventLog } from "../../../src/events/log/log.ts";
import type { Sandbox, SandboxOptions } from "../../../src/sandbox/sandbox.ts";
import type { TypedDocumentString } from "../../gql/graphql.ts";

/** The time in the sandbox when a test starts. */
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
    readonly cost?: { readonly requested: number };
    readonly upstream?: readonly { readonly operation: string; readonly status: number | null }[];
  };
}

export interface TestApp {
  readonly url: string;
  readonly sandbox: Sandbox;
  readonly stop: () => Promise<void>;
  readonly live: App["live"];
  /** The event log of its first account; most tests have only one. */
  readonly log: EventLog;
  readonly ask: <Data, Variables>(
    document: TypedDocumentString<Data, Variables> | string,
    variables?: Variables,
  ) => Promise<Answer<Data>>;
  /** The operations that the sandbox received since the last call of this function. */
  readonly upstream: () => readonly string[];
  readonly logs: readonly string[];
}

type Env = Readonly<Record<string, string>>;
type Options = Omit<AppOptions, "sandbox" | "log">;

const isRunning = (gateway: Sandbox | SandboxOptions): gateway is Sandbox => "ledger" in gateway;

const createTestApp = (app: App, sandbox: Sandbox, logs: readonly string[]): TestApp => {
  const [account] = app.accounts.values();
  if (account === undefined) throw new Error("The app has no account.");
  let marker = sandbox.ledger.marker();
  return {
    url: app.url,
    sandbox,
    stop: app.stop,
    live: app.live,
    log: account.log,
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

/**
 * Starts Portico as production does; it stops at the end of the test. Every test that needs the whole program starts it here.
 *
 * @param gateway Options of the embedded sandbox, whose time begins at START and whose devices answer at once;
 *   or a sandbox that runs already, as instances that share a gateway need it.
 * @param env Variables over the usual ones. An empty value counts as a missing variable.
 * @throws what `startApp` and `parseConfig` throw
 */
export const startPortico = async (
  gateway: SandboxOptions | Sandbox = {},
  env: Env = {},
  options: Options = {},
): Promise<TestApp> => {
  const logs: string[] = [];
  const running = isRunning(gateway) ? gateway : null;
  const config = parseConfig({
    PORT: "0",
    ...(running === null
      ? { SANDBOX_PORT: "0" }
      : { GATEWAY_URL: running.url, GATEWAY_AUTH_TOKEN: running.token, ACCESS: "open" }),
    ...env,
  });
  const app = await startApp(config, {
    ...options,
    sandbox: { start: Date.parse(START), live: false, rate: false, acknowledgeMs: 10, ...(running ? {} : gateway) },
    log: { write: (line) => void logs.push(line) },
  });
  onTestFinished(app.stop);
  await app.begun;
  const sandbox = running ?? app.sandbox;
  if (sandbox === null) throw new Error("A test needs a sandbox: the embedded one, or one that runs already.");
  return createTestApp(app, sandbox, logs);
};

/** How often each operation was called. */
export const tally = (operations: readonly string[]): Readonly<Record<string, number>> =>
  Object.fromEntries([...Map.groupBy(operations, (name) => name)].map(([name, calls]) => [name, calls.length]));
