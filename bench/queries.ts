import { type Case, CASES } from "./cases.ts";
import { type ChildProgram, startChild } from "./child.ts";
import { createLedgerReader, type LedgerReader } from "./ledger.ts";
import { createLoad, type Load } from "./load.ts";
import { assertEqual } from "./assert-equal.ts";
import { median, medianWithRange } from "./statistics.ts";
import { table } from "./table.ts";
import { BUSY_WORLD } from "./world.ts";

/**
 * Compares Portico with a hand-written client that makes exactly the same upstream calls: CPU time of each process per request
 * over HTTP, and throughput. The two take turns, so that other load on the machine affects both.
 */
const ROUNDS = 31;
const WARM_UP = 3;

interface Contender {
  readonly process: ChildProgram;
  readonly load: Load;
}

interface Turn {
  readonly cpuMs: number;
  readonly sandboxCpuMs: number;
  readonly perSecond: number;
}

interface Answer {
  readonly data: { readonly punches: { readonly nodes: readonly unknown[] } };
}

/**
 * Returns the number of upstream calls of one request.
 * @throws Error unless both contenders make the same calls and return identical answers.
 */
const compare = async (each: Case, ours: Contender, theirs: Contender, ledger: LedgerReader): Promise<number> => {
  const observe = async ({ load }: Contender) => {
    const marker = await ledger.marker();
    const answer = await load.ask();
    return { answer, calls: await ledger.since(marker) };
  };
  const [a, b] = [await observe(ours), await observe(theirs)];
  assertEqual(`${each.name}: the upstream calls`, a.calls.join(" "), b.calls.join(" "));
  assertEqual(`${each.name}: the answers`, a.answer, b.answer);
  const { data } = JSON.parse(a.answer) as Answer;
  assertEqual(`${each.name}: the numbers of punches`, String(data.punches.nodes.length), String(each.punches));
  return a.calls.length;
};

/**
 * Runs one turn.
 * @throws Error if it makes more or fewer upstream calls than expected.
 */
const takeTurn = async (
  { process, load }: Contender,
  sandbox: ChildProgram,
  ledger: LedgerReader,
  { name, requests }: Case,
  calls: number,
): Promise<Turn> => {
  const marker = await ledger.marker();
  const [before, sandboxBefore] = [await process.usage(), await sandbox.usage()];
  const milliseconds = await load.run(requests);
  const [after, sandboxAfter] = [await process.usage(), await sandbox.usage()];
  const observed = (await ledger.marker()) - marker;
  assertEqual(`${name}: the numbers of upstream calls`, String(observed), String(requests * calls));
  return {
    cpuMs: (after.cpuMs - before.cpuMs) / requests,
    sandboxCpuMs: (sandboxAfter.cpuMs - sandboxBefore.cpuMs) / requests,
    perSecond: (requests / milliseconds) * 1000,
  };
};

const measure = async (
  each: Case,
  sandbox: ChildProgram,
  portico: ChildProgram,
  handwritten: ChildProgram,
): Promise<readonly string[]> => {
  const ledger = createLedgerReader(sandbox.url);
  const body = JSON.stringify({ query: each.query, variables: each.range });
  const ours = { process: portico, load: createLoad({ url: portico.url, method: "POST", path: "/graphql", body }) };
  const path = `${each.path}?${new URLSearchParams(each.range).toString()}`;
  const theirs = { process: handwritten, load: createLoad({ url: handwritten.url, method: "GET", path, body: null }) };

  for (const { load } of [ours, theirs]) await load.run(each.requests * WARM_UP);
  const calls = await compare(each, ours, theirs, ledger);
  const rounds: { readonly ours: Turn; readonly theirs: Turn }[] = [];
  while (rounds.length < ROUNDS) {
    rounds.push({
      ours: await takeTurn(ours, sandbox, ledger, each, calls),
      theirs: await takeTurn(theirs, sandbox, ledger, each, calls),
    });
  }
  for (const { load } of [ours, theirs]) await load.stop();

  const milliseconds = (pick: (round: (typeof rounds)[number]) => number) => median(rounds.map(pick)).toFixed(2);
  return [
    each.name,
    `${calls} / ${calls}`,
    milliseconds((round) => round.ours.cpuMs),
    milliseconds((round) => round.theirs.cpuMs),
    medianWithRange(rounds.map((round) => round.ours.cpuMs / round.theirs.cpuMs)),
    medianWithRange(rounds.map((round) => round.ours.perSecond / round.theirs.perSecond)),
    milliseconds((round) => round.ours.sandboxCpuMs),
  ];
};

const sandbox = await startChild("sandbox", { argument: BUSY_WORLD });
const portico = await startChild("portico", {
  env: {
    PORT: "0",
    GATEWAY_URL: sandbox.url,
    ACCESS: "open",
    GATEWAY_AUTH_TOKEN: sandbox.token ?? "",
    LINK_SECRET: "s".repeat(32),
  },
});
const handwritten = await startChild("handwritten", { argument: { url: sandbox.url, token: sandbox.token } });

const rows: (readonly string[])[] = [];
for (const each of CASES) rows.push(await measure(each, sandbox, portico, handwritten));
for (const child of [portico, handwritten, sandbox]) await child.stop();

const head = [
  "query",
  "upstream calls, Portico / hand-written",
  "CPU ms per request, Portico",
  "hand-written",
  "ratio of CPU",
  "ratio of throughput",
  "sandbox CPU ms",
];
process.stdout.write(`${table(head, rows)}

Medians of ${ROUNDS} rounds; ratios with minimum and maximum.
`);
