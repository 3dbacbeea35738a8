import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { Instance } from "../faults/instance.ts";
import { type Observation, observe, within } from "./observe.ts";

/** The operations of the example's README, except the subscription. */
const OPERATIONS = [
  ...readFileSync(new URL("../../examples/supergraph/README.md", import.meta.url), "utf8").matchAll(
    /```graphql\n([^]*?)```/g,
  ),
]
  .map(([, document = ""]) => document)
  .filter((document) => !document.startsWith("subscription"));

const BADGES = `{ employees(first: 2) { user { badge } } }`;

interface Answer {
  readonly data?: {
    readonly employees?: readonly { readonly user: { readonly badge: string | null } | null }[];
  } | null;
  readonly errors?: readonly {
    readonly path?: readonly (string | number)[];
    readonly extensions?: { readonly code?: string };
  }[];
}

type Headers = Readonly<Record<string, string>>;

const ask = async (url: string, query: string, headers: Headers): Promise<Answer> => {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json", ...headers },
    body: JSON.stringify({ query }),
  });
  return (await response.json()) as Answer;
};

/** How many of the example's operations are answered without an error. */
export const answersOf = async (url: string, headers: Headers): Promise<string> => {
  let answered = 0;
  for (const operation of OPERATIONS) if ((await ask(url, operation, headers)).errors === undefined) answered += 1;
  return answered === OPERATIONS.length ? "yes" : `${answered} of ${OPERATIONS.length}`;
};

/** What a client receives of `badge`, which requires a name that Portico does not give. */
export const failureOf = async (url: string, headers: Headers): Promise<string> => {
  const { data, errors = [] } = await ask(url, BADGES, headers);
  const badges = data?.employees?.map(({ user }) => user?.badge ?? null) ?? [];
  const value = badges.length === 2 && badges.every((badge) => badge === null) ? "null" : `\`${JSON.stringify(data)}\``;
  const { path, extensions } = errors[0] ?? {};
  const code = extensions?.code === undefined ? "no code" : `\`${extensions.code}\``;
  return `${value}; ${code} at ${path === undefined ? "no path" : `\`${path.join(".")}\``}`;
};

const WAIT_MS = 15_000;

const hasReconnected = ({ events }: Observation, before: number): boolean => events.length > before;

/** What a client sees of a subscription whose server is ended by `end` and started again. */
export const endingOf = async (
  url: string,
  headers: Headers,
  portico: Instance,
  end: () => Promise<unknown>,
): Promise<string> => {
  const observation = observe(url, headers);
  try {
    if (!(await within(WAIT_MS, () => observation.events.length > 0 || observation.ending() !== undefined))) {
      return observation.fault() ?? "no event";
    }
    await end();
    await delay(500);
    const before = observation.events.length;
    await portico.start();
    await within(WAIT_MS, () => observation.ending() !== undefined || hasReconnected(observation, before));
    const ending = observation.ending();
    if (ending !== undefined) return ending;
    if (!hasReconnected(observation, before)) return "nothing";
    const [last, next] = observation.events.slice(before - 1);
    return last?.cursor === next?.previousCursor
      ? "nothing; no event is lost"
      : "events are lost; `previousCursor` shows it";
  } finally {
    observation.leave();
  }
};
