import { withoutPadding } from "./padding.ts";

/** The status codes of the gateway; no other file knows a number. `http` lists the HTTP statuses that a code is sent with. */
const status = <const Table extends Readonly<Record<string, StatusEntry>>>(table: Table): Table => table;

interface StatusEntry {
  readonly code: number;
  readonly status: string;
  readonly http: readonly number[];
}

export const STATUS = status({
  done: { code: 0, status: "done", http: [200] },
  invalidRequestData: { code: 1, status: "API_RESPONSE_INVALID_REQUEST_DATA", http: [400] },
  deviceNotFound: { code: 2, status: "API_RESPONSE_INVALID_SERVICE_TAG_ID", http: [404] },
  invalidOriginIp: { code: 3, status: "API_RESPONSE_INVALID_ORIGIN_IP", http: [403] },
  invalidEncryption: { code: 4, status: "API_RESPONSE_INVALID_ENCRYPTION", http: [400] },
  licenseExpired: { code: 5, status: "API_RESPONSE_INVALID_SUBSCRIPTION", http: [403] },
  invalidOperation: { code: 6, status: "API_RESPONSE_INVALID_OPERATION", http: [400] },
  invalidAuthToken: { code: 7, status: "API_RESPONSE_INVALID_AUTHTOKEN", http: [401] },
  invalidMethod: { code: 8, status: "API_RESPONSE_INVALID_OPERATION_TYPE", http: [400] },
  invalidStartTime: { code: 9, status: "API_RESPONSE_INVALID_START_TIME", http: [400] },
  userNotFound: { code: 10, status: "API_RESPONSE_INVALID_USERID", http: [400, 404] },
  invalidConfiguration: { code: 11, status: "API_RESPONSE_INVALID_API_CONFIGURATION", http: [400] },
  invalidRequestInfo: { code: 12, status: "API_RESPONSE_INVALID_API_REQUEST_INFO", http: [400] },
  invalidSecurityKey: { code: 13, status: "API_RESPONSE_INVALID_SECURITY_KEY", http: [400] },
  outOfLimits: { code: 14, status: "API_RESPONSE_INVALID_OPERATION_DATA", http: [400] },
  invalidTemplate: { code: 15, status: "API_RESPONSE_INVALID_TEMPLATE", http: [400] },
  unreadableBody: { code: 19, status: "API_RESPONSE_INVALID_RAW_DATA", http: [400] },
  versionMismatch: { code: 29, status: "API_RESPONSE_API_VERSION_MISMATCH", http: [400] },
  loadUserNotAllowed: { code: 33, status: "API_RESPONSE_LOAD_USER_NOT_ALLOWED", http: [403] },
  operationNotAllowed: { code: 35, status: "API_RESPONSE_OPERATION_NOT_ALLOWED", http: [403] },
  operationInProgress: { code: 37, status: "API_RESPONSE_OPERATION_IN_PROGRESS", http: [429] },
  loadLogNotAllowed: { code: 38, status: "API_RESPONSE_LOAD_LOG_NOT_ALLOWED", http: [403] },
  deviceOfflineQueued: { code: 60, status: "API_RESPONSE_DEVICE_OFFLINE_QUEUED", http: [409] },
  commandQueued: { code: 61, status: "API_RESPONSE_COMMAND_QUEUED", http: [409] },
  rateLimited: { code: 62, status: "API_RESPONSE_RATE_LIMITED", http: [429] },
  operationIdReused: { code: 63, status: "API_RESPONSE_OPERATION_ID_REUSED", http: [400] },
  photoNotAvailable: { code: 64, status: "API_RESPONSE_PHOTO_NOT_AVAILABLE", http: [404] },
  notSupportedByDevice: { code: 65, status: "API_RESPONSE_NOT_SUPPORTED_BY_DEVICE", http: [200, 400] },
  capacityExceeded: { code: 66, status: "API_RESPONSE_DEVICE_CAPACITY_EXCEEDED", http: [200] },
  commandNotFound: { code: 67, status: "API_RESPONSE_COMMAND_NOT_FOUND", http: [404] },
  invalidDateRange: { code: 68, status: "API_RESPONSE_INVALID_DATE_RANGE", http: [400] },
  commandExpired: { code: 70, status: "API_RESPONSE_COMMAND_EXPIRED", http: [200] },
  commandCancelled: { code: 71, status: "API_RESPONSE_COMMAND_CANCELLED", http: [200] },
  rejectedByDevice: { code: 72, status: "API_RESPONSE_REJECTED_BY_DEVICE", http: [200] },
  deviceTimeout: { code: 73, status: "API_RESPONSE_DEVICE_TIMEOUT", http: [200] },
  invalidCallbackUrl: { code: 74, status: "API_RESPONSE_INVALID_CALLBACK_URL", http: [400] },
  unknownError: { code: 999, status: "API_RESPONSE_UNKNOWN_ERROR", http: [500] },
});

export type StatusName = keyof typeof STATUS;

const byCode = new Map<number, StatusName>(
  Object.entries(STATUS).map(([name, entry]) => [entry.code, name as StatusName]),
);

const byText = new Map<string, StatusName>(
  Object.entries(STATUS).map(([name, entry]) => [entry.status.toLowerCase(), name as StatusName]),
);

/**
 * Returns the name of a status by its code, or by its text, in any case, if there is no code; undefined if the contract has no such status,
 * or there is neither.
 */
export const statusNameIn = (
  code: number | null | undefined,
  text: string | null | undefined,
): StatusName | undefined => (code == null ? byText.get(withoutPadding(text ?? "").toLowerCase()) : byCode.get(code));
