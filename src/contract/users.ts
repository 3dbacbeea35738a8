import { z } from "zod";
import { expected, rows } from "./codec.ts";
import { personCode, deviceSerial } from "./values.ts";
import { answer, CommandEnvelope, commandOptions, page } from "./envelope.ts";
import { command, read } from "./operation.ts";
import { User, UserDevice } from "./people.ts";
import { atLeastOne, exactlyOne, rule } from "./rules.ts";
import {
  Base64,
  DeviceSN,
  DeviceSNList,
  DeviceTargets,
  DeviceTargetsOrAll,
  EmployeeCode,
  FirstName,
  DUPLICATE,
  isUnique,
  Limit,
  LocalDateTime,
  OffSet,
  PersonName,
  Privileges,
  ScheduleID,
  Search,
} from "./scalars.ts";
import { secretly } from "./secret.ts";
import type { StatusName } from "./status.ts";
import { CredentialType, UserType } from "./vocabulary.ts";

const CredentialIndex = z.int32().min(0).max(9);
const CredentialData = secretly(Base64.min(1));
const Algorithm = z.string().max(64).nullable().optional();
const Size = z.int32().min(0).nullable().optional();

const TemplateInput = z.object({
  Type: CredentialType.exact,
  Index: CredentialIndex.default(0),
  Size,
  Data: CredentialData,
  Algorithm,
});
/** The first three bytes of a JPEG in Base64. Terminals read nothing else, and gateways may find that out only there. */
const JPEG_START = "/9j/";
const PhotoInput = z
  .object({ Type: z.literal("Base64").default("Base64"), Size, Data: secretly(Base64) })
  .refine(({ Data }) => Data.startsWith(JPEG_START), {
    message: "It must be a JPEG.",
    params: { status: "invalidTemplate" satisfies StatusName },
  });
const Template = z.union([CredentialData, TemplateInput]);
const Capture = z.literal(true);

const validity = { ValidFrom: LocalDateTime.nullable().optional(), ValidTo: LocalDateTime.nullable().optional() };
const assigned = { Privileges: Privileges.optional(), AccessScheduleID: ScheduleID.nullable().optional() };
const target = { ...commandOptions, DeviceSN: DeviceTargets, EmployeeCode };
const sampleTarget = { DeviceSN: "SN7A2300583", EmployeeCode: "1042" };

export const AddUser = command("users", "idempotent", {
  name: "AddUser",
  input: z.object({
    ...target,
    FirstName,
    LastName: PersonName.optional(),
    UserType: UserType.exact.default("User"),
    ...validity,
    ...assigned,
    Templates: z.array(TemplateInput).max(32).optional(),
    Photo: PhotoInput.optional(),
  }),
  output: CommandEnvelope,
  sample: { DeviceSN: ["SN7A2300583", "SN7A2300584"], EmployeeCode: "1042", FirstName: "Asha", LastName: "N" },
});

export const UpdateUser = command("users", "idempotent", {
  name: "UpdateUser",
  input: z
    .object({
      ...commandOptions,
      DeviceSN: DeviceTargetsOrAll,
      EmployeeCode,
      FirstName: FirstName.optional(),
      LastName: PersonName.optional(),
      UserType: UserType.exact.optional(),
      ...validity,
      ...assigned,
      Enabled: z.boolean().optional(),
      Photo: PhotoInput.optional(),
    })
    .superRefine(
      atLeastOne(
        "FirstName",
        "LastName",
        "UserType",
        "ValidFrom",
        "ValidTo",
        "Privileges",
        "Enabled",
        "AccessScheduleID",
        "Photo",
      ),
    ),
  output: CommandEnvelope,
  sample: { DeviceSN: "ALL", EmployeeCode: "1042", UserType: "Admin", ValidTo: null },
});

export const DeleteUser = command("users", "idempotent", {
  name: "DeleteUser",
  input: z.object({ ...commandOptions, DeviceSN: DeviceTargetsOrAll, EmployeeCode }),
  output: CommandEnvelope,
  sample: { DeviceSN: "ALL", EmployeeCode: "1042" },
});

