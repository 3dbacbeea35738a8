import { z } from "zod";
import type { SandboxClock } from "./clock.ts";
import { changeDevice, type PunchWish, recordPunch, setOnline } from "./devices.ts";
import type { Gateway } from "./handler.ts";
import type { Faults } from "./http/faults.ts";
import type { Ledger } from "./http/ledger.ts";
import type { WorldSnapshot } from "./snapshot.ts";
import type { SimDevice, SimPunch } from "./state.ts";

interface SandboxState {
  readonly clock: { readonly now: number; readonly frozen: boolean; readonly speed: number };
  readonly world: WorldSnapshot;
}

/** What one can see of the gateway, and do to it, that its callers cannot. */
export interface Controls {
  readonly url: string;
  /** The account's token. */
  readonly token: string;
  /** The devices' own tokens, by DeviceSN. */
  readonly deviceTokens: ReadonlyMap<string, string>;
  /** Another one after `restore`. */
  readonly gateway: Gateway;
  readonly clock: SandboxClock;
  readonly ledger: Ledger;
  readonly faults: Faults;
  readonly changeDevice: (DeviceSN: string, change: DeviceChange) => void;
  readonly punch: (...wishes: readonly PunchWish[]) => readonly SimPunch[];
  /** The whole world, as JSON. */
  readonly state: () => SandboxState;
  /** Takes what `state` gave. Commands that were not final come back cancelled. */
  readonly restore: (state: unknown) => void;
}

export const DeviceChange = z.object({
  online: z.boolean().optional(),
  acknowledgeMs: z.number().min(0).optional(),
  clockDriftSeconds: z.int().optional(),
  DeviceLabel: z.string().max(64).optional(),
  license: z.object({ Valid: z.boolean(), ValidUntil: z.string().nullable() }).partial().optional(),
  denied: z.array(z.enum(["loadUserNotAllowed", "operationNotAllowed", "loadLogNotAllowed"])).optional(),
});
export type DeviceChange = z.input<typeof DeviceChange>;

const permissionsOf = (device: SimDevice): Set<string> => device.denied as Set<string>;

/** Changes a device from outside; receivers are told of what changes its status. */
export const applyDeviceChange = (gateway: Gateway, DeviceSN: string, wish: DeviceChange): void => {
  const device = gateway.world.devices.get(DeviceSN);
  if (device === undefined) throw new Error(`No device ${DeviceSN} in the sandbox.`);
  const { online, acknowledgeMs, clockDriftSeconds, DeviceLabel, license, denied } = wish;
  if (acknowledgeMs !== undefined) device.acknowledgeMs = acknowledgeMs;
  if (DeviceLabel !== undefined) device.DeviceLabel = DeviceLabel;
  if (denied !== undefined) {
    permissionsOf(device).clear();
    for (const each of denied) permissionsOf(device).add(each);
  }
  if (license !== undefined) {
    changeDevice(gateway, device, "LicenseExpired", () => Object.assign(device.license, license));
  }
  if (clockDriftSeconds !== undefined) {
    changeDevice(gateway, device, "ClockDrift", () => {
      device.clockDriftSeconds = clockDriftSeconds;
    });
  }
  if (online !== undefined) setOnline(gateway, DeviceSN, online);
};

export const PunchWishes = z.preprocess(
  (value) => (Array.isArray(value) ? value : [value]),
  z.array(
    z.object({
      DeviceSN: z.string(),
      EmployeeCode: z.string(),
      Type: z.string().optional(),
      Direction: z.string().optional(),
      at: z.number().optional(),
      AttendanceLog: z.string().optional(),
      Temperature: z.number().nullable().optional(),
      FaceMask: z.boolean().nullable().optional(),
      HasPhoto: z.boolean().optional(),
      DoorNo: z.int().optional(),
    }),
  ),
);

export const punchAll = (gateway: Gateway, wishes: readonly PunchWish[]): readonly SimPunch[] =>
  wishes.map((wish) => recordPunch(gateway, wish));

const Moment = z.union([z.number(), z.iso.datetime({ offset: true }).transform((text) => Date.parse(text))]);

export const ClockChange = z.object({
  /** Stop time, now or at a moment (milliseconds or ISO 8601). */
  freeze: z.union([z.literal(true), Moment]).optional(),
  /** Push time ahead by so many milliseconds. */
  advance: z.number().min(0).optional(),
  /** Let time run, so many times faster than real time. */
  speed: z.number().positive().optional(),
  /** Let time run as it does. */
  resume: z.literal(true).optional(),
});

export const applyClockChange = (clock: SandboxClock, change: z.output<typeof ClockChange>): void => {
  const { freeze, advance, speed, resume } = change;
  if (freeze !== undefined) clock.freeze(freeze === true ? undefined : freeze);
  if (advance !== undefined) clock.advance(advance);
  if (speed !== undefined) clock.run(speed);
  else if (resume === true) clock.run();
};

export const clockState = (clock: SandboxClock) => ({
  now: clock.now(),
  iso: new Date(clock.now()).toISOString(),
  frozen: clock.frozen,
  speed: clock.speed,
});
