import type { Input } from "../../contract/operations.ts";

type ExportFormat = NonNullable<Input<"ExportAttendance">["Format"]>;

/** Words of content types, the more special first: servers have several names for one format. */
const WORDS: readonly (readonly [RegExp, ExportFormat | "other"])[] = [
  [/ndjson|jsonl|json-?(?:lines|seq)/, "ndjson"],
  [/json/, "json"],
  [/csv|comma-separated/, "csv"],
  [/html|xml|image|zip|pdf/, "other"],
];

/**
 * Whether a content type can be that of an export. A type that names another format is refused: a "try later" page with status 200 is
 * no export. One that names none, such as `application/octet-stream`, is decided by the first bytes.
 */
export const isTypeOf = (format: ExportFormat, contentType: string): boolean => {
  const type = contentType.split(";")[0]?.toLowerCase() ?? "";
  const named = WORDS.find(([word]) => word.test(type))?.[1];
  return named === undefined || named === format;
};

/**
 * Whether an export can begin with these bytes: CSV never with those of a page or of JSON, the others only with JSON. Without a byte it can
 * only be a list of lines: CSV has a header line.
 */
export const beginsAs = (format: ExportFormat, bytes: Buffer): boolean => {
  const first = bytes
    .toString("utf8", 0, 256)
    .replace(/^\uFEFF/, "")
    .trimStart()[0];
  if (bytes.length === 0) return format === "ndjson";
  return first === undefined || (format === "csv" ? !"<{[".includes(first) : "{[".includes(first));
};