export const FindUser = read("users", {
  name: "FindUser",
  input: z.object({ EmployeeCode, DeviceSN: DeviceSN.optional(), IncludeCredentials: z.boolean().default(false) }),
  output: answer({ User }),
  sample: { EmployeeCode: "1042" },
});

export const ListUsers = read("users", {
  name: "ListUsers",
  input: z.object({ DeviceSN, Search: Search.optional(), Limit, OffSet: OffSet.optional() }),
  output: page({ DeviceSN: expected(deviceSerial), Users: rows(User) }),
  sample: { DeviceSN: "SN7A2300583" },
});

export const ListUserDevices = read("users", {
  name: "ListUserDevices",
  input: z.object({ EmployeeCode }),
  output: answer({ EmployeeCode: expected(personCode), Devices: rows(UserDevice) }),
  sample: { EmployeeCode: "1042" },
});

export const EnrollFingerprint = command("users", "idempotent", {
  name: "EnrollFingerprint",
  input: z
    .object({ ...target, Index: CredentialIndex, Template: Template.optional(), Capture: Capture.optional() })
    .superRefine(exactlyOne("Template", "Capture"))
    .superRefine(
      rule(
        ({ Index, Template: template }) =>
          typeof template !== "object" || (template.Type === "Fingerprint" && template.Index === Index),
        "Template",
        "invalidTemplate",
        "Type and Index of the template differ from the request.",
      ),
    ),
  output: CommandEnvelope,
  sample: { ...sampleTarget, Index: 6, Template: "Rk1SACAyMAAAAAAkAAA=" },
});

export const EnrollFace = command("users", "idempotent", {
  name: "EnrollFace",
  input: z
    .object({ ...target, Template: Template.optional(), Photo: PhotoInput.optional(), Capture: Capture.optional() })
    .superRefine(exactlyOne("Template", "Photo", "Capture"))
    .superRefine(
      rule(
        ({ Template: template }) => typeof template !== "object" || (template.Type === "Face" && template.Index === 0),
        "Template",
        "invalidTemplate",
        "Type and Index of the template differ from the request.",
      ),
    ),
  output: CommandEnvelope,
  sample: { ...sampleTarget, Photo: { Size: 22, Data: "/9j/4AAQSkZJRgABAQAAAQABAAD/2Q==" } },
});

export const EnrollCard = command("users", "idempotent", {
  name: "EnrollCard",
  input: z.object({ ...target, CardNumber: z.string().regex(/^[0-9]{1,20}$/, "must have 1 to 20 digits") }),
  output: CommandEnvelope,
  sample: { ...sampleTarget, CardNumber: "0012345678" },
});

export const SetUserPassword = command("users", "idempotent", {
  name: "SetUserPassword",
  input: z.object({ ...target, Password: secretly(z.string().regex(/^[0-9]{1,8}$/, "must have 1 to 8 digits")) }),
  output: CommandEnvelope,
  sample: { ...sampleTarget, Password: "4711" },
});

export const CopyUsers = command("users", "once", {
  name: "CopyUsers",
  targets: "TargetDeviceSN",
  input: z
    .object({
      ...commandOptions,
      SourceDeviceSN: DeviceSN,
      TargetDeviceSN: DeviceSNList.max(20),
      EmployeeCodes: z.array(EmployeeCode).min(1).refine(isUnique, DUPLICATE).optional(),
      IncludeTemplates: z.boolean().default(true),
      IncludePhotos: z.boolean().default(true),
      Overwrite: z.boolean().default(true),
    })
    .superRefine(
      rule(
        ({ SourceDeviceSN, TargetDeviceSN }) => !TargetDeviceSN.includes(SourceDeviceSN),
        "TargetDeviceSN",
        "invalidRequestData",
        "The source is among the targets.",
      ),
    ),
  output: CommandEnvelope,
  sample: { SourceDeviceSN: "SN7A2300583", TargetDeviceSN: ["SN7A2300584"], EmployeeCodes: ["1042", "0007"] },
});

export const ResendUser = command("users", "idempotent", {
  name: "ResendUser",
  input: z.object(target),
  output: CommandEnvelope,
  sample: { DeviceSN: ["SN7A2300583", "SN7A2300584"], EmployeeCode: "1042" },
});
