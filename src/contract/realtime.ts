import { z } from "zod";
import { withDefault, expected, nullable, orNone, record, rows, type Decoded } from "./codec.ts";
import { instant } from "./times.ts";
import { boolean, count, deviceSerial, names, percent, remark, text } from "./values.ts";
import { answer, requestOptions } from "./envelope.ts";
import { EventName } from "./events.ts";
import { config, read } from "./operation.ts";
import { atMostOne } from "./rules.ts";
import { CallbackURL, DeviceSNList, DeviceSNOrAll, DUPLICATE, isUnique, OpaqueID } from "./scalars.ts";
import { secretly } from "./secret.ts";
import { CallbackEncryption, MigrationKind, MigrationState } from "./vocabulary.ts";

/** A registered receiver of events. */
export const Callback = record({
  CallbackID: text,
  CallbackURL: text,
  Events: expected(names(EventName.tolerant)),
  DeviceSN: orNone(names(deviceSerial)),
  Encryption: withDefault(CallbackEncryption.tolerant, "Other"),
  Active: expected(boolean),
  CreatedTime: expected(instant),
});
export type Callback = Decoded<typeof Callback>;

/** A transfer of users or data between devices. */
export const Migration = record({
  MigrationID: text,
  Kind: withDefault(MigrationKind.tolerant, "Other"),
  SourceDeviceSN: nullable(deviceSerial),
  TargetDeviceSN: expected(names(deviceSerial)),
  State: withDefault(MigrationState.tolerant, "Unknown"),
  Progress: expected(percent),
  Total: expected(count),
  Done: expected(count),
  Failed: expected(count),
  StartedTime: orNone(instant),
  CompletedTime: orNone(instant),
  FailureReason: nullable(remark),
});
export type Migration = Decoded<typeof Migration>;

export const RegisterCallback = config("realtime", "idempotent", {
  name: "RegisterCallback",
  input: z.object({
    ...requestOptions,
    CallbackURL,
    Events: z
      .array(EventName.exact)
      .min(1)
      .max(EventName.values.length)
      .refine(isUnique, DUPLICATE)
      .default([...EventName.values]),
    DeviceSN: DeviceSNList.nullable().optional(),
    CallbackToken: secretly(
      z.string().regex(/^[\x21-\x7E]{16,128}$/, "must have 16 to 128 printable ASCII characters without spaces"),
    )
      .nullable()
      .optional(),
    SecurityKey: secretly(z.string().regex(/^[\x20-\x7E]{32}$/, "must have 32 printable ASCII characters"))
      .nullable()
      .optional(),
    SigningSecret: secretly(z.string().min(16).max(256)).nullable().optional(),
    Active: z.boolean().default(true),
  }),
  output: answer({ Callback }),
  sample: {
    CallbackURL: "https://hr.example.com/hooks/biometric",
    Events: ["attendance.new", "enrollment.update"],
    SigningSecret: "example-signing-secret",
  },
});

export const MigrationStatus = read("realtime", {
  name: "MigrationStatus",
  input: z
    .object({ MigrationID: OpaqueID.optional(), DeviceSN: DeviceSNOrAll.optional() })
    .superRefine(atMostOne("MigrationID", "DeviceSN")),
  output: answer({ Migrations: rows(Migration) }),
  sample: { DeviceSN: "ALL" },
});
