import { OPERATION_NAMES, OPERATIONS, type OperationName } from "../contract/operations.ts";
import { acceptedBy, type ConformanceCase, casesOf } from "./cases.ts";
import { type CheckAnswer, requireFact } from "./checks.ts";
import { REFUSALS } from "./refusals.ts";
import { askGateway, type ConformanceTarget } from "./target.ts";

/** A fact that a gateway is compared with. */
export interface ConformanceTest {
  readonly title: string;
  /** Rejects with ConformanceError if the fact does not hold. */
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

/** Returns the tests of a gateway, to be run in this order. */
export const conformanceSuite = (target: ConformanceTarget, check: CheckAnswer): readonly ConformanceTest[] => {
  const isSandbox = target.deviceTokens !== null;
  const successes = OPERATION_NAMES.filter((name) => isSandbox || isRead(name)).map(
    (name): ConformanceTest => ({
      title: `${name} answers as the document specifies`,
      async run() {
        const answer = await askGateway(target, name, acceptedBy(name));
        const { StatusCode: code } = check(name, answer);
        const { http } = answer;
        if (!isSandbox) return;
        const accepted = SLOW.has(name) ? [200, 409] : [200];
        requireFact(accepted.includes(http), `The status must be ${accepted.join(" or ")}; received ${http}.`);
        if (http === 200) requireFact(code === 0, `StatusCode must be 0; received ${String(code)}.`);
      },
    }),
  );
  const exports = ["csv", "ndjson"].map(
    (Format): ConformanceTest => ({
      title: `ExportAttendance streams ${Format} as the document specifies`,
      async run() {
        const answer = await askGateway(target, "ExportAttendance", { ...acceptedBy("ExportAttendance"), Format });
        check("ExportAttendance", answer);
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
        const answer = await askGateway(target, operation, members, changes);
        const body = check(operation, answer);
        const received = `${answer.http}/${String(body["StatusCode"])}`;
        requireFact(received === `${http}/${code}`, `The answer must be ${http}/${code}; received ${received}.`);
        if (field === undefined || !isSandbox) return;
        requireFact(body["Field"] === field, `Field must be ${field}; received ${String(body["Field"])}.`);
      },
    }),
  );
  const unknown: ConformanceTest = {
    title: "an unknown operation is refused (400/6)",
    async run() {
      const answer = await askGateway(target, "ListDevices", {}, { operation: "OpenSesame" });
      const received = `${answer.http}/${String(check("ListDevices", answer)["StatusCode"])}`;
      requireFact(received === "400/6", `The answer must be 400/6; received ${received}.`);
    },
  };
  return [...successes, ...exports, ...refusals, unknown];
};
