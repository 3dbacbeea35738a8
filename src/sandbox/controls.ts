import { z } from "zod";
import type { SandboxClock } from "./clock.ts";
import { changeDevice, type PunchInput, recordPunch, setOnline } from "./devices.ts";
import type { Gateway } from "./handler.ts";
import type { Faults } from "./http/faults.ts";
import type { Ledger } from "./http/ledger.ts";
import type { WorldSnapshot } from "./snapshot.ts";
import type { SimDevice, SimPunch } from "./state.ts";

interface SandboxState {
  readonly clock: { readonly now: number; readonly frozen: boolean; readonly speed: number };
  readonly world: WorldSnapshot;
}

/** What tests can observe of the simulated gateway and change in it, beyond what its callers can. */
export interface Controls {
  readonly url: string;
  /** The account's token. */
  readonly token: string;
  /** The devices' own tokens, by DeviceSN. */
  readonly deviceTokens: ReadonlyMap<string, string>;
  /** The running gateway. `restore` replaces it. */
  readonly gateway: Gateway;
  readonly clock: SandboxClock;
  readonly ledger: Ledger;
  readonly faults: Faults;
  readonly changeDevice: (DeviceSN: string, change: DeviceChange) => void;
  readonly punch: (...inputs: readonly PunchInput[]) => readonly SimPunch[];
  /** Returns the whole world as JSON. */
  readonly state: () => SandboxState;
  /** Restores what `state` returned. Commands that were not final are restored as cancelled. */
  readonly restore: (state: unknown) => void;
}

/** The body of a device change: each member is optional and changes one thing. */
export const DeviceChange = z.strictObject({
  online: z.boolean().optional(),
  acknowledgeMs: z.number().min(0).optional(),
  clockDriftSeconds: z.int().optional(),
  DeviceLabel: z.string().max(64).optional(),
  license: z.strictObject({ Valid: z.boolean(), ValidUntil: z.string().nullable() }).partial().optional(),
  denied: z.array(z.enum(["loadUserNotAllowed", "operationNotAllowed", "loadLogNotAllowed"])).optional(),
});
export type DeviceChange = z.input<typeof DeviceChange>;

const mutableDenied = (device: SimDevice): Set<string> => device.denied as Set<string>;

/**
 * Changes a device from outside. Receivers are notified if its status changes.
 * @throws Error if the device does not exist.
 */
export const applyDeviceChange = (gateway: Gateway, DeviceSN: string, input: DeviceChange): void => {
  const device = gateway.world.devices.get(DeviceSN);
  if (device === undefined) throw new Error(`The sandbox has no device ${DeviceSN}.`);
  const { online, acknowledgeMs, clockDriftSeconds, DeviceLabel, license, denied } = input;
  if (acknowledgeMs !== undefined) device.acknowledgeMs = acknowledgeMs;
  if (DeviceLabel !== undefined) device.DeviceLabel = DeviceLabel;
  if (denied !== undefined) {
    mutableDenied(device).clear();
    for (const each of denied) mutableDenied(device).add(each);
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

/** One punch or a list of punches to record. */
export const PunchInputs = z.preprocess(
  (value) => (Array.isArray(value) ? value : [value]),
  z.array(
    z.strictObject({
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

/** Records punches and returns them as stored. */
export const punchAll = (gateway: Gateway, inputs: readonly PunchInput[]): readonly SimPunch[] =>
  inputs.map((input) => recordPunch(gateway, input));

const Instant = z.union([z.number(), z.iso.datetime({ offset: true }).transform((text) => Date.parse(text))]);

/** The body of a clock change. Members are applied in the order freeze, advance, speed or resume. */
export const ClockChange = z.strictObject({
  /** Stop time, now or at an instant (milliseconds since 1970 UTC or ISO 8601). */
  freeze: z.union([z.literal(true), Instant]).optional(),
  /** Move time ahead by this many milliseconds. */
  advance: z.number().min(0).optional(),
  /** Let time run at this multiple of real time. */
  speed: z.number().positive().optional(),
  /** Let time run in real time. */
  resume: z.literal(true).optional(),
});

/** Applies a clock change. */
export const applyClockChange = (clock: SandboxClock, change: z.output<typeof ClockChange>): void => {
  const { freeze, advance, speed, resume } = change;
  if (freeze !== undefined) clock.freeze(freeze === true ? undefined : freeze);
  if (advance !== undefined) clock.advance(advance);
  if (speed !== undefined) clock.run(speed);
  else if (resume === true) clock.run();
};

/** The clock as the control plane reports it. */
export const clockState = (clock: SandboxClock) => ({
  now: clock.now(),
  iso: new Date(clock.now()).toISOString(),
  frozen: clock.frozen,
  speed: clock.speed,
});
