import { builder } from "../kernel/builder.ts";
import { Node } from "../kernel/node.ts";
import { Punch, PunchPhoto } from "./refs.ts";
import { Device } from "../device/refs.ts";
import { User } from "../user/refs.ts";
import { PunchDirection, VerificationMethod } from "./attendance.enums.ts";
import { punchId } from "../kernel/ids.ts";
import { instantAt, offsetAt } from "../kernel/instants.ts";
import { clockSuspect, photoOf } from "./punch.ts";

builder.objectType(Punch, {
  guardedBy: "attendance:read",
  key: "id",
  description: "A recorded presence. The id follows from device, user and device time, so reads and callbacks agree.",
  alsoUpstream: ["GetAttendanceByEmployee"],
  interfaces: [Node],
  fields: (t) => ({
    id: t.id({ description: "Global id.", resolve: (punch) => punchId(punch) }),
    device: t.field({
      type: Device,
      description: "Where.",
      resolve: ({ DeviceSN, DeviceLabel }) => ({ DeviceSN, label: DeviceLabel ?? undefined }),
    }),
    user: t.field({
      type: User,
      description: "Who, known to the gateway or not.",
      resolve: ({ EmployeeCode, EmployeeName, DeviceSN }) => ({ EmployeeCode, name: EmployeeName, seenOn: DeviceSN }),
    }),
    at: t.field({
      type: "DateTime",
      description: "When.",
      resolve: (punch, _args, context) => instantAt(punch.AttendanceLog, punch.UtcOffset, punch.DeviceSN, context),
    }),
    localTime: t.field({
      type: "LocalDateTime",
      description: "When, on the device's clock.",
      resolve: ({ AttendanceLog }) => AttendanceLog,
    }),
    utcOffset: t.field({
      type: "UtcOffset",
      description: "Offset of that clock.",
      resolve: (punch, _args, context) => offsetAt(punch.AttendanceLog, punch.UtcOffset, punch.DeviceSN, context),
    }),
    receivedAt: t.field({
      type: "DateTime",
      nullable: true,
      description: "When the gateway received it; later if the device was offline.",
      resolve: ({ ReceivedTime }) => ReceivedTime,
    }),
    clockSuspect: t.boolean({
      description: "Whether that clock cannot be right.",
      resolve: (punch, _args, context) => clockSuspect(punch, context),
    }),
    direction: t.field({ type: PunchDirection, description: "In or out.", resolve: ({ Direction }) => Direction }),
    method: t.field({
      type: VerificationMethod,
      description: "How the person was recognised.",
      resolve: ({ Type }) => Type,
    }),
    temperature: t.float({
      nullable: true,
      description: "Degrees Celsius, if measured.",
      resolve: ({ Type, Temperature }) => (Type === "face" ? Temperature : null),
    }),
    faceMask: t.boolean({
      nullable: true,
      description: "Face mask, if looked for.",
      resolve: ({ Type, FaceMask }) => (Type === "face" ? FaceMask : null),
    }),
    photo: t.field({
      type: PunchPhoto,
      nullable: true,
      description: "Photo, if taken.",
      upstream: ["GetAttendancePhoto"],
      resolve: (punch, _args, { links }) => photoOf(punch, links),
    }),
  }),
});

builder.objectType(PunchPhoto, {
  requiresScopes: ["photos:read"],
  description: "Photo of a punch behind a signed link.",
  fields: (t) => ({
    url: t.field({ type: "URL", description: "JPEG, served by this facade.", resolve: ({ url }) => url }),
    expiresAt: t.field({ type: "DateTime", description: "End of the link.", resolve: ({ expiresAt }) => expiresAt }),
  }),
});
