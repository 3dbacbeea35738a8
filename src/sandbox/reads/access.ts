import { boundsOf } from "../../contract/rules.ts";
import { done, type Handlers, Refusal } from "../handler.ts";
import { renderAccessEvent } from "../render.ts";
import type { SimAccessEvent } from "../state.ts";
import { callerDevice, type LogOf } from "./log.ts";
import { cutPage, resumeKey } from "./paging.ts";
import type { TimelineKey } from "./timeline.ts";

/** Creates the handler that reads the access log. */
export const createAccessReads = (logOf: LogOf): Handlers<"GetAccessEvents"> => ({
  GetAccessEvents(call, gateway) {
    const { DoorNo, EmployeeCode, EventType, Sort } = call.input;
    const requested = call.input.DeviceSN;
    const DeviceSN = requested ?? callerDevice(call.caller);
    const device = requested === undefined ? undefined : gateway.world.devices.get(requested);
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
    const selection = { ...boundsOf(call.input), where };
    const after = resumeKey(call, 4) as TimelineKey | undefined;
    const { page, OffSet } = cutPage(call, events.walk(selection, Sort, after), events.keyOf);
    return done({
      ReturnRowCount: page.length,
      ActualRowCount: events.count(selection),
      OffSet,
      AccessEvents: page.map((event) => renderAccessEvent(event, gateway.world)),
    });
  },
});
