import { OPERATIONS, type OperationName } from "../contract/operations.ts";
import {
  GATE,
  NO_PUNCHES,
  NO_USERS,
  NOTHING_ALLOWED,
  OFFLINE,
  SIDE,
  UNKNOWN,
  UNLICENSED,
  type ConformanceTarget,
  type RequestOverrides,
} from "./target.ts";

type Members = Readonly<Record<string, unknown>>;

/** A request that a gateway refuses, and how. */
export interface ConformanceCase {
  readonly operation: OperationName;
  /** Continues the sentence `<operation> …` of the title. */
  readonly fact: string;
  readonly members: Members;
  readonly http: number;
  readonly code: number;
  readonly field?: string;
  readonly overrides?: RequestOverrides | ((target: ConformanceTarget) => RequestOverrides);
  /** A request that is sent and answered first. */
  readonly before?: Members;
  /** Whether the case needs the sandbox's world. */
  readonly needsSandbox?: boolean;
}

const sampleOf = (operation: OperationName): Members => OPERATIONS[operation].sample;

/** Accepted requests. Later cases depend on their effects. */
const ACCEPTED: Partial<Record<OperationName, Members>> = {
  ExportAttendance: { FromDate: "2026-06-20", ToDate: "2026-06-21", Format: "json" },
  AddUser: { ...sampleOf("AddUser"), Templates: [{ Type: "Card", Data: "0012345678" }] },
  UpdateUser: { DeviceSN: GATE, EmployeeCode: "1042", UserType: "Admin", ValidTo: null },
  DeleteUser: { DeviceSN: SIDE, EmployeeCode: "1003" },
  FindUser: { EmployeeCode: "1042", IncludeCredentials: true },
  CopyUsers: { ...sampleOf("CopyUsers"), EmployeeCodes: ["1042"], Wait: 25 },
  LockDoor: { DeviceSN: GATE, Mode: "Lock" },
  RebootDevice: { DeviceSN: SIDE, Wait: 25 },
  RegisterCallback: { CallbackURL: "http://127.0.0.1:9/hooks", Active: false },
  SyncDeviceTime: { DeviceSN: GATE },
};

/** Members with which the operation succeeds. */
export const acceptedBy = (operation: OperationName): Members => ACCEPTED[operation] ?? sampleOf(operation);

/** The members with which an operation names a device, if not `DeviceSN`. */
const NAMES_DEVICE: Partial<Record<OperationName, (DeviceSN: string) => Members>> = {
  GetAttendancePhoto: (DeviceSN) => ({
    PunchID: undefined,
    DeviceSN,
    EmployeeCode: "1042",
    AttendanceLog: "2026-06-21 09:02:14",
  }),
  ExportAttendance: (DeviceSN) => ({ DeviceSN: [DeviceSN] }),
  CopyUsers: (DeviceSN) => ({ TargetDeviceSN: [DeviceSN] }),
  RegisterCallback: (DeviceSN) => ({ DeviceSN: [DeviceSN] }),
};

const WITHOUT_DEVICE: ReadonlySet<OperationName> = new Set([
  "GetAttendanceByDate",
  "GetAttendanceByEmployee",
  "GetAttendanceSummary",
  "GetFirstInLastOut",
  "ListUserDevices",
  "ListDevices",
  "GetCommandStatus",
]);

/** Whether requests of the operation name a device. */
export const namesDevice = (operation: OperationName): boolean => !WITHOUT_DEVICE.has(operation);

const withDevice = (operation: OperationName, DeviceSN: string): Members => {
  const named = NAMES_DEVICE[operation]?.(DeviceSN) ?? { DeviceSN };
  const members = { ...acceptedBy(operation), ...named };
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
};

const deviceField = (operation: OperationName): string => (operation === "CopyUsers" ? "TargetDeviceSN" : "DeviceSN");

const denial = (operation: OperationName): readonly [device: string, code: number] => {
  if (operation === "ListUsers" || operation === "FindUser") return [NO_USERS, 33];
  if (operation === "GetAttendanceByDevice") return [NO_PUNCHES, 38];
  return [NOTHING_ALLOWED, 35];
};

