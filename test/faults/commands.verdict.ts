import type { Ending } from "./commands.clients.ts";
import type { Report } from "./commands.gateway.ts";

/** Everything that is known from outside when all is over. */
export interface Evidence {
  readonly endings: readonly Ending[];
  /** What each command id stood for when all was over. */
  readonly statuses: ReadonlyMap<string, string | null>;
  readonly report: Report;
}

export interface Verdict {
  /** Mutations by what came of them. */
  readonly outcomes: ReadonlyMap<string, number>;
  /** Commands that were UNKNOWN when they were told, by what they proved to be. */
  readonly unknown: ReadonlyMap<string, number>;
  readonly violations: readonly string[];
}

const FINAL: Readonly<Record<string, string>> = {
  Done: "SUCCEEDED",
  Failed: "FAILED",
  Expired: "EXPIRED",
  Cancelled: "CANCELLED",
};

const countBy = <Item>(items: readonly Item[], key: (item: Item) => string): ReadonlyMap<string, number> =>
  new Map([...Map.groupBy(items, key)].map(([name, all]) => [name, all.length]));

const doubled = (what: string, counts: ReadonlyMap<string, number>): readonly string[] =>
  [...counts].filter(([, count]) => count > 1).map(([name, count]) => `${what}: ${name}, ${count} times`);

/** Everything ended, nothing happened twice in the world, and no door was asked for again that may have been opened. */
const effectsOf = ({ commands, openings, sent }: Report): readonly string[] => {
  const operationOf = new Map(commands.map(({ CommandID, OperationID }) => [CommandID, OperationID]));
  const doors = sent.filter(({ operation, mayHaveWorked }) => operation === "OpenDoor" && mayHaveWorked);
  const open = commands.filter(({ CommandStatus }) => FINAL[CommandStatus] === undefined);
  return [
    ...open.map(({ CommandID, CommandStatus }) => `${CommandID} did not end: ${CommandStatus}`),
    ...doubled(
      "commands for one key",
      countBy(commands, (each) => `${each.OperationID} on ${each.DeviceSN}`),
    ),
    ...doubled(
      "openings for one key",
      countBy(openings, (id) => operationOf.get(id) ?? id),
    ),
    ...doubled(
      "a door that may have opened was asked for again",
      countBy(doors, (each) => each.operationId ?? "none"),
    ),
  ];
};

/** Holds what one client was told against what the gateway did under its key. */
const judgeOne = (
  { wish, answer }: Ending,
  done: ReadonlyMap<string, string>,
  statuses: Evidence["statuses"],
): readonly string[] => {
  if (answer === null) return [];
  const { commands, refusals } = answer;
  const told = new Set(commands.map(({ device }) => device.serialNumber));
  const faults: string[] = [];
  if (refusals.includes("IDEMPOTENCY_KEY_REUSED")) faults.push("its key was said to be used with other input");
  if (commands.length + refusals.length < wish.devices.length) faults.push("a device is passed over");
  for (const DeviceSN of wish.devices) {
    const state = done.get(`${wish.key} ${DeviceSN}`);
    if (!told.has(DeviceSN) && state !== undefined) faults.push(`refused for ${DeviceSN}, but ${state}`);
  }
  for (const { id, status, device } of commands) {
    const state = done.get(`${wish.key} ${device.serialNumber}`);
    const final = state === undefined ? null : (FINAL[state] ?? "not final");
    const now = statuses.get(id) ?? null;
    if (status !== "UNKNOWN" && final === null) faults.push(`told ${status}, but the gateway has no such command`);
    else if (now !== final) faults.push(`command(id:) tells ${now}, the gateway ${final}`);
  }
  return faults.map((fault) => `${wish.mutation} ${wish.key}: ${fault}`);
};

const outcomeOf = ({ answer }: Ending, statuses: Evidence["statuses"]): string => {
  if (answer === null) return "no answer in six attempts";
  const [first] = answer.commands;
  if (first === undefined) return `refused: ${answer.refusals.join(", ")}`;
  if (answer.commands.length > 1 || answer.refusals.length > 0) {
    const states = new Set(answer.commands.map(({ id }) => statuses.get(id) ?? "UNKNOWN"));
    if (states.size > 1 || answer.refusals.length > 0) return "several devices, several outcomes";
  }
  return statuses.get(first.id) ?? "UNKNOWN for good";
};

export const judge = ({ endings, statuses, report }: Evidence): Verdict => {
  const done = new Map(
    report.commands.map(({ OperationID, DeviceSN, CommandStatus }) => [`${OperationID} ${DeviceSN}`, CommandStatus]),
  );
  const asked = new Set(report.sent.map(({ operationId }) => operationId));
  const fateOf = (key: string, id: string) =>
    statuses.get(id) ?? (asked.has(key) ? "asked for, and not done" : "never asked for");
  const unknown = endings.flatMap(({ wish: { key }, answer }) =>
    (answer?.commands ?? []).flatMap(({ id, status }) => (status === "UNKNOWN" ? [fateOf(key, id)] : [])),
  );
  return {
    outcomes: countBy(endings, (ending) => outcomeOf(ending, statuses)),
    unknown: countBy(unknown, (fate) => fate),
    violations: [...effectsOf(report), ...endings.flatMap((ending) => judgeOne(ending, done, statuses))],
  };
};
