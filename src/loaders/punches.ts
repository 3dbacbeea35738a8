import DataLoader from "dataloader";
import type { Punch } from "../contract/attendance.ts";
import type { Rows } from "../contract/codec.ts";
import type { Input } from "../contract/operations.ts";
import { GatewayError } from "../gateway/errors.ts";
import { type GatewayCall, nullIfNotFound, MAX_PAGE_SIZE, settleAll } from "./call.ts";
import { everyPage, pageFrom } from "./pages.ts";

export interface PunchPage {
  readonly AttendanceLogs: Rows<Punch>;
  readonly OffSet: string | null;
  readonly ActualRowCount: number | null;
  readonly ReturnRowCount: number | null;
}

type Query = Input<"GetAttendanceByEmployee">;

/** Below, a person each costs no more than a look at everyone's. */
const WORTH_A_LOOK = 3;

/**
 * The first page of people's punches; null for whom the gateway does not know. Several people with the same period:
 * everyone's punches of it, as long as these are fewer pages than people; a page then holds all of a person's punches.
 */
export const createPunchesLoader = (call: GatewayCall) =>
  new DataLoader<Query, PunchPage | null, string>(
    async (queries) => {
      const groups = Map.groupBy(queries, periodOf);
      const shared = new Map(
        [...groups].map(([period, members]) => [
          period,
          members.length < WORTH_A_LOOK ? undefined : readEveryone(call, members),
        ]),
      );
      return settleAll(
        queries.map(async (query) => {
          const byCode = await shared.get(periodOf(query));
          const own = byCode && (byCode.get(query.EmployeeCode) ?? []);
          if (own !== undefined && own.length <= MAX_PAGE_SIZE) return pageOf(own);
          return nullIfNotFound(call("GetAttendanceByEmployee", query));
        }),
      );
    },
    { cacheKeyFn: (query) => JSON.stringify(query) },
  );

const periodOf = ({ FromDate, ToDate, Sort }: Query): string => `${FromDate} ${ToDate} ${Sort}`;

const pageOf = (punches: readonly Punch[]): PunchPage => ({
  AttendanceLogs: Object.assign([...punches], { rejected: 0 }),
  OffSet: null,
  ActualRowCount: punches.length,
  ReturnRowCount: punches.length,
});

/** Punches by person, in the order asked for; undefined where that takes too many calls, or a row cannot be read: it may be anybody's. */
const readEveryone = async (
  call: GatewayCall,
  queries: readonly Query[],
): Promise<ReadonlyMap<string, readonly Punch[]> | undefined> => {
  const [{ EmployeeCode: _, Limit: __, ...period } = { EmployeeCode: "", FromDate: "", ToDate: "" }] = queries;
  const punches: Punch[] = [];
  try {
    for await (const { AttendanceLogs, ActualRowCount } of everyPage((OffSet) =>
      call("GetAttendanceByDate", { ...period, Limit: MAX_PAGE_SIZE, ...pageFrom(OffSet) }),
    )) {
      const pages = Math.ceil((ActualRowCount ?? Number.POSITIVE_INFINITY) / MAX_PAGE_SIZE);
      if (AttendanceLogs.rejected > 0 || pages >= queries.length) return undefined;
      punches.push(...AttendanceLogs);
    }
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return undefined;
  }
  return Map.groupBy(punches, (punch) => punch.EmployeeCode);
};
