import { Readable } from "node:stream";
import { boundsOf } from "../../contract/rules.ts";
import { ExportColumn } from "../../contract/vocabulary.ts";
import { done, type Handlers, Refusal } from "../handler.ts";
import { renderPunch } from "../render.ts";
import type { SimPunch, World } from "../state.ts";
import { allOf, fromDevice } from "./attendance.ts";
import { callerDevice, type LogOf } from "./log.ts";

const MAX_JSON_ROWS = 100_000;
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

/** Streams lines in chunks, generated on demand. Calls `onEnd` when the stream closes for any reason. */
const streamOf = (head: string, punches: Iterable<SimPunch>, line: Line, onEnd: () => void): Readable => {
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
  stream.once("close", onEnd);
  return stream;
};

/** Creates the handler of the export. The account can run one export at a time. */
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
      const where = allOf(
        fromDevice(callerDevice(caller)),
        devices && ((punch) => devices.has(punch.DeviceSN)),
        employees && ((punch) => employees.has(punch.EmployeeCode)),
      );
      const { punches } = logOf(gateway);
      const selection = { ...boundsOf(input), where };
      const count = punches.count(selection);
      if (Format === "json") {
        if (count > MAX_JSON_ROWS) {
          throw new Refusal(
            "invalidDateRange",
            `A JSON export must not exceed ${MAX_JSON_ROWS} rows; use ndjson or csv.`,
            {
              field: "ToDate",
            },
          );
        }
        const rows = [...punches.walk(selection, "Asc")];
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
        body: streamOf(head, punches.walk(selection, "Asc"), line, end),
      };
    },
  };
};
