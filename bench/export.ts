import { request } from "undici";
import { type ChildProgram, startChild } from "./child.ts";
import { median, medianWithRange } from "./statistics.ts";
import { table } from "./table.ts";
import { ARCHIVE_RANGE, ARCHIVE_WORLD, EXPORT_ROWS } from "./world.ts";

/**
 * Downloads a million rows through a signed link of Portico: measures the throughput and the facade's memory, next to the
 * same rows downloaded directly from the sandbox. Each export has a new facade, so that its peak is its own.
 */
const ROUNDS = 3;
const FORMATS = ["csv", "ndjson"] as const;
type Format = (typeof FORMATS)[number];

const SAMPLE_MS = 100;
const NEWLINE = 10;

interface Download {
  readonly bytes: number;
  readonly seconds: number;
}

/** Downloads a file and discards it. */
const download = async (
  url: string,
  format: Format,
  headers: Readonly<Record<string, string>> = {},
): Promise<Download> => {
  const startedAt = performance.now();
  const { statusCode, body } = await request(url, { headers });
  if (statusCode !== 200) throw new Error(`The export answered ${statusCode}: ${await body.text()}`);
  let lines = 0;
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, at + 1)) lines += 1;
  }
  const rows = format === "csv" ? lines - 1 : lines;
  if (rows !== EXPORT_ROWS) throw new Error(`The ${format} export must have ${EXPORT_ROWS} rows; received ${rows}.`);
  return { bytes, seconds: (performance.now() - startedAt) / 1000 };
};

const exportLink = async (url: string, format: Format): Promise<string> => {
  const query = `query Export($from: LocalDateTime!, $to: LocalDateTime!) {
    attendanceExport(from: $from, to: $to, format: ${format.toUpperCase()}) { url }
  }`;
  const { body } = await request(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, variables: ARCHIVE_RANGE }),
  });
  const { data, errors } = (await body.json()) as { data?: { attendanceExport: { url: string } }; errors?: unknown };
  if (data === undefined) throw new Error(`attendanceExport returned no link: ${JSON.stringify(errors)}`);
  return data.attendanceExport.url;
};

/** Downloads the same range directly from the sandbox. */
const downloadRaw = ({ url, token = "" }: ChildProgram, format: Format): Promise<Download> => {
  const [FromDate, day = ""] = [ARCHIVE_RANGE.from, ARCHIVE_RANGE.to].map((time) => time.slice(0, 10));
  const ToDate = new Date(Date.parse(day) - 1000).toISOString().slice(0, 19).replace("T", " ");
  const search = new URLSearchParams({ FromDate: `${FromDate} 00:00:00`, ToDate, Format: format });
  return download(`${url}/ExportAttendance?${search.toString()}`, format, { "auth-token": token });
};

/** Samples the child's memory ten times per second during the work. Returns the peak in each half of the time. */
const peaksDuring = async (child: ChildProgram, work: Promise<unknown>): Promise<readonly [number, number]> => {
  const samples: number[] = [];
  let pending = Promise.resolve();
  const sample = async () => {
    samples.push((await child.usage()).rssBytes);
  };
  const timer = setInterval(() => {
    pending = pending.then(sample);
  }, SAMPLE_MS);
  await work.finally(() => clearInterval(timer));
  await pending;
  const half = Math.ceil(samples.length / 2);
  return [Math.max(...samples.slice(0, half)), Math.max(...samples.slice(half))];
};

interface Round {
  readonly ours: Download;
  readonly raw: Download;
  readonly restBytes: number;
  readonly firstHalfBytes: number;
  readonly secondHalfBytes: number;
  /** The peak of its lifetime, also between two samples. */
  readonly peakBytes: number;
  readonly cpuMs: number;
}

const measure = async (sandbox: ChildProgram, format: Format): Promise<Round> => {
  const portico = await startChild("portico", {
    env: {
      PORT: "0",
      GATEWAY_URL: sandbox.url,
      ACCESS: "open",
      GATEWAY_AUTH_TOKEN: sandbox.token ?? "",
      LINK_SECRET: "s".repeat(32),
    },
  });
  const link = await exportLink(portico.url, format);
  const before = await portico.usage();
  const downloading = download(link, format);
  const [firstHalfBytes, secondHalfBytes] = await peaksDuring(portico, downloading);
  const after = await portico.usage();
  await portico.stop();
  return {
    ours: await downloading,
    raw: await downloadRaw(sandbox, format),
    restBytes: before.rssBytes,
    firstHalfBytes,
    secondHalfBytes,
    peakBytes: after.peakRssBytes,
    cpuMs: after.cpuMs - before.cpuMs,
  };
};

const perSecond = ({ seconds }: Download): number => EXPORT_ROWS / seconds;

const report = (format: Format, rounds: readonly Round[]): readonly string[] => {
  const medianOf = (pick: (round: Round) => number) => median(rounds.map(pick));
  const megabytes = (pick: (round: Round) => number) => (medianOf(pick) / 2 ** 20).toFixed(0);
  const thousands = (pick: (round: Round) => number) => Math.round(medianOf(pick)).toLocaleString("en");
  return [
    format,
    EXPORT_ROWS.toLocaleString("en"),
    megabytes((round) => round.ours.bytes),
    megabytes((round) => round.restBytes),
    megabytes((round) => round.firstHalfBytes),
    megabytes((round) => round.secondHalfBytes),
    megabytes((round) => round.peakBytes),
    (medianOf((round) => round.cpuMs) / 1000).toFixed(2),
    thousands((round) => perSecond(round.ours)),
    thousands((round) => perSecond(round.raw)),
    medianWithRange(rounds.map((round) => perSecond(round.ours) / perSecond(round.raw))),
  ];
};

const sandbox = await startChild("sandbox", { argument: ARCHIVE_WORLD });
await downloadRaw(sandbox, "ndjson");
const rows: (readonly string[])[] = [];
for (const format of FORMATS) {
  const rounds: Round[] = [];
  while (rounds.length < ROUNDS) rounds.push(await measure(sandbox, format));
  rows.push(report(format, rounds));
}
await sandbox.stop();

const head = [
  "format",
  "rows",
  "MB sent",
  "facade before, MB",
  "peak in the first half",
  "peak in the second half",
  "peak overall",
  "facade CPU s",
  "rows/s",
  "rows/s, directly",
  "ratio of rows/s",
];
process.stdout.write(`${table(head, rows)}

Medians of ${ROUNDS} rounds; ratio with minimum and maximum.
`);
