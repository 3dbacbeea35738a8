import { parseArgs } from "node:util";
import { request } from "undici";
import { assertEqual } from "./assert-equal.ts";
import { type Case, CASES } from "./cases.ts";
import { type ChildProgram, startChild } from "./child.ts";
import { type Contender, loadOf, startContenders, TITLES } from "./contenders.ts";
import { createLedgerReader, type LedgerReader } from "./ledger.ts";
import type { Load } from "./load.ts";
import { median, medianWithQuartiles } from "./statistics.ts";
import { table } from "./table.ts";
import { BUSY_WORLD } from "./world.ts";

/**
 * Compares Portico and its peers with a hand-written client on the same queries and the same upstream calls: CPU time of each
 * process per request, the latency with a gateway that takes 5 ms, and the CPU time with identical clients at once. All take
 * turns in one run, so that other load on the machine affects all.
 */
const { values } = parseArgs({ options: { rounds: { type: "string", default: "15" } } });
const ROUNDS = Number(values.rounds);
/**
 * Turns before the first one that counts. The engine compiles what runs often, in two steps, and some of it again: what runs once in
 * a request is at its best after 10,000 to 20,000 requests, at two thirds of what it costs after the first thousand.
 */
const [WARM_UP, WARM_UP_AGAIN] = [20, 4] as const;
const UPSTREAM_MS = 5;
const CLIENTS = 16;

interface Racer extends Contender {
  readonly load: Load;
}

interface Turn {
  readonly cpuMs: number;
  readonly p50Ms: number;
  readonly calls: number;
}

const dataOf = (answer: string): string => JSON.stringify((JSON.parse(answer) as { readonly data: unknown }).data);

/** @throws Error unless all racers make the same upstream calls and return the same data. */
const compare = async (each: Case, racers: readonly Racer[], ledger: LedgerReader): Promise<void> => {
  const observed: { readonly data: string; readonly calls: string; readonly name: string }[] = [];
  for (const { name, load } of racers) {
    const marker = await ledger.marker();
    const data = dataOf(await load.ask());
    observed.push({ name, data, calls: (await ledger.since(marker)).join(" ") });
  }
  const [expected, ...others] = observed;
  const { text, times } = each.contains;
  assertEqual(`${each.name}: ${text}`, String((expected?.data.split(text).length ?? 0) - 1), String(times));
  for (const { name, data, calls } of others) {
    assertEqual(`${each.name}: the upstream calls of ${name}`, calls, expected?.calls ?? "");
    assertEqual(`${each.name}: the answers of ${name}`, data, expected?.data ?? "");
  }
};

const takeTurn = async (
  { process, load }: Racer,
  ledger: LedgerReader,
  requests: number,
  clients: number,
): Promise<Turn> => {
  const marker = await ledger.marker();
  const before = await process.usage();
  const { durations } = await load.run(requests, clients);
  const after = await process.usage();
  return {
    cpuMs: (after.cpuMs - before.cpuMs) / requests,
    p50Ms: median(durations),
    calls: ((await ledger.marker()) - marker) / requests,
  };
};

interface Measurement {
  readonly contenders: readonly Contender[];
  readonly sandbox: ChildProgram;
  readonly rounds: number;
  readonly clients: number;
  readonly warmUp: number;
  /** The share of the requests of a case that make a turn. */
  readonly share: number;
  readonly pick: (turn: Turn) => number;
  readonly digits: number;
}

/** One row of a table: the hand-written client's figure, and the ratio to it of each other contender. */
const measure = async (each: Case, measurement: Measurement): Promise<readonly string[]> => {
  const { contenders, sandbox, rounds, clients, warmUp, share, pick, digits } = measurement;
  const ledger = createLedgerReader(sandbox.url);
  const racers = contenders.map((contender) => ({ ...contender, load: loadOf(contender, each, clients) }));
  const requests = Math.ceil((share * each.requests) / clients) * clients;
  for (const { load } of racers) await load.run(requests * warmUp, clients);
  await compare(each, racers, ledger);

  const turns = racers.map((): Turn[] => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, racer] of racers.entries()) turns[index]?.push(await takeTurn(racer, ledger, requests, clients));
  }
  for (const { load } of racers) await load.stop();
  const [base = [], ...others] = turns;
  if (clients === 1) {
    for (const { calls } of turns.flat())
      assertEqual(`${each.name}: upstream calls`, String(calls), String(each.calls));
  }
  const ratio = (turn: Turn, index: number) => pick(turn) / pick(base[index] ?? turn);
  return [
    each.name,
    turns.map((all) => median(all.map(({ calls }) => calls)).toFixed(clients === 1 ? 0 : 1)).join(" / "),
    median(base.map(pick)).toFixed(digits),
    ...others.map((all) => medianWithQuartiles(all.map(ratio))),
  ];
};

const delayGateway = async ({ url }: ChildProgram): Promise<void> => {
  const body = JSON.stringify({ operation: "*", kind: "delay", ms: UPSTREAM_MS, times: null });
  const { statusCode } = await request(`${url}/_sandbox/faults`, { method: "POST", body });
  if (statusCode >= 300) throw new Error(`The sandbox refused the delay with ${statusCode}.`);
};

const sandbox = await startChild("sandbox", { argument: BUSY_WORLD });
const contenders = await startContenders(sandbox);
const [, ...titles] = TITLES;

const print = async (
  title: string,
  unit: string,
  cases: readonly Case[],
  rest: Omit<Measurement, "contenders" | "sandbox">,
) => {
  const rows: (readonly string[])[] = [];
  for (const each of cases) rows.push(await measure(each, { ...rest, contenders, sandbox }));
  const head = ["query", `upstream calls, ${TITLES.join(" / ")}`, `hand-written, ${unit}`, ...titles];
  process.stdout.write(`\n${title}\n\n${table(head, rows)}\n`);
};

const upstream = CASES.filter(({ calls }) => calls > 0);
await print("CPU per request, one client (hand-written = 1)", "CPU ms", CASES, {
  rounds: ROUNDS,
  clients: 1,
  warmUp: WARM_UP,
  share: 1,
  pick: ({ cpuMs }) => cpuMs,
  digits: 3,
});
await print(`CPU per request, ${CLIENTS} identical clients (hand-written = 1)`, "CPU ms", upstream, {
  rounds: ROUNDS,
  clients: CLIENTS,
  warmUp: WARM_UP_AGAIN,
  share: 1,
  pick: ({ cpuMs }) => cpuMs,
  digits: 3,
});
await delayGateway(sandbox);
await print(
  `Median latency with a gateway that takes ${UPSTREAM_MS} ms, one client (hand-written = 1)`,
  "ms",
  upstream,
  {
    rounds: Math.ceil(ROUNDS / 3),
    clients: 1,
    warmUp: WARM_UP_AGAIN,
    share: 0.1,
    pick: ({ p50Ms }) => p50Ms,
    digits: 1,
  },
);
for (const { process: child } of contenders) await child.stop();
await sandbox.stop();
process.stdout.write(`\nMedians of ${ROUNDS} rounds with quartiles; ${Math.ceil(ROUNDS / 3)} rounds for latency.\n`);
