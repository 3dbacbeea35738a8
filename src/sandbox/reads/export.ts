import { Readable } from "node:stream";
import { boundsOf } from "../../contract/rules.ts";
import { ExportColumn } from "../../contract/vocabulary.ts";
import { done, type Handlers, Refusal } from "../handler.ts";
import { renderPunch } from "../render.ts";
import type { SimPunch, World } from "../state.ts";
import { every, fromDevice } from "./attendance.ts";
import { deviceOf, type LogOf } from "./log.ts";

const MOST_JSON_ROWS = 100_000;
const ROWS_PER_CHUNK = 500;
const BUSY_SECONDS = 60;

const quoted = (value: unknown): string => {
  const text = typeof value === "string" ? value : "";
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

type Line = (punch: SimPunch) => string;

const csvLine =
  (columns: readonly string[], world: World): Line =>
  (punch) => {
    const wire = renderPunch(punch, world);
    return `${columns.map((column) => quoted(wire[column])).join(",")}\n`;
  };

const ndjsonLine =
  (world: World): Line =>
  (punch) =>
    `${JSON.stringify(renderPunch(punch, world))}\n`;

/** Lines in chunks, made as fast as they are taken; `ended` is called however it ends. */
const streamOf = (head: string, punches: Iterable<SimPunch>, line: Line, ended: () => void): Readable => {
  const chunks = function* () {
    let chunk = head;
    let rows = 0;
    for (const punch of punches) {
      chunk += line(punch);
      rows += 1;
      if (rows % ROWS_PER_CHUNK !== 0) continue;
      yield chunk;
      chunk = "";
    }
    yield chunk;
  };
  const stream = Readable.from(chunks(), { objectMode: false });
  stream.once("close", ended);
  return stream;
};

/** The export: one at a time for the account. */
export const createExportReads = (logOf: LogOf): Handlers<"ExportAttendance"> => {
  let isRunning = false;
  const end = () => {
    isRunning = false;
  };
  return {
    ExportAttendance({ input, caller }, gateway) {
      if (isRunning) {
        const message = "Another export of this account is running.";
        throw new Refusal("operationInProgress", message, { retryAfterSeconds: BUSY_SECONDS });
      }
      const { DeviceSN, EmployeeCode, Format, Columns = ExportColumn.values } = input;
      const devices = DeviceSN && new Set(DeviceSN);
      const employees = EmployeeCode && new Set(EmployeeCode);
      const where = every(
        fromDevice(deviceOf(caller)),
        devices && ((punch) => devices.has(punch.DeviceSN)),
        employees && ((punch) => employees.has(punch.EmployeeCode)),
      );
      const { punches } = logOf(gateway);
      const choice = { ...boundsOf(input), where };
      const count = punches.count(choice);
      if (Format === "json") {
        if (count > MOST_JSON_ROWS) {
          throw new Refusal("invalidDateRange", `At most ${MOST_JSON_ROWS} rows as JSON; take ndjson or csv.`, {
            field: "ToDate",
          });
        }
        const rows = [...punches.walk(choice, "Asc")];
        return done({ RowCount: rows.length, AttendanceLogs: rows.map((punch) => renderPunch(punch, gateway.world)) });
      }
      isRunning = true;
      const isCsv = Format === "csv";
      const head = isCsv ? `${Columns.join(",")}\n` : "";
      const line = isCsv ? csvLine(Columns, gateway.world) : ndjsonLine(gateway.world);
      return {
        kind: "stream",
        contentType: isCsv ? "text/csv; charset=utf-8" : "application/x-ndjson",
        headers: { "X-Row-Count": String(count) },
        body: streamOf(head, punches.walk(choice, "Asc"), line, end),
      };
    },
  };
};
