import { useState } from "react";
import type { Client } from "urql";
import { EXPORT, VIEWER } from "./documents.ts";
import type { WallExportQuery, WallViewerQuery } from "./__generated__/graphql.ts";
import { addDays } from "./words.ts";

const PERIODS = [
  { days: 1, label: "Today" },
  { days: 7, label: "7 days" },
  { days: 31, label: "31 days" },
];

interface ExportProps {
  readonly urql: Client;
  /** Serial number; empty text means all devices. */
  readonly device: string;
}

/** Downloads the punches of a period as CSV, of the device that is selected. */
export const Export = ({ urql, device }: ExportProps) => {
  const [days, setDays] = useState(1);
  const [problem, setProblem] = useState("");
  const download = async () => {
    setProblem("");
    const options = { requestPolicy: "network-only" } as const;
    const now = await urql.query<WallViewerQuery>(VIEWER.toString(), {}, options).toPromise();
    const date = now.data?.attendanceToday?.date ?? new Date().toISOString().slice(0, 10);
    const variables = {
      from: `${addDays(date, 1 - days)}T00:00:00`,
      to: `${addDays(date, 1)}T00:00:00`,
      devices: device === "" ? null : [device],
    };
    const { data, error } = await urql.query<WallExportQuery>(EXPORT.toString(), variables, options).toPromise();
    const url = data?.attendanceExport?.url;
    if (url === undefined) setProblem(error?.message ?? "No file.");
    else location.assign(url);
  };
  return (
    <div className="export">
      <label>
        Export
        <select value={days} onChange={(event) => setDays(Number(event.target.value))}>
          {PERIODS.map((period) => (
            <option key={period.days} value={period.days}>
              {period.label}
            </option>
          ))}
        </select>
      </label>
      <button type="button" onClick={() => void download()}>
        Download CSV
      </button>
      <span role="status">{problem}</span>
    </div>
  );
};
