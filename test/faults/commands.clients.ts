import { setTimeout as delay } from "node:timers/promises";
import type { MutationRequest } from "./commands.requests.ts";

export interface ReportedCommand {
  readonly id: string;
  readonly status: string;
  readonly device: { readonly serialNumber: string };
}

/** The final answer that a client received. */
export interface Answer {
  readonly commands: readonly ReportedCommand[];
  /** The error codes of rejected targets. */
  readonly refusals: readonly string[];
}

export interface MutationResult {
  readonly request: MutationRequest;
  readonly answer: Answer | null;
  readonly attempts: number;
}

/** Failed attempts by cause. */
export type FailureCounts = Map<string, number>;

interface Payload {
  readonly command?: ReportedCommand | null;
  readonly commands?: readonly ReportedCommand[];
  readonly userErrors: readonly { readonly code: string }[];
}

interface Result<Data> {
  readonly data?: Data | null;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}

const MAX_ATTEMPTS = 6;
const FIRST_PAUSE_MS = 150;
const MAX_PAUSE_MS = 1_600;
const STATUS_TIMEOUT_MS = 15_000;
const PAGE_SIZE = 20;

const COMMAND = "id status device { serialNumber }";
const documentOf = ({ mutation }: MutationRequest): string => {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input!`;
  const selected = mutation === "openDoor" ? `command { ${COMMAND} }` : `commands { ${COMMAND} }`;
  return `mutation ($input: ${type}) { answer: ${mutation}(input: $input) { ${selected} userErrors { code } } }`;
};

/**
 * Sends an operation.
 * @throws Error that names the cause, if there is no data.
 */
const post = async <Data>(url: string, query: string, variables: object, timeoutMs: number): Promise<Data> => {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, variables }),
    signal: AbortSignal.timeout(timeoutMs),
  });
  const { data, errors } = (await response.json()) as Result<Data>;
  const [error] = errors ?? [];
  if (error !== undefined) throw new Error(error.extensions?.code ?? error.message);
  if (!response.ok || data == null) throw new Error(`HTTP ${response.status}`);
  return data;
};

const sendMutation = async (request: MutationRequest, url: string): Promise<Answer> => {
  const { answer } = await post<{ answer: Payload }>(
    url,
    documentOf(request),
    { input: request.input },
    request.timeoutMs,
  );
  const { command, commands = command == null ? [] : [command], userErrors } = answer;
  const refusals = userErrors.map(({ code }) => code);
  if (refusals.includes("RATE_LIMITED")) throw new Error("RATE_LIMITED");
  return { commands, refusals };
};

const failureName = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return "time-out";
  return error instanceof TypeError ? "connection lost" : error.message;
};

/** Sends a mutation with up to five retries under the same key, each time to a random instance. */
export const sendWithRetries = async (
  request: MutationRequest,
  urlOf: () => string,
  random: () => number,
  failures: FailureCounts,
): Promise<MutationResult> => {
  for (let attempts = 1; ; attempts += 1) {
    try {
      return { request, answer: await sendMutation(request, urlOf()), attempts };
    } catch (error) {
      const failure = failureName(error);
      failures.set(failure, (failures.get(failure) ?? 0) + 1);
      if (attempts === MAX_ATTEMPTS) return { request, answer: null, attempts };
      await delay(Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempts) * (0.5 + random() / 2));
    }
  }
};

/** Processes items in order with limited concurrency. Stops early if `isAborted` returns true. */
export const inParallel = async <Item>(
  items: readonly Item[],
  width: number,
  work: (item: Item) => Promise<void>,
  isAborted: () => boolean = () => false,
): Promise<void> => {
  let next = 0;
  const worker = async () => {
    for (let item = items[next++]; item !== undefined && !isAborted(); item = items[next++]) await work(item);
  };
  await Promise.all(Array.from({ length: width }, worker));
};

/** Returns the status that `command(id:)` returns for each ID. */
export const statusesOf = async (url: string, ids: readonly string[]): Promise<ReadonlyMap<string, string | null>> => {
  const statuses = new Map<string, string | null>();
  const pages = Array.from({ length: Math.ceil(ids.length / PAGE_SIZE) }, (_, page) =>
    ids.slice(page * PAGE_SIZE, (page + 1) * PAGE_SIZE),
  );
  await inParallel(pages, 4, async (page) => {
    const fields = page.map((id, index) => `c${index}: command(id: ${JSON.stringify(id)}) { status }`);
    const data = await post<Record<string, { status: string } | null>>(
      url,
      `{ ${fields.join(" ")} }`,
      {},
      STATUS_TIMEOUT_MS,
    );
    for (const [index, id] of page.entries()) statuses.set(id, data[`c${index}`]?.status ?? null);
  });
  return statuses;
};
