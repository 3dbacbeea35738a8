import type { AccessEvent, Door as DoorRecord } from "../../contract/access.ts";
import type { Input } from "../../contract/operations.ts";
import { everyPage, MAX_PAGE_SIZE, nullIfNotFound, orElse, pageFrom } from "../../loaders/call.ts";
import { isDeviceSN, isLocalDateTime } from "../../contract/scalars.ts";
import { uniqueBy } from "../../contract/unique.ts";
import type { AccessEventType, SortOrder } from "../../contract/vocabulary.ts";
import { dateRange, readPage } from "../kernel/arguments.ts";
import { type Connection, type PageArguments, readConnection } from "../kernel/connection.ts";
import type { Context } from "../kernel/context.ts";
import { requireFound } from "../kernel/facts.ts";
import { globalId, type TimedKey, timedKey } from "../kernel/node.ts";
import { omitNullish } from "../kernel/omit.ts";
import { type DoorSource, doorFromRecord } from "./refs.ts";

/** How long the last report of a device that is offline says how its doors are. */
const CURRENT_MS = 60_000;

/** Whether the report of a door no longer says how the door is: its device cannot be reached, and reported long ago. */
const isOutdated = ({ DeviceSN, DeviceStatus, AsOf }: DoorRecord, context: Context): boolean =>
  (AsOf === null || Date.parse(context.startedAt) - Date.parse(AsOf) > CURRENT_MS) &&
  (DeviceStatus === "Offline" || (DeviceStatus === "Unknown" && context.isOffline(DeviceSN)));

/** The position of a door's leaf; unknown without a sensor, whatever the gateway says. */
export const leafOf = (door: DoorRecord, context: Context): DoorRecord["State"] =>
  door.SensorPresent === false || isOutdated(door, context) ? "Unknown" : door.State;

/** The state of a door's lock. */
export const lockOf = (door: DoorRecord, context: Context): DoorRecord["LockState"] =>
  isOutdated(door, context) ? "Unknown" : door.LockState;

/** Picks a value from a door's state and reads the state if the source has none; one call reads all doors of a device. */
export const doorFact = <Fact>(
  { DeviceSN, DoorNo, record }: DoorSource,
  { loaders }: Context,
  pick: (record: DoorRecord) => Fact,
): Fact | Promise<Fact> =>
  record === undefined
    ? loaders.doors.load(DeviceSN).then((doors) =>
        pick(
          requireFound(
            doors?.find((door) => door.DoorNo === DoorNo),
            "Door",
            `${DeviceSN}/${DoorNo}`,
          ),
        ),
      )
    : pick(record);

/** The doors of a device: with their state from GetDoorStatus, or only with number and label from GetDeviceInfo. */
export const doorsOf = async (DeviceSN: string, withState: boolean, context: Context): Promise<DoorSource[]> => {
  const { loaders } = context;
  const readWithState = async () => (await loaders.doors.load(DeviceSN))?.map(doorFromRecord) ?? null;
  if (withState) return requireFound(await readWithState(), "Device", DeviceSN);
  const doors = await orElse(listedDoors(DeviceSN, context), readWithState);
  return doors ?? requireFound(await readWithState(), "Device", DeviceSN);
};

/** The doors in a device's record, without their state; null if the record does not list them. */
const listedDoors = async (DeviceSN: string, { loaders, served }: Context): Promise<DoorSource[] | null> => {
  const { Doors } = requireFound(await loaders.info.load(DeviceSN), "Device", DeviceSN);
  const doors = Doors && uniqueBy(served(Doors), ({ DoorNo }) => DoorNo);
  return doors?.map(({ DoorNo, DoorLabel }) => ({ DeviceSN, DoorNo, label: DoorLabel })) ?? null;
};

/**
 * One door; null if the gateway does not know the device or the door. If its state cannot be read, the record of the device proves
 * that there is such a door.
 */
export const doorOf = async (DeviceSN: string, DoorNo: number, context: Context): Promise<DoorSource | null> => {
  const pick = (doors: readonly DoorSource[] | null | undefined) =>
    doors?.find((door) => door.DoorNo === DoorNo) ?? null;
  const withState = context.loaders.doors.load(DeviceSN).then((doors) => pick(doors?.map(doorFromRecord)));
  return orElse(withState, async () => pick(await listedDoors(DeviceSN, context)));
};

interface AccessEventArguments extends PageArguments {
  readonly from: string;
  readonly to: string;
  readonly kinds?: readonly string[] | null | undefined;
  readonly order: (typeof SortOrder.values)[number];
}

type Filter = Pick<Input<"GetAccessEvents">, "DeviceSN" | "DoorNo" | "EmployeeCode">;
type Kind = (typeof AccessEventType.values)[number];

/** A page of access events at the doors that the filter selects. */
export const accessEvents = async (
  filter: Filter,
  args: AccessEventArguments,
  context: Context,
): Promise<Connection<AccessEvent>> => {
  const input = {
    ...dateRange(args),
    ...filter,
    ...omitNullish({ EventType: args.kinds && ([...args.kinds] as Kind[]) }),
    Sort: args.order,
  };
  return readConnection(args, async (paging) => {
    const { AccessEvents, ...page } = await readPage(context, "GetAccessEvents", { ...input, ...paging }, args);
    return { ...page, rows: AccessEvents };
  });
};

/** Returns the global ID of an access event: the device and the time by which it can be read again, and the gateway's own ID. */
export const accessEventId = ({ DeviceSN, EventTime, EventID }: AccessEvent): string =>
  globalId("AccessEvent", timedKey({ DeviceSN, localTime: EventTime, rest: EventID }));

/** Returns an access event by its key; null if the gateway has no such event. Reads the second in which it happened. */
export const accessEventOf = async (
  { DeviceSN, localTime, rest }: TimedKey,
  { loaders }: Context,
): Promise<AccessEvent | null> => {
  if (!isDeviceSN(DeviceSN) || !isLocalDateTime(localTime)) return null;
  const second = { DeviceSN, FromDate: localTime, ToDate: localTime, Limit: MAX_PAGE_SIZE };
  const pages = everyPage(
    "GetAccessEvents",
    (OffSet) => loaders.callOnce("GetAccessEvents", { ...second, ...pageFrom(OffSet) }),
    ({ AccessEvents }) => AccessEvents,
  );
  const search = async () => {
    for await (const { AccessEvents } of pages) {
      const found = AccessEvents.find(({ EventID }) => EventID === rest);
      if (found !== undefined) return found;
    }
    return null;
  };
  return nullIfNotFound(search());
};
