import DataLoader from "dataloader";
import type { DailySummary, FirstInLastOut } from "../contract/attendance.ts";
import type { Input } from "../contract/operations.ts";
import { totalOf } from "../contract/pages.ts";
import { isEmployeeCode, nameKey } from "../contract/scalars.ts";
import { uniqueBy } from "../contract/unique.ts";
import { GatewayError } from "../gateway/errors.ts";
import { everyPage, type GatewayCall, MAX_PAGE_SIZE, pageFrom, readAllowed, settleAll } from "./call.ts";

/** A working day; it has hours only if GetAttendanceSummary answered. */
export type Day = FirstInLastOut &
  Partial<Pick<DailySummary, "WorkedMinutes" | "BreakMinutes" | "Hours" | "DayStatus">>;

/** One page of days from either of the two operations. */
export interface DayPage {
  readonly days: readonly Day[];
  readonly ActualRowCount: number | null;
  readonly OffSet: string | null;
  readonly rejected: number;
}

/** What to read: GetAttendanceSummary with `hours`, GetFirstInLastOut without. */
export type DayQuery =
  | ({ readonly hours: true } & Input<"GetAttendanceSummary">)
  | ({ readonly hours: false } & Input<"GetFirstInLastOut">);

/** Reads one page of days with the operation that the query needs. */
export const readDays = async (call: GatewayCall, query: DayQuery): Promise<DayPage> => {
  if (query.hours) {
    const { hours: _, ...input } = query;
    const { Summaries, ...page } = await call("GetAttendanceSummary", input);
    return { ...page, days: Summaries };
  }
  const { hours: _, ...input } = query;
  const { Records, ...page } = await call("GetFirstInLastOut", input);
  return { ...page, days: Records };
};

const everyDayPage = (call: GatewayCall, query: DayQuery) =>
  everyPage(
    query.hours ? "GetAttendanceSummary" : "GetFirstInLastOut",
    (OffSet) => readDays(call, { ...query, ...pageFrom(OffSet) }),
    ({ days }) => days,
  );

/** One person and the days to read. */
export interface UserDaysKey {
  readonly EmployeeCode: string;
  readonly query: DayQuery;
}

/** The days of one person. */
export interface UserDays {
  readonly days: readonly Day[];
  /** The number of all matching days; null if the gateway does not report it. */
  readonly total: number | null;
  /** Whether the gateway has more days than were read. */
  readonly more: boolean;
}

/** The maximum number of people in one call. */
const MAX_PEOPLE = 100;
const DAY_MS = 86_400_000;

const NO_DAYS: UserDays = { days: [], total: 0, more: false };

const isAllowed = ({ EmployeeCode }: UserDaysKey): boolean => isEmployeeCode(EmployeeCode);

/** Days by person and query. Several people with the same query share one series of pages if that takes fewer calls. */
export const createUserDaysLoader = (call: GatewayCall) =>
  new DataLoader<UserDaysKey, UserDays, string>(
    readAllowed(isAllowed, NO_DAYS, async (keys) => {
      const groups = Map.groupBy(keys, ({ query }) => JSON.stringify(query));
      const answers = new Map<string, Promise<UserDays>>();
      for (const group of groups.values()) {
        for (let start = 0; start < group.length; start += MAX_PEOPLE) {
          const chunk = group.slice(start, start + MAX_PEOPLE);
          const merged = readMerged(call, chunk);
          for (const key of chunk) {
            answers.set(
              encode(key),
              merged.then((days) => days?.get(nameKey(key.EmployeeCode)) ?? readOne(call, key)),
            );
          }
        }
      }
      return settleAll(keys.map((key) => answers.get(encode(key)) ?? readOne(call, key)));
    }),
    { cacheKeyFn: encode },
  );

function encode({ EmployeeCode, query }: UserDaysKey): string {
  return `${EmployeeCode} ${JSON.stringify(query)}`;
}

const pagesFor = ({ FromDate, ToDate }: DayQuery, people: number): number => {
  const days = (Date.parse(ToDate) - Date.parse(FromDate)) / DAY_MS + 1;
  return Math.ceil((people * days) / MAX_PAGE_SIZE);
};

const readOne = async (call: GatewayCall, { EmployeeCode, query }: UserDaysKey): Promise<UserDays> => {
  const limit = query.Limit ?? MAX_PAGE_SIZE;
  const days: Day[] = [];
  let total: number | null = null;
  let more = false;
  const ofPerson = { ...query, EmployeeCode: [EmployeeCode] };
  for await (const page of everyDayPage(call, ofPerson)) {
    days.push(...page.days);
    total ??= totalOf(page.ActualRowCount, page.days.length);
    more = (page.OffSet ?? "") !== "";
    if (more && !isInOrder(days)) return readAll(call, ofPerson);
    if (days.length >= limit) break;
  }
  return isInOrder(days) ? { days, total, more } : inOrderOf(days);
};

/** Whether each day is later than the one before. */
const isInOrder = (days: readonly Day[]): boolean =>
  days.every((day, index) => index === 0 || (days[index - 1]?.Date ?? "") < day.Date);

/** All days of a person that there are, each of them once and in the order of their dates. */
const inOrderOf = (days: readonly Day[]): UserDays => {
  const inOrder = uniqueBy(days, ({ Date }) => Date).toSorted((a, b) => (a.Date < b.Date ? -1 : 1));
  return { days: inOrder, total: inOrder.length, more: false };
};

/** Reads all days of a person: the first page of a gateway that lists them in another order need not have the first days. */
const readAll = async (call: GatewayCall, query: DayQuery): Promise<UserDays> => {
  const days: Day[] = [];
  for await (const page of everyDayPage(call, { ...query, Limit: MAX_PAGE_SIZE })) days.push(...page.days);
  return inOrderOf(days);
};

/**
 * Returns undefined if this takes as many calls as there are people, or if the gateway does not know one of them: it then rejects the
 * whole call.
 */
const readMerged = async (
  call: GatewayCall,
  keys: readonly UserDaysKey[],
): Promise<ReadonlyMap<string, UserDays> | undefined> => {
  const [first] = keys;
  if (first === undefined || keys.length === 1 || pagesFor(first.query, keys.length) >= keys.length) return undefined;
  const codes = new Map(keys.map(({ EmployeeCode }) => [nameKey(EmployeeCode), EmployeeCode]));
  const byCode = new Map<string, Day[]>([...codes.keys()].map((code) => [code, []]));
  const { Limit: _, ...query } = first.query;
  try {
    const pages = everyDayPage(call, { ...query, EmployeeCode: [...codes.values()], Limit: MAX_PAGE_SIZE });
    for await (const page of pages) {
      for (const day of page.days) byCode.get(nameKey(day.EmployeeCode))?.push(day);
    }
  } catch (error) {
    if (error instanceof GatewayError && error.code === "UPSTREAM_NOT_FOUND") return undefined;
    throw error;
  }
  return new Map([...byCode].map(([code, days]) => [code, inOrderOf(days)]));
};
