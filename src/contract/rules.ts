import type { z } from "zod";
import type { StatusName } from "./status.ts";

/** Rules of the contract that no type expresses, and the status code of each rule. */

/** Which rule an issue is about, for those who decide by it or have other words for the members that it names. */
export type Rule =
  | { readonly kind: "unique" | "realDay" | "holdMode" }
  | { readonly kind: CountKind; readonly members: readonly string[] };

type CountKind = "exactlyOne" | "atMostOne" | "atLeastOne";

/** What an issue of a rule has in `params`. */
interface IssueFacts {
  readonly status?: StatusName;
  readonly rule?: Rule | undefined;
}

const factsOf = (issue: z.core.$ZodIssue): IssueFacts => (issue.code === "custom" && issue.params) || {};

/** Returns the rule that an issue is about; undefined if nobody has to know it. */
export const ruleOfIssue = (issue: z.core.$ZodIssue): Rule | undefined => factsOf(issue).rule;

type Context<Value> = z.core.$RefinementCtx<Value>;

const refuse = (context: Context<unknown>, field: string, status: StatusName, message: string, of?: Rule) =>
  context.addIssue({ code: "custom", path: [field], message, params: { status, rule: of } satisfies IssueFacts });

interface Range {
  readonly FromDate: string;
  readonly ToDate: string;
}

const DAY_MS = 86_400_000;

/** Returns the first and last second of a range; a ToDate without a time covers that whole day. */
export const boundsOf = ({ FromDate, ToDate }: Range): { readonly first: string; readonly last: string } => ({
  first: FromDate.length === 10 ? `${FromDate} 00:00:00` : FromDate,
  last: ToDate.length === 10 ? `${ToDate} 23:59:59` : ToDate,
});

/** Calendar days that the range touches, both ends included. */
export const daysOf = ({ FromDate, ToDate }: Range): number =>
  (Date.parse(ToDate.slice(0, 10)) - Date.parse(FromDate.slice(0, 10))) / DAY_MS + 1;

const milliseconds = (wallClock: string): number => Date.parse(`${wallClock.replace(" ", "T")}Z`);

/** The range must not be reversed and must span at most `days` days, both ends included: 31 allows 1 June to 1 July. */
export const withinDays = (days: number) => (range: Range, context: Context<Range>) => {
  const { first, last } = boundsOf(range);
  const length = milliseconds(last) - milliseconds(first);
  if (length < 0) refuse(context, "ToDate", "invalidDateRange", "The range must not end before it starts.");
  else if (length >= days * DAY_MS)
    refuse(context, "ToDate", "invalidDateRange", `The range must span at most ${days} days.`);
};

const countRule =
  (kind: CountKind, holds: (count: number) => boolean, sentence: (members: string) => string) =>
  (...members: readonly [string, ...string[]]) =>
  (value: object, context: Context<object>) => {
    const present = members.filter((member) => (value as Record<string, unknown>)[member] !== undefined);
    if (holds(present.length)) return;
    const field = present[1] ?? members[0];
    refuse(context, field, "invalidRequestData", sentence(members.join(", ")), { kind, members });
  };

/** Exactly one of these members must be set. */
export const exactlyOne = countRule(
  "exactlyOne",
  (count) => count === 1,
  (members) => `Exactly one of ${members} must be set.`,
);

/** At most one of these members may be set. */
export const atMostOne = countRule(
  "atMostOne",
  (count) => count <= 1,
  (members) => `At most one of ${members} may be set.`,
);

/** At least one of these members must be set. */
export const atLeastOne = countRule(
  "atLeastOne",
  (count) => count >= 1,
  (members) => `At least one of ${members} must be set.`,
);

/** A rule of one operation, with the member and the status code that it is refused with. */
export const rule =
  <Value>(holds: (value: Value) => boolean, field: string, status: StatusName, message: string, of?: Rule) =>
  (value: Value, context: Context<Value>) => {
    if (!holds(value)) refuse(context, field, status, message, of);
  };

/** Returns the status code that the gateway refuses a request with, for a fault that validation found. */
export const statusOfIssue = (issue: z.core.$ZodIssue): StatusName => {
  const { status, rule: broken } = factsOf(issue);
  if (status !== undefined) return status;
  const member = String(issue.path[0] ?? "");
  if (issue.code === "invalid_union") {
    const inner = issue.errors.flat().find((each) => each.code !== "invalid_type" && each.code !== "invalid_value");
    return inner ? statusOfIssue({ ...inner, path: [member, ...inner.path] }) : "invalidRequestData";
  }
  if (issue.code === "invalid_format" || broken?.kind === "realDay") {
    if (/^EmployeeCodes?$/.test(member)) return "userNotFound";
    if (member === "FromDate") return "invalidStartTime";
    if (member === "Template" || member === "Templates" || member === "Photo") return "invalidTemplate";
    if (member === "SecurityKey") return "invalidSecurityKey";
    if (member === "CallbackURL") return "invalidCallbackUrl";
    return "invalidRequestData";
  }
  if (issue.code === "invalid_value" || issue.code === "too_small" || issue.code === "too_big") return "outOfLimits";
  return "invalidRequestData";
};
