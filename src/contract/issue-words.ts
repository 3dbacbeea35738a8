import type { z } from "zod";

const counted = (count: unknown, noun: string): string => `${String(count)} ${noun}${Number(count) === 1 ? "" : "s"}`;

/** Whether a number is meant; other limits are those of a length. */
const isNumber = (origin: string): boolean => ["number", "int", "bigint"].includes(origin);

const limit = (bound: "at least" | "at most", origin: string, value: unknown): string =>
  isNumber(origin)
    ? `must be ${bound} ${String(value)}`
    : `must have ${bound} ${counted(value, origin === "string" ? "character" : "item")}`;

const TYPES: Readonly<Record<string, string>> = {
  string: "text",
  array: "a list",
  object: "an object",
  record: "an object",
  int: "a whole number",
  number: "a number",
  boolean: "true or false",
};

const OTHER_KIND = "a value of another kind";

/** The values that the rule names, never those that were received. */
const valuesOf = ({ values }: { readonly values: readonly unknown[] }): string =>
  `${values.length === 1 ? "" : "one of "}${values.map(String).join(", ")}`;

/** What would be a value of one of several shapes. */
const shapeOfIssue = (issue: z.core.$ZodIssue): readonly string[] => {
  if (issue.path.length > 0) return [];
  if (issue.code === "invalid_value") return [valuesOf(issue)];
  return issue.code === "invalid_type" ? [TYPES[issue.expected] ?? OTHER_KIND] : [];
};

/**
 * What must hold where a value breaks a rule that has no words of its own, such as `must have at least 1 character`: those of the library
 * are about its functions and patterns. To be passed to `safeParse` as `error`.
 */
export const issueWords = (issue: z.core.$ZodRawIssue): string | undefined => {
  if (issue.code === "too_small") return limit("at least", issue.origin, issue.minimum);
  if (issue.code === "too_big") return limit("at most", issue.origin, issue.maximum);
  if (issue.code === "invalid_type") return `must be ${TYPES[issue.expected] ?? OTHER_KIND}`;
  if (issue.code === "invalid_format") return "must have another form";
  if (issue.code === "invalid_value") return `must be ${valuesOf(issue)}`;
  if (issue.code === "unrecognized_keys") return `must not have ${issue.keys.map((key) => `"${key}"`).join(", ")}`;
  if (issue.code === "invalid_key") return issue.issues[0]?.message;
  // Of several shapes, the one whose type fits is meant.
  if (issue.code === "invalid_union") {
    const issues = issue.errors.flat();
    const fault = issues.find(({ code }) => code !== "invalid_type" && code !== "invalid_value");
    return fault?.message ?? `must be ${[...new Set(issues.flatMap(shapeOfIssue))].join(" or ") || OTHER_KIND}`;
  }
  return undefined;
};
