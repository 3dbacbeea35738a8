import { setTimeout as delay } from "node:timers/promises";
import type { Wish } from "./commands.wishes.ts";

export interface ToldCommand {
  readonly id: string;
  readonly status: string;
  readonly device: { readonly serialNumber: string };
}

/** What a client was told in the end; null where it gave up. */
export interface Answer {
  readonly commands: readonly ToldCommand[];
  /** Codes of what was refused. */
  readonly refusals: readonly string[];
}

export interface Ending {
  readonly wish: Wish;
  readonly answer: Answer | null;
  readonly attempts: number;
}

/** What went wrong in attempts, how often each. */
export type Troubles = Map<string, number>;

interface Payload {
  readonly command?: ToldCommand | null;
  readonly commands?: readonly ToldCommand[];
  readonly userErrors: readonly { readonly code: string }[];
}

interface Result<Data> {
  readonly data?: Data | null;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}

const MOST_ATTEMPTS = 6;
const FIRST_PAUSE_MS = 150;
const MOST_PAUSE_MS = 1_600;
const ASK_MS = 15_000;
const AT_ONCE = 20;

const COMMAND = "id status device { serialNumber }";
const documentOf = ({ mutation }: Wish): string => {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input!`;
  const selected = mutation === "openDoor" ? `command { ${COMMAND} }` : `commands { ${COMMAND} }`;
  return `mutation ($input: ${type}) { answer: ${mutation}(input: $input) { ${selected} userErrors { code } } }`;
};

/** Rejects with a few words on every answer that is none. */
const post = async <Data>(url: string, query: string, variables: object, patienceMs: number): Promise<Data> => {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, variables }),
    signal: AbortSignal.timeout(patienceMs),
  });
  const { data, errors } = (await response.json()) as Result<Data>;
  const [error] = errors ?? [];
  if (error !== undefined) throw new Error(error.extensions?.code ?? error.message);
  if (!response.ok || data == null) throw new Error(`HTTP ${response.status}`);
  return data;
};

const tell = async (wish: Wish, url: string): Promise<Answer> => {
  const { answer } = await post<{ answer: Payload }>(url, documentOf(wish), { input: wish.input }, wish.patienceMs);
  const { command, commands = command == null ? [] : [command], userErrors } = answer;
  const refusals = userErrors.map(({ code }) => code);
  if (refusals.includes("RATE_LIMITED")) throw new Error("RATE_LIMITED");
  return { commands, refusals };
};

const troubleOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return "time-out";
  return error instanceof TypeError ? "connection lost" : error.message;
};

/** Tells a wish, at most five times again with the same key, each time to an instance taken at random. */
export const insist = async (
  wish: Wish,
  urlOf: () => string,
  random: () => number,
  troubles: Troubles,
): Promise<Ending> => {
  for (let attempts = 1; ; attempts += 1) {
    try {
      return { wish, answer: await tell(wish, urlOf()), attempts };
    } catch (error) {
      const trouble = troubleOf(error);
      troubles.set(trouble, (troubles.get(trouble) ?? 0) + 1);
      if (attempts === MOST_ATTEMPTS) return { wish, answer: null, attempts };
      await delay(Math.min(MOST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempts) * (0.5 + random() / 2));
    }
  }
};

/** So many at once, in order; ends early where `isInVain`. */
export const inParallel = async <Item>(
  items: readonly Item[],
  width: number,
  work: (item: Item) => Promise<void>,
  isInVain: () => boolean = () => false,
): Promise<void> => {
  let next = 0;
  const worker = async () => {
    for (let item = items[next++]; item !== undefined && !isInVain(); item = items[next++]) await work(item);
  };
  await Promise.all(Array.from({ length: width }, worker));
};

/** What `command(id:)` tells of each. */
export const statusesOf = async (url: string, ids: readonly string[]): Promise<ReadonlyMap<string, string | null>> => {
  const statuses = new Map<string, string | null>();
  const pages = Array.from({ length: Math.ceil(ids.length / AT_ONCE) }, (_, page) =>
    ids.slice(page * AT_ONCE, (page + 1) * AT_ONCE),
  );
  await inParallel(pages, 4, async (page) => {
    const fields = page.map((id, index) => `c${index}: command(id: ${JSON.stringify(id)}) { status }`);
    const told = await post<Record<string, { status: string } | null>>(url, `{ ${fields.join(" ")} }`, {}, ASK_MS);
    for (const [index, id] of page.entries()) statuses.set(id, told[`c${index}`]?.status ?? null);
  });
  return statuses;
};
