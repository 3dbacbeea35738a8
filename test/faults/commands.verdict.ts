import type { MutationResult } from "./commands.clients.ts";
import type { GatewayReport } from "./commands.gateway.ts";

/** What is known from outside at the end of a run. */
export interface Evidence {
  readonly results: readonly MutationResult[];
  /** The final status of each command ID. */
  readonly statuses: ReadonlyMap<string, string | null>;
  readonly report: GatewayReport;
}

export interface Verdict {
  /** The number of mutations by outcome. */
  readonly outcomes: ReadonlyMap<string, number>;
  /** The number of commands that were reported as UNKNOWN, by actual outcome. */
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

const duplicates = (what: string, counts: ReadonlyMap<string, number>): readonly string[] =>
  [...counts].filter(([, count]) => count > 1).map(([name, count]) => `${what}: ${name}, ${count} times`);

/** Checks that every command ended, no effect happened twice, and no door was requested again that may have opened. */
const effectsOf = ({ commands, openings, requestsSent: requests }: GatewayReport): readonly string[] => {
  const operationOf = new Map(commands.map(({ CommandID, OperationID }) => [CommandID, OperationID]));
  const doors = requests.filter(({ operation, mayHaveWorked }) => operation === "OpenDoor" && mayHaveWorked);
  const open = commands.filter(({ CommandStatus }) => FINAL[CommandStatus] === undefined);
  return [
    ...open.map(({ CommandID, CommandStatus }) => `${CommandID} must reach a final status; it is ${CommandStatus}`),
    ...duplicates(
      "several commands for one key",
      countBy(commands, (each) => `${each.OperationID} on ${each.DeviceSN}`),
    ),
    ...duplicates(
      "several openings for one key",
      countBy(openings, (id) => operationOf.get(id) ?? id),
    ),
    ...duplicates(
      "a door that may have opened was requested again",
      countBy(doors, (each) => each.operationId ?? "none"),
    ),
  ];
};

/** Compares one client's answer with what the gateway did under its key. */
const judgeOne = (
  { request, answer }: MutationResult,
  done: ReadonlyMap<string, string>,
  statuses: Evidence["statuses"],
): readonly string[] => {
  if (answer === null) return [];
  const { commands, refusals } = answer;
  const reported = new Set(commands.map(({ device }) => device.serialNumber));
  const faults: string[] = [];
  if (refusals.includes("IDEMPOTENCY_KEY_REUSED")) faults.push("the key was rejected as reused with other input");
  if (commands.length + refusals.length < request.devices.length) faults.push("a device is missing in the answer");
  for (const DeviceSN of request.devices) {
    const state = done.get(`${request.key} ${DeviceSN}`);
    if (!reported.has(DeviceSN) && state !== undefined)
      faults.push(`rejected for ${DeviceSN}, but the gateway reports ${state}`);
  }
  for (const { id, status, device } of commands) {
    const state = done.get(`${request.key} ${device.serialNumber}`);
    const final = state === undefined ? null : (FINAL[state] ?? "not final");
    const now = statuses.get(id) ?? null;
    if (status !== "UNKNOWN" && final === null) faults.push(`reported ${status}, but the gateway has no such command`);
    else if (now !== final) faults.push(`command(id:) returns ${now}, the gateway ${final}`);
  }
  return faults.map((fault) => `${request.mutation} ${request.key}: ${fault}`);
};

const outcomeOf = ({ answer }: MutationResult, statuses: Evidence["statuses"]): string => {
  if (answer === null) return "no answer in six attempts";
  const [first] = answer.commands;
  if (first === undefined) return `rejected: ${answer.refusals.join(", ")}`;
  if (answer.commands.length > 1 || answer.refusals.length > 0) {
    const states = new Set(answer.commands.map(({ id }) => statuses.get(id) ?? "UNKNOWN"));
    if (states.size > 1 || answer.refusals.length > 0) return "several devices, several outcomes";
  }
  return statuses.get(first.id) ?? "UNKNOWN permanently";
};

export const judge = ({ results, statuses, report }: Evidence): Verdict => {
  const done = new Map(
    report.commands.map(({ OperationID, DeviceSN, CommandStatus }) => [`${OperationID} ${DeviceSN}`, CommandStatus]),
  );
  const requested = new Set(report.requestsSent.map(({ operationId }) => operationId));
  const actualOutcome = (key: string, id: string) =>
    statuses.get(id) ?? (requested.has(key) ? "requested and not executed" : "never requested");
  const unknown = results.flatMap(({ request: { key }, answer }) =>
    (answer?.commands ?? []).flatMap(({ id, status }) => (status === "UNKNOWN" ? [actualOutcome(key, id)] : [])),
  );
  return {
    outcomes: countBy(results, (result) => outcomeOf(result, statuses)),
    unknown: countBy(unknown, (outcome) => outcome),
    violations: [...effectsOf(report), ...results.flatMap((result) => judgeOne(result, done, statuses))],
  };
};
