import { Pool } from "undici";

/*
 * The gateway as a careful developer reads it by hand: nothing is validated, retried or limited. The hand-written client and
 * the peers share it, so that they differ only in what lies between the gateway and the frontend.
 */

export interface PunchRow {
  readonly EmployeeCode: string;
  readonly EmployeeName: string | null;
  readonly AttendanceLog: string;
  readonly UtcOffset: string;
  readonly Direction: string;
}

export interface UserDeviceRow {
  readonly DeviceSN: string;
  readonly DeviceLabel: string;
}

interface DoorRow {
  readonly DoorNo: number;
  readonly DoorLabel: string;
  readonly State: string;
}

export interface DeviceRow {
  readonly DeviceSN: string;
  readonly DeviceLabel: string;
  readonly Status: string;
}

interface HealthRow {
  readonly Status: string;
  readonly QueueDepth: number;
  readonly QueueStatus: string;
  readonly ClockDriftSeconds: number;
}

export interface Range {
  /** `YYYY-MM-DDTHH:mm:ss`, wall-clock time of the devices. */
  readonly from: string;
  /** Exclusive. */
  readonly to: string;
}

export interface Page {
  readonly order: "ASC" | "DESC";
  readonly first: number;
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
  None: "UNCLASSIFIED",
};

const wall = (time: string): string => time.replace("T", " ");

/** The end of the gateway's range is inclusive: its last second. */
const lastSecond = (to: string): string => wall(new Date(Date.parse(`${to}Z`) - 1000).toISOString().slice(0, 19));

export const localTime = ({ AttendanceLog }: PunchRow): string => AttendanceLog.replace(" ", "T");

export const instant = ({ AttendanceLog, UtcOffset }: PunchRow): string =>
  `${new Date(`${AttendanceLog.replace(" ", "T")}${UtcOffset}`).toISOString().slice(0, 19)}Z`;

export const direction = ({ Direction }: PunchRow): string | undefined => DIRECTIONS[Direction];

export const createGatewayClient = ({ url, token }: { readonly url: string; readonly token: string }) => {
  const pool = new Pool(url, { connections: 64, pipelining: 1 });
  const headers = { "auth-token": token };
  const doorless = new Set<string>();

  const get = async <Answer>(operation: string, members: Readonly<Record<string, string>>): Promise<Answer | null> => {
    const path = `/${operation}?${new URLSearchParams(members).toString()}`;
    const { statusCode, body } = await pool.request({ method: "GET", path, headers });
    const answer = (await body.json()) as Answer;
    return statusCode === 200 ? answer : null;
  };

  return {
    async punches({ from, to }: Range, { order, first }: Page): Promise<readonly PunchRow[]> {
      const answer = await get<{ AttendanceLogs: readonly PunchRow[] }>("GetAttendanceByDate", {
        FromDate: wall(from),
        ToDate: lastSecond(to),
        Sort: order === "ASC" ? "Asc" : "Desc",
        Limit: String(first),
      });
      if (answer === null) throw new Error("GetAttendanceByDate must be answered 200.");
      return answer.AttendanceLogs;
    },

    async devicesOf(EmployeeCode: string): Promise<readonly UserDeviceRow[]> {
      const answer = await get<{ Devices: readonly UserDeviceRow[] }>("ListUserDevices", { EmployeeCode });
      return (answer?.Devices ?? []).toSorted((a, b) => (a.DeviceSN < b.DeviceSN ? -1 : 1));
    },

    async doorsOf(DeviceSN: string) {
      if (doorless.has(DeviceSN)) return [];
      const answer = await get<{ Doors: readonly DoorRow[] }>("GetDoorStatus", { DeviceSN });
      if (answer === null) doorless.add(DeviceSN);
      return (answer?.Doors ?? []).map(({ DoorNo, DoorLabel, State }) => ({
        number: DoorNo,
        name: DoorLabel,
        state: State.toUpperCase(),
      }));
    },

    async device(serialNumber: string): Promise<DeviceRow | null> {
      const answer = await get<{ Device: DeviceRow }>("GetDeviceInfo", { DeviceSN: serialNumber });
      return answer?.Device ?? null;
    },

    async healthOf(DeviceSN: string) {
      const answer = await get<{ Health: readonly HealthRow[] }>("CheckDeviceHealth", { DeviceSN });
      const [health] = answer?.Health ?? [];
      return health === undefined
        ? null
        : {
            status: health.Status.toUpperCase(),
            queueDepth: health.QueueDepth,
            queueStatus: health.QueueStatus.toUpperCase(),
            clockDriftSeconds: health.ClockDriftSeconds,
          };
    },
  };
};

export type GatewayClient = ReturnType<typeof createGatewayClient>;
