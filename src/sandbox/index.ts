export type { SandboxClock } from "./clock.ts";
export { createSandboxControl, SandboxControlError, type SandboxControl } from "./control-client.ts";
export type { DeviceChange } from "./controls.ts";
export type { PunchInput } from "./devices.ts";
export type { FaultInput, FaultKind, Faults } from "./http/faults.ts";
export type { Ledger, LedgerEntry, LedgerFilter } from "./http/ledger.ts";
export { startSandbox, type Sandbox, type SandboxOptions } from "./sandbox.ts";
