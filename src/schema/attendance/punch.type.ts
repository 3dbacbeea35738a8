import { builder } from "../kernel/builder.ts";
import { Node, punchId } from "../kernel/node.ts";
import { Punch, PunchPhoto } from "./refs.ts";
import { Device, labeled } from "../device/refs.ts";
import { User } from "../user/refs.ts";
import { PunchDirection, VerificationMethod } from "./attendance.enums.ts";
import { instantAt, offsetAt } from "../kernel/instants.ts";
import { clockSuspect, faceFact, photoOf, receivedAt } from "./punch.ts";

builder.objectType(Punch, {
  guardedBy: "attendance:read",
  key: "id",
  description:
    "A person's presence at a device, recorded at one moment. Its `id` is derived from device, user and `localTime`, so " +
    "queries and subscriptions return the same `id` for the same punch.",
  alsoUpstream: ["GetAttendanceByEmployee"],
  interfaces: [Node],
  fields: (t) => ({
    id: t.id({
      description: "Global ID, stable and unique among all types. Use it as a cache key, or pass it to `node`.",
      resolve: (punch) => punchId(punch),
    }),
    device: t.field({
      type: Device,
      description: "The device that recorded the punch.",
      resolve: ({ DeviceSN, DeviceLabel, replayed }) => labeled(DeviceSN, DeviceLabel, replayed === true),
    }),
    user: t.field({
      type: User,
      description:
        "The person who was recognized. The gateway may not know this person: then only `employeeCode` is certain.",
      resolve: ({ EmployeeCode, EmployeeName, DeviceSN }) => ({ EmployeeCode, name: EmployeeName, seenOn: DeviceSN }),
    }),
    at: t.field({
      type: "DateTime",
      nullable: true,
      description:
        "The instant of the punch in UTC, computed from `localTime` and `utcOffset`. It is wrong if the device's clock " +
        "is wrong; see `clockSuspect`. Null, with an error, if the offset cannot be determined or the year is beyond 9999.",
      semanticNonNull: true,
      resolve: (punch, _args, context) => instantAt(punch.AttendanceLog, punch.UtcOffset, punch.DeviceSN, context),
    }),
    localTime: t.field({
      type: "LocalDateTime",
      description:
        "The wall-clock time that the device displayed, without a time zone. Sort by `at` or `receivedAt` to compare " +
        "devices in different time zones.",
      resolve: ({ AttendanceLog }) => AttendanceLog,
    }),
    utcOffset: t.field({
      type: "UtcOffset",
      nullable: true,
      description:
        "Offset of the device's clock from UTC at `localTime`, for example `+05:30`. If the gateway does not report it, " +
        "it is derived from the device's time zone, or else it is the device's own. Null, with an error, if there is neither.",
      semanticNonNull: true,
      resolve: (punch, _args, context) => offsetAt(punch.AttendanceLog, punch.UtcOffset, punch.DeviceSN, context),
    }),
    receivedAt: t.field({
      type: "DateTime",
      nullable: true,
      description:
        "The instant at which the gateway received the punch; much later than `at` if the device was offline. " +
        "Null if the gateway does not report it. Events do not contain it, so in events it costs a read.",
      alsoUpstream: ["GetAttendanceByEmployee"],
      resolve: (punch, _args, context) => receivedAt(punch, context),
    }),
    clockSuspect: t.boolean({
      description:
        "Whether the device's clock was probably wrong: `at` is more than 2 hours after the receipt of the punch, or more " +
        "than 90 days before it, or before 2010. While the offset is not known, true only if the clock is wrong in every zone.",
      resolve: (punch, _args, context) => clockSuspect(punch, context),
    }),
    direction: t.field({
      type: PunchDirection,
      description: "Whether the person came or left, as the device classified it.",
      resolve: ({ Direction }) => Direction,
    }),
    method: t.field({
      type: VerificationMethod,
      description: "How the device recognized the person.",
      resolve: ({ Type }) => Type,
    }),
    temperature: t.float({
      nullable: true,
      description:
        "Body temperature in degrees Celsius; null if it was not measured. Only faces are measured. In an event that does not contain " +
        "it, it costs a read, as `faceMask` and `photo` do.",
      alsoUpstream: ["GetAttendanceByEmployee"],
      resolve: (punch, _args, context) => faceFact(punch, "Temperature", context),
    }),
    faceMask: t.boolean({
      nullable: true,
      description: "Whether the person wore a face mask; null if the device did not check it.",
      alsoUpstream: ["GetAttendanceByEmployee"],
      resolve: (punch, _args, context) => faceFact(punch, "FaceMask", context),
    }),
    photo: t.field({
      type: PunchPhoto,
      nullable: true,
      description:
        "Link to the photo that the device took of the person; null if it took none, or if the gateway accepts no request for it " +
        "because of the employee code or the serial number.",
      upstream: ["GetAttendancePhoto"],
      alsoUpstream: ["GetAttendanceByEmployee"],
      resolve: (punch, _args, context) => photoOf(punch, context),
    }),
  }),
});

builder.objectType(PunchPhoto, {
  requiresScopes: ["photos:read"],
  description: "A photo that a device took with a punch. It is downloaded through a signed link.",
  fields: (t) => ({
    url: t.field({
      type: "HttpUrl",
      description: "Signed link to the JPEG image. It needs no credentials, so treat it as a secret.",
      resolve: ({ url }) => url,
    }),
    expiresAt: t.field({
      type: "DateTime",
      description: "The instant until which `url` works, ten minutes after the query. Query again for a new link.",
      resolve: ({ expiresAt }) => expiresAt,
    }),
  }),
});
