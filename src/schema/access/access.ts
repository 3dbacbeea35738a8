import type { AccessEvent, Door as DoorRecord } from "../../contract/access.ts";
import type { Input } from "../../contract/operations.ts";
import type { AccessEventType, SortOrder } from "../../contract/vocabulary.ts";
import { dateRange, readPage } from "../kernel/arguments.ts";
import { type Connection, type PageArguments, readConnection } from "../kernel/connection.ts";
import type { Context } from "../kernel/context.ts";
import { requireFound } from "../kernel/facts.ts";
import { omitNullish } from "../kernel/omit-nullish.ts";
import { type DoorSource, doorFromRecord } from "./refs.ts";

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
export const doorsOf = async (DeviceSN: string, withState: boolean, { loaders }: Context): Promise<DoorSource[]> => {
  if (!withState) {
    const info = requireFound(await loaders.info.load(DeviceSN), "Device", DeviceSN);
    if (info.Doors !== null) return info.Doors.map(({ DoorNo, DoorLabel }) => ({ DeviceSN, DoorNo, label: DoorLabel }));
  }
  return requireFound(await loaders.doors.load(DeviceSN), "Device", DeviceSN).map(doorFromRecord);
};

/** One door; null if the gateway does not know the device or the door. */
export const doorOf = async (DeviceSN: string, DoorNo: number, { loaders }: Context): Promise<DoorSource | null> => {
  const door = (await loaders.doors.load(DeviceSN))?.find((each) => each.DoorNo === DoorNo);
  return door === undefined ? null : doorFromRecord(door);
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
