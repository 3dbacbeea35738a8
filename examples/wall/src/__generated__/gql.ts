/* eslint-disable */
import * as types from './graphql.ts';



/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "\n  query WallViewer { viewer { name scopes } gateway { sandbox } attendanceToday { date } }\n": typeof types.WallViewerDocument,
    "\n  query WallToday {\n    attendanceToday {\n      cursor\n      punches(first: 200) {\n        nodes {\n          id at localTime direction method\n          photo { url }\n          user { id employeeCode name }\n          device { id serialNumber name }\n        }\n      }\n    }\n  }\n": typeof types.WallTodayDocument,
    "\n  subscription WallPunchAdded($after: EventCursor) {\n    punchAdded(after: $after) {\n      cursor gap replayed\n      punch {\n        id at localTime direction method\n        photo { url }\n        user { id employeeCode name }\n        device { id serialNumber name }\n      }\n    }\n  }\n": typeof types.WallPunchAddedDocument,
    "\n  query WallDevices {\n    devices(first: 50) {\n      nodes { id serialNumber name model status lastSeenAt health { queueStatus queueDepth } }\n    }\n  }\n": typeof types.WallDevicesDocument,
    "\n  subscription WallDeviceChanged($after: EventCursor) {\n    deviceStatusChanged(after: $after) {\n      cursor gap replayed status queueStatus queueDepth\n      device { id serialNumber name model lastSeenAt }\n    }\n  }\n": typeof types.WallDeviceChangedDocument,
    "\n  query WallDoors {\n    devices(first: 50) {\n      nodes { id serialNumber name doors { id number name state lock mode alarm } }\n    }\n  }\n": typeof types.WallDoorsDocument,
    "\n  query WallPulse { gateway { latestCursor } }\n": typeof types.WallPulseDocument,
    "\n  mutation WallOpenDoor($input: OpenDoorInput!) {\n    openDoor(input: $input) { command { id status } userErrors { code message } }\n  }\n": typeof types.WallOpenDoorDocument,
    "\n  query WallDay($code: String!, $date: LocalDate!, $from: LocalDateTime!, $to: LocalDateTime!) {\n    user(employeeCode: $code) {\n      id name\n      punches(from: $from, to: $to, first: 100) {\n        nodes { id localTime direction method device { id name } }\n      }\n    }\n    attendanceDays(from: $date, to: $date, employeeCodes: [$code]) {\n      nodes { status workedMinutes breakMinutes firstIn { localTime } lastOut { localTime } }\n    }\n  }\n": typeof types.WallDayDocument,
    "\n  query WallExport($from: LocalDateTime!, $to: LocalDateTime!, $devices: [String!]) {\n    attendanceExport(from: $from, to: $to, serialNumbers: $devices) { url }\n  }\n": typeof types.WallExportDocument,
};
const documents: Documents = {
    "\n  query WallViewer { viewer { name scopes } gateway { sandbox } attendanceToday { date } }\n": types.WallViewerDocument,
    "\n  query WallToday {\n    attendanceToday {\n      cursor\n      punches(first: 200) {\n        nodes {\n          id at localTime direction method\n          photo { url }\n          user { id employeeCode name }\n          device { id serialNumber name }\n        }\n      }\n    }\n  }\n": types.WallTodayDocument,
    "\n  subscription WallPunchAdded($after: EventCursor) {\n    punchAdded(after: $after) {\n      cursor gap replayed\n      punch {\n        id at localTime direction method\n        photo { url }\n        user { id employeeCode name }\n        device { id serialNumber name }\n      }\n    }\n  }\n": types.WallPunchAddedDocument,
    "\n  query WallDevices {\n    devices(first: 50) {\n      nodes { id serialNumber name model status lastSeenAt health { queueStatus queueDepth } }\n    }\n  }\n": types.WallDevicesDocument,
    "\n  subscription WallDeviceChanged($after: EventCursor) {\n    deviceStatusChanged(after: $after) {\n      cursor gap replayed status queueStatus queueDepth\n      device { id serialNumber name model lastSeenAt }\n    }\n  }\n": types.WallDeviceChangedDocument,
    "\n  query WallDoors {\n    devices(first: 50) {\n      nodes { id serialNumber name doors { id number name state lock mode alarm } }\n    }\n  }\n": types.WallDoorsDocument,
    "\n  query WallPulse { gateway { latestCursor } }\n": types.WallPulseDocument,
    "\n  mutation WallOpenDoor($input: OpenDoorInput!) {\n    openDoor(input: $input) { command { id status } userErrors { code message } }\n  }\n": types.WallOpenDoorDocument,
    "\n  query WallDay($code: String!, $date: LocalDate!, $from: LocalDateTime!, $to: LocalDateTime!) {\n    user(employeeCode: $code) {\n      id name\n      punches(from: $from, to: $to, first: 100) {\n        nodes { id localTime direction method device { id name } }\n      }\n    }\n    attendanceDays(from: $date, to: $date, employeeCodes: [$code]) {\n      nodes { status workedMinutes breakMinutes firstIn { localTime } lastOut { localTime } }\n    }\n  }\n": types.WallDayDocument,
    "\n  query WallExport($from: LocalDateTime!, $to: LocalDateTime!, $devices: [String!]) {\n    attendanceExport(from: $from, to: $to, serialNumbers: $devices) { url }\n  }\n": types.WallExportDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query WallViewer { viewer { name scopes } gateway { sandbox } attendanceToday { date } }\n"): typeof import('./graphql.ts').WallViewerDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query WallToday {\n    attendanceToday {\n      cursor\n      punches(first: 200) {\n        nodes {\n          id at localTime direction method\n          photo { url }\n          user { id employeeCode name }\n          device { id serialNumber name }\n        }\n      }\n    }\n  }\n"): typeof import('./graphql.ts').WallTodayDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription WallPunchAdded($after: EventCursor) {\n    punchAdded(after: $after) {\n      cursor gap replayed\n      punch {\n        id at localTime direction method\n        photo { url }\n        user { id employeeCode name }\n        device { id serialNumber name }\n      }\n    }\n  }\n"): typeof import('./graphql.ts').WallPunchAddedDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query WallDevices {\n    devices(first: 50) {\n      nodes { id serialNumber name model status lastSeenAt health { queueStatus queueDepth } }\n    }\n  }\n"): typeof import('./graphql.ts').WallDevicesDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription WallDeviceChanged($after: EventCursor) {\n    deviceStatusChanged(after: $after) {\n      cursor gap replayed status queueStatus queueDepth\n      device { id serialNumber name model lastSeenAt }\n    }\n  }\n"): typeof import('./graphql.ts').WallDeviceChangedDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query WallDoors {\n    devices(first: 50) {\n      nodes { id serialNumber name doors { id number name state lock mode alarm } }\n    }\n  }\n"): typeof import('./graphql.ts').WallDoorsDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query WallPulse { gateway { latestCursor } }\n"): typeof import('./graphql.ts').WallPulseDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation WallOpenDoor($input: OpenDoorInput!) {\n    openDoor(input: $input) { command { id status } userErrors { code message } }\n  }\n"): typeof import('./graphql.ts').WallOpenDoorDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query WallDay($code: String!, $date: LocalDate!, $from: LocalDateTime!, $to: LocalDateTime!) {\n    user(employeeCode: $code) {\n      id name\n      punches(from: $from, to: $to, first: 100) {\n        nodes { id localTime direction method device { id name } }\n      }\n    }\n    attendanceDays(from: $date, to: $date, employeeCodes: [$code]) {\n      nodes { status workedMinutes breakMinutes firstIn { localTime } lastOut { localTime } }\n    }\n  }\n"): typeof import('./graphql.ts').WallDayDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query WallExport($from: LocalDateTime!, $to: LocalDateTime!, $devices: [String!]) {\n    attendanceExport(from: $from, to: $to, serialNumbers: $devices) { url }\n  }\n"): typeof import('./graphql.ts').WallExportDocument;


export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}
