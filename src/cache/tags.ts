import type { Command } from "../contract/envelope.ts";
import type { EventName } from "../contract/events.ts";
import { type Input, OPERATIONS, type OperationName, type Output } from "../contract/operations.ts";
import { withoutPadding } from "../contract/padding.ts";
import { applyTable, type EventTable, type NewEvent } from "../events/event.ts";

/**
 * What an answer depends on, and what a change concerns: the change drops every answer that has one of its tags. The groups
 * stand for all answers of one kind.
 */
export type Tag = string;

const GROUPS = { devices: "devices", people: "people", enrolled: "enrolled", days: "days", health: "health" } as const;
/** A gateway may find a device or a person by a name in another case than the one that it reports, and may report it padded. */
const comparable = (name: string): string => withoutPadding(name).toLowerCase();
const deviceTag = (DeviceSN: string): Tag => `device ${comparable(DeviceSN)}`;
const personTag = (EmployeeCode: string): Tag => `person ${comparable(EmployeeCode)}`;
const enrolledTag = (DeviceSN: string): Tag => `enrolled ${comparable(DeviceSN)}`;
const dayTag = (date: string): Tag => `day ${date}`;

/** Which answers of an operation may be kept. */
interface Rule<Name extends OperationName> {
  /** Returns the tags that the input determines; null if the answer is not kept. `over` is the last day that is over. */
  readonly ofInput: (input: Input<Name>, over: string) => readonly Tag[] | null;
  /** Returns the tags that only the answer determines. */
  readonly ofAnswer?: (answer: Output<Name>) => readonly Tag[];
}

/** A longer period changes too often, and has too many tags. */
const MAX_DAYS = 31;
const DAY_MS = 86_400_000;

interface Period {
  readonly FromDate: string;
  readonly ToDate: string;
}

/** The days of a period that is over, and one day on either side: a working day may begin before midnight and end after it. */
const daysOver = ({ FromDate, ToDate }: Period, over: string): readonly Tag[] | null => {
  const [from, to] = [FromDate.slice(0, 10), ToDate.slice(0, 10)];
  const [first, last] = [Date.parse(from), Date.parse(to)];
  if (to > over || Number.isNaN(first) || last - first > MAX_DAYS * DAY_MS) return null;
  const tags: Tag[] = [GROUPS.days];
  for (let day = first - DAY_MS; day <= last + DAY_MS; day += DAY_MS) {
    tags.push(dayTag(new Date(day).toISOString().slice(0, 10)));
  }
  return tags;
};

/** Doors, health, pings, commands, photos, exports and the present day are not in the table: they are never kept. */
const RULES: { readonly [Name in OperationName]?: Rule<Name> } = {
  ListDevices: {
    ofInput: () => [GROUPS.devices],
    ofAnswer: ({ Devices }) => Devices.map(({ DeviceSN }) => deviceTag(DeviceSN)),
  },
  GetDeviceInfo: { ofInput: ({ DeviceSN }) => [GROUPS.devices, deviceTag(DeviceSN)] },
  FindUser: {
    ofInput: ({ EmployeeCode, IncludeCredentials }) =>
      IncludeCredentials === true ? null : [GROUPS.people, personTag(EmployeeCode)],
  },
  ListUserDevices: { ofInput: ({ EmployeeCode }) => [GROUPS.people, personTag(EmployeeCode)] },
  ListUsers: { ofInput: ({ DeviceSN }) => [GROUPS.enrolled, enrolledTag(DeviceSN)] },
  GetAttendanceByDate: { ofInput: daysOver },
  GetAttendanceByEmployee: { ofInput: daysOver },
  GetAttendanceByDevice: { ofInput: daysOver },
  GetAttendanceSummary: { ofInput: daysOver },
  GetFirstInLastOut: { ofInput: daysOver },
};

/** Which answers of an operation may be kept; undefined if none may. */
export const ruleOf = <Name extends OperationName>(name: Name): Rule<Name> | undefined => RULES[name];

