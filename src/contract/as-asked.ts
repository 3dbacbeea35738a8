import { codec, type Codec } from "./codec.ts";
import { isBlank } from "./lookup.ts";

const SPACE = 0x20;

/** A code that a row may leave out where the request names it: the row is then of what was asked for. */
export const asAsked = (name: "DeviceSN" | "EmployeeCode", inner: Codec<string>): Codec<string> =>
  codec((value, tally) => {
    // Nearly all rows say it.
    if (typeof value === "string" && value.charCodeAt(0) > SPACE) return inner.read(value);
    return inner.read(isBlank(value) ? (tally?.asked?.[name] ?? value) : value);
  });
