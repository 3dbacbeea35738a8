import { Pool } from "undici";

/*
 * A client that a careful developer writes by hand for these two screens only: it validates nothing, batches nothing in
 * general and does not distinguish failures. It is the minimum cost of the answers with undici and JSON.parse.
 */

interface Punch {
  readonly EmployeeCode: string;
  readonly EmployeeName: string | null;
  readonly AttendanceLog: string;
  readonly UtcOffset: string;
  readonly Direction: string;
}

interface UserDevice {
  readonly DeviceSN: string;
  readonly DeviceLabel: string;
}

interface Door {
  readonly DoorNo: number;
  readonly DoorLabel: string;
  readonly State: string;
}

interface Range {
  /** `YYYY-MM-DDTHH:mm:ss`, wall-clock time of the devices. */
  readonly from: string;
  /** Exclusive. */
  readonly to: string;
}

const DIRECTIONS: Readonly<Record<string, string>> = {
  CheckIn: "CHECK_IN",
  CheckOut: "CHECK_OUT",
  BreakIn: "BREAK_IN",
  BreakOut: "BREAK_OUT",
  OverTimeIn: "OVERTIME_IN",
  OverTimeOut: "OVERTIME_OUT",
  MealIn: "MEAL_IN",
  MealOut: "MEAL_OUT",
  None: "NONE",
};

const wall = (time: string): string => time.replace("T", " ");

/** The end of the gateway's range is inclusive: its last second. */
const lastSecond = (to: string): string => wall(new Date(Date.parse(`${to}Z`) - 1000).toISOString().slice(0, 19));

const instant = ({ AttendanceLog, UtcOffset }: Punch): string =>
  `${new Date(`${AttendanceLog.replace(" ", "T")}${UtcOffset}`).toISOString().slice(0, 19)}Z`;

/** Calls `read` memoize per key. */
const memoize = <Value>(read: (key: string) => Promise<Value>): ((key: string) => Promise<Value>) => {
  const results = new Map<string, Promise<Value>>();
  return (key) => {
    const known = results.get(key) ?? read(key);
    results.set(key, known);
    return known;
  };
};

export const createHandwritten = ({ url, token }: { readonly url: string; readonly token: string }) => {
  const pool = new Pool(url, { connections: 64, pipelining: 1 });
  const headers = { "auth-token": token };
  const doorless = new Set<string>();

  const get = async <Answer>(operation: string, members: Readonly<Record<string, string>>): Promise<Answer | null> => {
    const path = `/${operation}?${new URLSearchParams(members).toString()}`;
    const { statusCode, body } = await pool.request({ method: "GET", path, headers });
    const answer = (await body.json()) as Answer;
    return statusCode === 200 ? answer : null;
  };

  const punches = async ({ from, to }: Range, paging: Readonly<Record<string, string>>): Promise<readonly Punch[]> => {
    const range = { FromDate: wall(from), ToDate: lastSecond(to) };
    const answer = await get<{ AttendanceLogs: readonly Punch[] }>("GetAttendanceByDate", { ...range, ...paging });
    if (answer === null) throw new Error("GetAttendanceByDate must be answered 200.");
    return answer.AttendanceLogs;
  };

  const devicesOf = async (EmployeeCode: string): Promise<readonly UserDevice[]> => {
    const answer = await get<{ Devices: readonly UserDevice[] }>("ListUserDevices", { EmployeeCode });
    return (answer?.Devices ?? []).toSorted((a, b) => (a.DeviceSN < b.DeviceSN ? -1 : 1));
  };

  const doorsOf = async (DeviceSN: string) => {
    if (doorless.has(DeviceSN)) return [];
    const answer = await get<{ Doors: readonly Door[] }>("GetDoorStatus", { DeviceSN });
    if (answer === null) doorless.add(DeviceSN);
    return (answer?.Doors ?? []).map(({ DoorNo, DoorLabel, State }) => ({
      number: DoorNo,
      name: DoorLabel,
      state: State.toUpperCase(),
    }));
  };

  return {
    /** The newest punches, the devices of their users and the doors of those devices. */
    async newest(range: Range) {
      const doors = memoize(doorsOf);
      const devices = memoize(async (code) => {
        const found = await devicesOf(code);
        return Promise.all(
          found.map(async ({ DeviceSN, DeviceLabel }) => ({
            serialNumber: DeviceSN,
            name: DeviceLabel,
            doors: await doors(DeviceSN),
          })),
        );
      });
      const rows = await punches(range, { Sort: "Desc", Limit: "20" });
      const nodes = await Promise.all(
        rows.map(async ({ EmployeeCode, EmployeeName, AttendanceLog }) => ({
          localTime: AttendanceLog.replace(" ", "T"),
          user: { employeeCode: EmployeeCode, name: EmployeeName, devices: { nodes: await devices(EmployeeCode) } },
        })),
      );
      return { punches: { nodes } };
    },

    /** Five hundred punches with the names of their users. */
    async day(range: Range) {
      const rows = await punches(range, { Sort: "Asc", Limit: "500" });
      const nodes = rows.map((punch) => ({
        at: instant(punch),
        localTime: punch.AttendanceLog.replace(" ", "T"),
        direction: DIRECTIONS[punch.Direction],
        user: { employeeCode: punch.EmployeeCode, name: punch.EmployeeName },
      }));
      return { punches: { nodes } };
    },
  };
};
