import { OPERATIONS, type OperationName } from "../../src/contract/operations.ts";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import {
  GATE,
  NO_PUNCHES,
  NO_USERS,
  NOTHING_ALLOWED,
  OFFLINE,
  SIDE,
  UNKNOWN,
  UNLICENSED,
  type Wish,
} from "./target.ts";

type Members = Readonly<Record<string, unknown>>;

export interface Case {
  readonly operation: OperationName;
  /** Continues the sentence `<operation> …`. */
  readonly fact: string;
  readonly members: Members;
  readonly http: number;
  readonly code: number;
  readonly field?: string;
  readonly wish?: Wish | ((sandbox: Sandbox) => Wish);
  /** Sent before, and has to be answered before. */
  readonly before?: Members;
  /** Needs what the sandbox's world holds. */
  readonly needsWorld?: boolean;
}

const samples = (operation: OperationName): Members => OPERATIONS[operation].sample;

/** Accepted requests; they leave behind what the cases after them need. */
const ACCEPTED: Partial<Record<OperationName, Members>> = {
  ExportAttendance: { FromDate: "2026-06-20", ToDate: "2026-06-21", Format: "json" },
  AddUser: { ...samples("AddUser"), Templates: [{ Type: "Card", Data: "0012345678" }] },
  UpdateUser: { DeviceSN: GATE, EmployeeCode: "1042", UserType: "Admin", ValidTo: null },
  DeleteUser: { DeviceSN: SIDE, EmployeeCode: "1003" },
  FindUser: { EmployeeCode: "1042", IncludeCredentials: true },
  CopyUsers: { ...samples("CopyUsers"), EmployeeCodes: ["1042"], Wait: 25 },
  LockDoor: { DeviceSN: GATE, Mode: "Lock" },
  RebootDevice: { DeviceSN: SIDE, Wait: 25 },
  RegisterCallback: { CallbackURL: "http://127.0.0.1:9/hooks", Active: false },
  SyncDeviceTime: { DeviceSN: GATE },
};

export const acceptedBy = (operation: OperationName): Members => ACCEPTED[operation] ?? samples(operation);

/** How the operation names a device; those left out name none. */
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

const NAMES_NONE: ReadonlySet<OperationName> = new Set([
  "GetAttendanceByDate",
  "GetAttendanceByEmployee",
  "GetAttendanceSummary",
  "GetFirstInLastOut",
  "ListUserDevices",
  "ListDevices",
  "GetCommandStatus",
]);

export const namesDevice = (operation: OperationName): boolean => !NAMES_NONE.has(operation);

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

const deviceCases = (operation: OperationName): Case[] => {
  const [denied, code] = denial(operation);
  const field = deviceField(operation);
  return [
    {
      operation,
      fact: "does not find a device of another account",
      members: withDevice(operation, UNKNOWN),
      http: 404,
      code: 2,
      field,
    },
    {
      operation,
      fact: "refuses a serial number that is none",
      members: withDevice(operation, "no good!"),
      http: 400,
      code: 1,
      field,
    },
    {
      operation,
      fact: "refuses the token of another device",
      members: withDevice(operation, GATE === denied ? SIDE : denied),
      wish: (sandbox) => ({ token: sandbox.deviceTokens.get(OFFLINE) ?? "" }),
      needsWorld: true,
      http: 401,
      code: 7,
      field: "AuthToken",
    },
    {
      operation,
      fact: "is refused where the plan leaves it out",
      members: withDevice(operation, denied),
      http: 403,
      code,
      needsWorld: true,
    },
  ];
};

const commandCases = (operation: OperationName): Case[] => {
  const OperationID = `once-${operation}`;
  const online = withDevice(operation, operation === "CopyUsers" ? SIDE : GATE);
  return [
    {
      operation,
      fact: "is queued for a device that is offline",
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
      fact: "refuses an OperationID used for something else",
      before: { ...online, OperationID, Wait: 0 },
      members: { ...online, OperationID, Wait: 1 },
      http: 400,
      code: 63,
      field: "OperationID",
    },
  ];
};

const postCases = (operation: OperationName): Case[] => [
  {
    operation,
    fact: "refuses a body that is not JSON",
    members: {},
    wish: { body: '{"DeviceSN": ' },
    http: 400,
    code: 19,
  },
  {
    operation,
    fact: "refuses a content type of another kind",
    members: acceptedBy(operation),
    wish: { contentType: "text/plain" },
    http: 400,
    code: 12,
  },
  {
    operation,
    fact: "refuses a body of more than 4 MiB",
    members: {},
    wish: { body: JSON.stringify({ filler: "x".repeat(4 * 1024 * 1024) }) },
    http: 400,
    code: 14,
  },
  {
    operation,
    fact: "refuses an OperationID that is none",
    members: { ...acceptedBy(operation), OperationID: "short" },
    http: 400,
    code: 1,
    field: "OperationID",
  },
];

const commonCases = (operation: OperationName): Case[] => {
  const members = acceptedBy(operation);
  const method = OPERATIONS[operation].method === "GET" ? "POST" : "GET";
  return [
    { operation, fact: "needs a token", members, wish: { token: null }, http: 401, code: 7, field: "AuthToken" },
    {
      operation,
      fact: "refuses an unknown token",
      members,
      wish: { token: "NoSuchToken0123456789abcdefghijk" },
      http: 401,
      code: 7,
      field: "AuthToken",
    },
    {
      operation,
      fact: "refuses two different tokens",
      members,
      wish: { query: { AuthToken: "NoSuchToken0123456789abcdefghijk" } },
      http: 400,
      code: 1,
      field: "AuthToken",
    },
    { operation, fact: `refuses ${method}`, members, wish: { method }, http: 400, code: 8 },
  ];
};

const isCommand = (operation: OperationName): boolean => OPERATIONS[operation].mode === "command";

/** What every operation of its kind refuses. */
export const casesOf = (operation: OperationName): readonly Case[] => [
  ...commonCases(operation),
  ...(OPERATIONS[operation].method === "POST" ? postCases(operation) : []),
  ...(namesDevice(operation) ? deviceCases(operation) : []),
  ...(isCommand(operation) ? commandCases(operation) : []),
];
