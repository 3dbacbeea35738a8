import { encodeRequest } from "../../../src/gateway/request.ts";
import type { Attempt } from "../../../src/gateway/resilience/chain.ts";

export const READ = encodeRequest("ListDevices", { Limit: 1 });
export const WRITE = encodeRequest("OpenDoor", { DeviceSN: "SN7A2300583", DoorNo: 1 });

/** A read that shares with nobody, unless the arguments say something else. */
export const attemptOf = (more: Partial<Attempt> = {}): Attempt => ({
  request: READ,
  priority: "interactive",
  cacheScope: undefined,
  token: "token",
  signal: undefined,
  deadline: 1_000,
  serverWaitMs: 0,
  resends: 0,
  span: undefined,
  onRequest: undefined,
  onHeaders: undefined,
  ...more,
});