/** A day ends last at the offset -12:00; the rest is for working days that end after midnight. */
const OVER_AFTER_MS = 60 * 3_600_000;

/** Returns the last day that is over on every clock, as YYYY-MM-DD. */
export const lastDayOver = (now: number): string => new Date(now - OVER_AFTER_MS).toISOString().slice(0, 10);

/** Whether a change concerns the health of devices, which is kept for the pages of one walk alone. */
export const isAboutHealth = (tags: readonly Tag[]): boolean => tags.includes(GROUPS.health);

/** A person on a device has changed: the person, the list of the device and its counters, and the names in rows of punches. */
const enrollmentTags = (person: Tag, DeviceSN: string): readonly Tag[] => [
  person,
  enrolledTag(DeviceSN),
  deviceTag(DeviceSN),
  GROUPS.days,
  GROUPS.health,
];

/** What each event says has changed. */
const CHANGED_BY: EventTable<readonly Tag[]> = {
  "attendance.new": ({ AttendanceLog }, DeviceSN) => [deviceTag(DeviceSN), dayTag(AttendanceLog.slice(0, 10))],
  // A list of the devices in one state gets a device that it did not have.
  "device.status": () => [GROUPS.devices, GROUPS.health],
  "enrollment.update": ({ EmployeeCode }, DeviceSN) => enrollmentTags(personTag(EmployeeCode), DeviceSN),
};

const EVERYTHING: readonly Tag[] = Object.values(GROUPS);

/** Returns what an event says has changed: everything, if this version does not know what it says. */
export const tagsOfEvent = (event: NewEvent): readonly Tag[] => applyTable(CHANGED_BY, event) ?? EVERYTHING;

/** What an event of each kind may change, whatever it says. */
const MAY_CHANGE: { readonly [Name in EventName]: readonly Tag[] } = {
  "attendance.new": [GROUPS.devices, GROUPS.days],
  "device.status": [GROUPS.devices, GROUPS.health],
  "enrollment.update": EVERYTHING,
};

/** Returns what an event may have changed that cannot be read: everything, if its kind is not known. */
export const tagsOfUnreadable = (kind: EventName | undefined): readonly Tag[] =>
  kind === undefined ? EVERYTHING : MAY_CHANGE[kind];

/** What the cache has to know of a command that has ended. */
export interface EndedCommand extends Pick<Command, "Operation" | "EmployeeCode"> {
  readonly CommandID: string;
  readonly DeviceSN: string;
}

/** Operations of other groups that change people: their schedules, and what waits for them on a device. */
const ALSO_ABOUT_PEOPLE: ReadonlySet<string> = new Set<OperationName>(["SetAccessSchedule", "ResetDeviceQueue"]);

const groupOf = (operation: string): string | undefined =>
  (OPERATIONS as Partial<Record<string, { readonly group: string }>>)[operation]?.group;

const isAboutPeople = (operation: string): boolean =>
  groupOf(operation) === "users" || ALSO_ABOUT_PEOPLE.has(operation);

/** Returns what a command that has ended has changed: a person, or any number of people, or the device alone. */
export const tagsOfCommand = ({ Operation, DeviceSN, EmployeeCode }: EndedCommand): readonly Tag[] => {
  if (EmployeeCode !== null) return enrollmentTags(personTag(EmployeeCode), DeviceSN);
  return isAboutPeople(Operation) ? enrollmentTags(GROUPS.people, DeviceSN) : [deviceTag(DeviceSN), GROUPS.health];
};

/** Returns what a write may have changed: queues and counters of devices, and people if it is about people. */
export const tagsOfWrite = <Name extends OperationName>(name: Name, input: Input<Name>): readonly Tag[] => {
  if (groupOf(name) === "realtime") return [];
  if (!isAboutPeople(name)) return [GROUPS.devices, GROUPS.health];
  const person =
    "EmployeeCode" in input && typeof input.EmployeeCode === "string" ? personTag(input.EmployeeCode) : GROUPS.people;
  return [person, GROUPS.enrolled, GROUPS.devices, GROUPS.days, GROUPS.health];
};
