import { boundsOf } from "../../contract/rules.ts";
import { done, type Handlers, Refusal } from "../handler.ts";
import { renderAccessEvent } from "../render.ts";
import type { SimAccessEvent } from "../state.ts";
import { deviceOf, type LogOf } from "./log.ts";
import { cutPage, resumeKey } from "./paging.ts";
import type { Key } from "./timeline.ts";

/** The read of the access log. */
export const createAccessReads = (logOf: LogOf): Handlers<"GetAccessEvents"> => ({
  GetAccessEvents(call, gateway) {
    const { DoorNo, EmployeeCode, EventType, Sort } = call.input;
    const named = call.input.DeviceSN;
    const DeviceSN = named ?? deviceOf(call.caller);
    const device = named === undefined ? undefined : gateway.world.devices.get(named);
    if (device !== undefined && DoorNo !== undefined && !device.doors.some((door) => door.DoorNo === DoorNo)) {
      throw new Refusal("outOfLimits", "The device has no such door.", { field: "DoorNo" });
    }
    const types = EventType === undefined ? undefined : new Set<string>(EventType);
    const where = (event: SimAccessEvent) =>
      (DeviceSN === undefined || event.DeviceSN === DeviceSN) &&
      (DoorNo === undefined || event.DoorNo === DoorNo) &&
      (EmployeeCode === undefined || event.EmployeeCode === EmployeeCode) &&
      (types === undefined || types.has(event.EventType));
    const { events } = logOf(gateway);
    const choice = { ...boundsOf(call.input), where };
    const after = resumeKey(call, 4) as Key | undefined;
    const { page, OffSet } = cutPage(call, events.walk(choice, Sort, after), events.keyOf);
    return done({
      ReturnRowCount: page.length,
      ActualRowCount: events.count(choice),
      OffSet,
      AccessEvents: page.map((event) => renderAccessEvent(event, gateway.world)),
    });
  },
});
