import type { GraphQLResolveInfo } from "graphql";
import { validate } from "../../gateway/request.ts";
import { withCallerErrors } from "../kernel/arguments.ts";
import type { Context } from "../kernel/context.ts";
import { devicePunches, deviceUsers, type PunchesArguments } from "./device.ts";
import { argumentsBelow, selectedBelow } from "../kernel/selection.ts";
import type { DeviceSource } from "./refs.ts";

/** What is known of a device without a call. */
const KEYS: ReadonlySet<string> = new Set(["__typename", "id", "serialNumber"]);

/** One device; null when it is not in the account. */
export const oneDevice = async (
  DeviceSN: string,
  args: object,
  context: Context,
  info: GraphQLResolveInfo,
): Promise<DeviceSource | null> => {
  const { loaders } = context;
  const wanted = [...selectedBelow(info)].filter((name) => !KEYS.has(name));
  return withCallerErrors(args, async () => {
    validate("GetDeviceInfo", { DeviceSN });
    if (wanted.length === 1 && (await isProven(DeviceSN, wanted[0] ?? "", context, info))) return { DeviceSN };
    const record = await (wanted.includes("info") ? loaders.info : loaders.device).load(DeviceSN);
    return record === null ? null : { DeviceSN: record.DeviceSN, record };
  });
};

/** Where nothing but one list is asked for, that list proves that the device is there: no other call is needed. */
const isProven = async (
  DeviceSN: string,
  field: string,
  context: Context,
  info: GraphQLResolveInfo,
): Promise<boolean> => {
  const args = argumentsBelow(info, "Device", field);
  try {
    if (field === "users") await deviceUsers(DeviceSN, args ?? {}, context);
    else if (field === "punches") await devicePunches(DeviceSN, args as unknown as PunchesArguments, context);
    else return field === "health" && (await context.loaders.health.load(DeviceSN)) !== null;
    return true;
  } catch {
    return false;
  }
};
