import { OPERATION_NAMES, OPERATIONS, type OperationName } from "../contract/operations.ts";
import { acceptedBy, type ConformanceCase, casesOf } from "./cases.ts";
import { type CheckAnswer, meaningOf, NotComparableError, requireFact, TokenRefusedError } from "./checks.ts";
import { REFUSALS } from "./refusals.ts";
import { askGateway, type ConformanceAnswer, type ConformanceTarget, type RequestOverrides } from "./target.ts";

/** A fact that a gateway is compared with. */
export interface ConformanceTest {
  readonly title: string;
  /**
   * Rejects with ConformanceError if the fact does not hold, with NotComparableError if this gateway cannot show whether it does, and with
   * TokenRefusedError if it refuses the token.
   */
  readonly run: () => Promise<void>;
}

const isRead = (name: OperationName) => OPERATIONS[name].mode === "read";

/** Operations that take about as long as a caller may wait. */
const SLOW: ReadonlySet<OperationName> = new Set(["CopyUsers", "RebootDevice"]);

/** The refusals that a gateway is tried with: a real one gets only reads, and only those that need no preparation. */
export const refusalsFor = ({ deviceTokens }: ConformanceTarget): readonly ConformanceCase[] =>
  [...OPERATION_NAMES.flatMap(casesOf), ...REFUSALS].filter(
    ({ operation, needsSandbox = false }) => deviceTokens !== null || (isRead(operation) && !needsSandbox),
  );

/** Not in the account, or not in its plan. */
const LACKING: ReadonlySet<number> = new Set([403, 404]);

/** Returns the tests of a gateway, to be run in this order. */
export const conformanceSuite = (target: ConformanceTarget, check: CheckAnswer): readonly ConformanceTest[] => {
  const isSandbox = target.deviceTokens !== null;

  /** Asks, and requires one of the answers. Only an unchanged request finds out whether a gateway of one's own has what it names. */
  const require = async (
    name: OperationName,
    members: ConformanceCase["members"],
    expected: readonly string[],
    overrides?: RequestOverrides,
  ) => {
    const answer = await askGateway(target, name, members, overrides);
    const isUnchanged = overrides === undefined;
    if (isUnchanged && answer.http === 401) throw new TokenRefusedError();
    const body = check(name, answer);
    const received = receivedIn(answer, body["StatusCode"]);
    if (!expected.includes(received) && isUnchanged && !isSandbox && LACKING.has(answer.http))
      throw new NotComparableError(`The gateway answered ${received}, ${meaningOf(body["StatusCode"])}.`);
    requireFact(expected.includes(received), `The answer must be ${expected.join(" or ")}; received ${received}.`);
    return { answer, body };
  };

  const successes = OPERATION_NAMES.filter((name) => isSandbox || isRead(name)).map(
    (name): ConformanceTest => ({
      title: `${name} answers as the document specifies`,
      async run() {
        await require(name, acceptedBy(name), SLOW.has(name) ? ["200/0", "409/60", "409/61"] : ["200/0"]);
      },
    }),
  );
  const exports = ["csv", "ndjson"].map(
    (Format): ConformanceTest => ({
      title: `ExportAttendance streams ${Format} as the document specifies`,
      async run() {
        const members = { ...acceptedBy("ExportAttendance"), Format };
        const { answer } = await require("ExportAttendance", members, ["200/0"]);
        const lines = answer.text.split("\n").length - 1;
        const rows = Format === "csv" ? lines - 1 : lines;
        const announced = Number(answer.headers.get("x-row-count"));
        requireFact(rows === announced, `X-Row-Count must be the number of rows, ${rows}; received ${announced}.`);
      },
    }),
  );
  const refusals = refusalsFor(target).map(
    ({ operation, fact, members, http, code, field, overrides, before }): ConformanceTest => ({
      title: `${operation} ${fact} (${http}/${code})`,
      async run() {
        if (before !== undefined) await askGateway(target, operation, before);
        const changes = typeof overrides === "function" ? overrides(target) : overrides;
        const { body } = await require(operation, members, [`${http}/${code}`], changes);
        if (field === undefined || !isSandbox) return;
        requireFact(body["Field"] === field, `Field must be ${field}; received ${String(body["Field"])}.`);
      },
    }),
  );
  const unknown: ConformanceTest = {
    title: "an unknown operation is refused (400/6)",
    async run() {
      await require("ListDevices", {}, ["400/6"], { operation: "OpenSesame" });
    },
  };
  return [...successes, ...exports, ...refusals, unknown];
};

/** Status and code of an answer, such as `404/2`. A stream of rows has no code: it is a success. */
const receivedIn = ({ http, mediaType }: ConformanceAnswer, code: unknown): string =>
  `${http}/${mediaType === "application/json" ? String(code) : 0}`;
