import type { Case } from "./cases.ts";
import { type ChildName, type ChildProgram, startChild } from "./child.ts";
import { createLoad, type Load } from "./load.ts";

/** The servers that answer the queries, with the hand-written client first: the others are measured against it. */
const CONTENDERS = [
  { name: "handwritten", title: "hand-written" },
  { name: "portico", title: "Portico" },
  { name: "yoga", title: "Yoga + Pothos + dataloader" },
  { name: "mercurius", title: "Mercurius + JIT" },
  { name: "apollo", title: "Apollo Server 5" },
] as const satisfies readonly { readonly name: ChildName; readonly title: string }[];

export type ContenderName = (typeof CONTENDERS)[number]["name"];

export const TITLES: readonly string[] = CONTENDERS.map(({ title }) => title);

export interface Contender {
  readonly name: ContenderName;
  readonly process: ChildProgram;
}

/** Starts all contenders in front of one gateway. */
export const startContenders = ({ url, token = "" }: ChildProgram): Promise<readonly Contender[]> => {
  const env = {
    PORT: "0",
    GATEWAY_URL: url,
    ACCESS: "open",
    GATEWAY_AUTH_TOKEN: token,
    LINK_SECRET: "s".repeat(32),
  };
  return Promise.all(
    CONTENDERS.map(async ({ name }) => ({
      name,
      process: await startChild(name, name === "portico" ? { env } : { argument: { url, token } }),
    })),
  );
};

/** The load of one case on one contender. */
export const loadOf = ({ name, process }: Contender, each: Case, connections: number): Load => {
  const { url } = process;
  if (name === "handwritten") {
    const path = `${each.path}?${new URLSearchParams(each.variables).toString()}`;
    return createLoad({ url, method: "GET", path, body: null }, connections);
  }
  const body = JSON.stringify({ query: each.query, variables: each.variables });
  const path = name === "apollo" ? "/" : "/graphql";
  return createLoad({ url, method: "POST", path, body }, connections);
};
