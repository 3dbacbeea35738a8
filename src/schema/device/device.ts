import type { Device as DeviceRecord, DeviceCapabilities, DeviceInfo } from "../../contract/devices.ts";
import type { Context } from "../kernel/context.ts";
import { known } from "../kernel/facts.ts";
import type { CounterSource, DeviceSource } from "./refs.ts";

/** A fact of a device's record, read only if it did not come along. */
export const deviceFact = <Fact>(
  { DeviceSN, record }: DeviceSource,
  { loaders }: Context,
  pick: (record: DeviceRecord) => Fact,
): Fact | Promise<Fact> =>
  record === undefined
    ? loaders.device.load(DeviceSN).then((found) => pick(known(found, "Device", DeviceSN)))
    : pick(record);

type Capability = keyof DeviceCapabilities;

/** What the device says it can do; what it does not say counts as not. */
export const capabilitiesOf = (capabilities: DeviceCapabilities | null): Capability[] =>
  capabilities === null
    ? []
    : (Object.keys(capabilities) as Capability[]).filter((name) => capabilities[name] === true);

/** Held and most, null where neither is known. */
export const counter = (
  { Counters, Capacity }: DeviceInfo,
  name: "Users" | "Fingerprints" | "Faces" | "Cards" | "Logs",
): CounterSource | null => {
  const used = Counters?.[name] ?? null;
  const capacity = Capacity?.[name] ?? null;
  return used === null && capacity === null ? null : { used, capacity };
};