const deviceCases = (operation: OperationName): ConformanceCase[] => {
  const [denied, code] = denial(operation);
  const field = deviceField(operation);
  return [
    {
      operation,
      fact: "does not find a device outside of the account",
      members: withDevice(operation, UNKNOWN),
      http: 404,
      code: 2,
      field,
    },
    {
      operation,
      fact: "refuses an invalid serial number",
      members: withDevice(operation, "no good!"),
      http: 400,
      code: 1,
      field,
    },
    {
      operation,
      fact: "refuses the token of another device",
      members: withDevice(operation, GATE === denied ? SIDE : denied),
      overrides: ({ deviceTokens }) => ({ token: deviceTokens?.get(OFFLINE) ?? "" }),
      needsSandbox: true,
      http: 401,
      code: 7,
      field: "AuthToken",
    },
    {
      operation,
      fact: "is refused if the plan does not include it",
      members: withDevice(operation, denied),
      http: 403,
      code,
      needsSandbox: true,
    },
  ];
};

const commandCases = (operation: OperationName): ConformanceCase[] => {
  const OperationID = `once-${operation}`;
  const online = withDevice(operation, operation === "CopyUsers" ? SIDE : GATE);
  return [
    {
      operation,
      fact: "is queued for an offline device",
      members: withDevice(operation, OFFLINE),
      http: 409,
      code: 60,
    },
    {
      operation,
      fact: "is queued for a device that does not acknowledge within Wait",
      members: { ...online, Wait: 0 },
      http: 409,
      code: 61,
    },
    { operation, fact: "needs a license", members: withDevice(operation, UNLICENSED), http: 403, code: 5 },
    {
      operation,
      fact: "refuses an OperationID that another request used",
      before: { ...online, OperationID, Wait: 0 },
      members: { ...online, OperationID, Wait: 1 },
      http: 400,
      code: 63,
      field: "OperationID",
    },
  ];
};

const postCases = (operation: OperationName): ConformanceCase[] => [
  {
    operation,
    fact: "refuses a body that is not JSON",
    members: {},
    overrides: { body: '{"DeviceSN": ' },
    http: 400,
    code: 19,
  },
  {
    operation,
    fact: "refuses another content type",
    members: acceptedBy(operation),
    overrides: { contentType: "text/plain" },
    http: 400,
    code: 12,
  },
  {
    operation,
    fact: "refuses a body of more than 4 MiB",
    members: {},
    overrides: { body: JSON.stringify({ filler: "x".repeat(4 * 1024 * 1024) }) },
    http: 400,
    code: 14,
  },
  {
    operation,
    fact: "refuses an invalid OperationID",
    members: { ...acceptedBy(operation), OperationID: "short" },
    http: 400,
    code: 1,
    field: "OperationID",
  },
];

const commonCases = (operation: OperationName): ConformanceCase[] => {
  const members = acceptedBy(operation);
  const method = OPERATIONS[operation].method === "GET" ? "POST" : "GET";
  return [
    { operation, fact: "needs a token", members, overrides: { token: null }, http: 401, code: 7, field: "AuthToken" },
    {
      operation,
      fact: "refuses an unknown token",
      members,
      overrides: { token: "NoSuchToken0123456789abcdefghijk" },
      http: 401,
      code: 7,
      field: "AuthToken",
    },
    {
      operation,
      fact: "refuses two different tokens",
      members,
      overrides: { query: { AuthToken: "NoSuchToken0123456789abcdefghijk" } },
      http: 400,
      code: 1,
      field: "AuthToken",
    },
    { operation, fact: `refuses ${method}`, members, overrides: { method }, http: 400, code: 8 },
  ];
};

const isCommand = (operation: OperationName): boolean => OPERATIONS[operation].mode === "command";

/** The cases that every operation of a kind has. */
export const casesOf = (operation: OperationName): readonly ConformanceCase[] => [
  ...commonCases(operation),
  ...(OPERATIONS[operation].method === "POST" ? postCases(operation) : []),
  ...(namesDevice(operation) ? deviceCases(operation) : []),
  ...(isCommand(operation) ? commandCases(operation) : []),
];
