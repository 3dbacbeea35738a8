import DataLoader from "dataloader";
import type { Punch } from "../contract/attendance.ts";
import type { Input } from "../contract/operations.ts";
import { isEmployeeCode, nameKey } from "../contract/scalars.ts";
import { GatewayError } from "../gateway/errors.ts";
import {
  everyPage,
  type GatewayCall,
  MAX_PAGE_SIZE,
  nullIfNotFound,
  pageFrom,
  pagesLeft,
  readAllowed,
  settleAll,
} from "./call.ts";

/** The first page of one person's punches. */
export interface PunchPage {
  readonly AttendanceLogs: readonly Punch[];
  readonly OffSet: string | null;
  readonly ActualRowCount: number | null;
  readonly rejected: number;
}

type Query = Input<"GetAttendanceByEmployee">;

/** The number of other reads from which one read of everyone's punches can be cheaper. */
const MIN_READS_TO_MERGE = 3;

/**
 * The first page of a person's punches; null if the gateway does not know the person. Several people with the same period
 * share a read of everyone's punches if that takes fewer pages than people; a page then holds all punches of its person.
 */
export const createPunchesLoader = (call: GatewayCall, probe: GatewayCall) =>
  new DataLoader<Query, PunchPage | null, string>(
    readAllowed(isAllowed, null, async (queries) => {
      const groups = Map.groupBy(queries, periodOf);
      const shared = new Map(
        [...groups].map(([name, [first, ...others]]) => [
          name,
          first && readEveryone(probe, periodIn(first), 1 + others.length),
        ]),
      );
      return settleAll(
        queries.map(async (query) => {
          const byCode = await shared.get(periodOf(query));
          const punches = byCode && (byCode.get(nameKey(query.EmployeeCode)) ?? []);
          if (punches !== undefined && punches.length <= MAX_PAGE_SIZE) return pageOf(punches);
          return nullIfNotFound(call("GetAttendanceByEmployee", query));
        }),
      );
    }),
    { cacheKeyFn: (query) => JSON.stringify(query) },
  );

const isAllowed = ({ EmployeeCode }: Query): boolean => isEmployeeCode(EmployeeCode);

const periodOf = ({ FromDate, ToDate, Sort }: Query): string => `${FromDate} ${ToDate} ${Sort}`;

const periodIn = ({ FromDate, ToDate, Sort }: Query) => ({ FromDate, ToDate, Sort });

const pageOf = (punches: readonly Punch[]): PunchPage => ({
  AttendanceLogs: punches,
  OffSet: null,
  ActualRowCount: punches.length,
  rejected: 0,
});

/**
 * Reads everyone's punches of a period, by the `nameKey` of the person and in the requested order. Returns undefined if that does not
 * take fewer calls than the `others` that it replaces, or if a row is unreadable: it may be anybody's.
 */
export const readEveryone = async (
  probe: GatewayCall,
  period: Pick<Query, "FromDate" | "ToDate" | "Sort">,
  others: number,
): Promise<ReadonlyMap<string, readonly Punch[]> | undefined> => {
  if (others < MIN_READS_TO_MERGE) return undefined;
  const punches: Punch[] = [];
  try {
    const everyones = everyPage(
      "GetAttendanceByDate",
      (OffSet) => probe("GetAttendanceByDate", { ...period, Limit: MAX_PAGE_SIZE, ...pageFrom(OffSet) }),
      (page) => page.AttendanceLogs,
    );
    for await (const page of everyones) {
      const { AttendanceLogs } = page;
      if (AttendanceLogs.rejected > 0 || pagesLeft(page, 0) >= others) return undefined;
      punches.push(...AttendanceLogs);
    }
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return undefined;
  }
  return Map.groupBy(punches, (punch) => nameKey(punch.EmployeeCode));
};
