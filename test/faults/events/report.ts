import { table } from "../../../bench/table.ts";
import type { Recovery } from "./apply.ts";
import type { Outcome } from "./run.ts";
import { isKept } from "./verdict.ts";

const HEAD = [
  "Redis: reader",
  "returned",
  "received",
  "lost",
  "doubled",
  "out of order",
  "wrong",
  "again, as documented",
  "missing behind a gap",
  "gaps reported",
  "gaps due",
];

const readersTable = (outcomes: readonly Outcome[]): string =>
  table(
    HEAD,
    outcomes.flatMap(({ variant, readers }) =>
      readers.map(({ returns, verdict }) => {
        const { received, lost, doubled, outOfOrder, wrong, again, missing, gapsReported, gapsDue } = verdict;
        const numbers = [returns, received, lost, doubled, outOfOrder, wrong, again, missing, gapsReported, gapsDue];
        return [`${variant}: ${verdict.reader}`, ...numbers.map((number) => number?.toLocaleString("en") ?? "")];
      }),
    ),
  );

const seconds = (ms: number): string => (ms / 1_000).toFixed(2);

const middle = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

const recoveriesTable = (recoveries: readonly Recovery[]): string =>
  table(
    ["fault", "times", "acknowledged after, median (s)", "at most", "ready after, median (s)", "at most"],
    [...Map.groupBy(recoveries, ({ kind }) => kind)].map(([kind, all]) => [
      kind,
      String(all.length),
      ...[all.map(({ acknowledgedMs }) => acknowledgedMs), all.map(({ readyMs }) => readyMs)].flatMap((values) => [
        seconds(middle(values)),
        seconds(Math.max(...values)),
      ]),
    ]),
  );

const facts = ({ variant, acknowledged, repeated, recoveries, resets, seconds }: Outcome): string =>
  [
    `${variant}: ${acknowledged.toLocaleString("en")} events acknowledged in ${seconds.toFixed(0)} s`,
    `${recoveries.length} faults`,
    `${resets.toLocaleString("en")} connections reset`,
    `${repeated.toLocaleString("en")} callbacks repeated`,
  ].join("; ");

/** Writes what was seen, in Markdown. */
export const reportOf = (outcomes: readonly Outcome[]): string =>
  [
    readersTable(outcomes),
    outcomes.map((outcome) => `${facts(outcome)}.`).join("\n"),
    recoveriesTable(outcomes.flatMap(({ recoveries }) => recoveries)),
  ].join("\n\n");

/** Every promise that is broken, one sentence each. */
export const violationsIn = (outcomes: readonly Outcome[]): readonly string[] =>
  outcomes.flatMap(({ variant, readers, complaints }) => [
    ...readers
      .filter(({ verdict }) => !isKept(verdict))
      .map(({ verdict: { reader, gapsWithoutReason } }) =>
        [
          `${variant}: a promise is broken for ${reader}`,
          ...(gapsWithoutReason > 0 ? [`${gapsWithoutReason} gaps without a reason`] : []),
        ].join("; "),
      ),
    ...complaints.map((complaint) => `${variant}: ${complaint}`),
  ]);
