import type { NewEvent } from "../../../src/events/event.ts";
import type { EventLog } from "../../../src/events/log/log.ts";
import { DEVICES, punchAt } from "./samples.ts";

/** A punch whose employee code is its number, padded to `bytes`. */
export const numbered = (number: number, bytes = 0): NewEvent => {
  const event = punchAt(DEVICES[number % DEVICES.length] ?? DEVICES[0], number);
  if (event.body.kind !== "attendance.new") return event;
  const EmployeeCode = `${number}${bytes === 0 ? "" : `:${"x".repeat(bytes)}`}`;
  return { ...event, body: { ...event.body, punch: { ...event.body.punch, EmployeeCode } } };
};

/** Appends the punches with these numbers. */
export const appendNumbered = async (log: EventLog, from: number, to: number, bytes = 0): Promise<void> => {
  await log.append(Array.from({ length: to - from + 1 }, (_, index) => numbered(from + index, bytes)));
};

export const range = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);
