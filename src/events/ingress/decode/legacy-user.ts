import { readInstant } from "../../../contract/clock-text.ts";
import { DecodeError } from "../../../contract/codec.ts";
import { CredentialType, type EnrollmentAction } from "../../../contract/vocabulary.ts";
import type { NewEvent } from "../../event.ts";
import type { DecodeResult, DeliveryContext, TryDecode } from "./delivery.ts";
import { isMembers, lookupIn, type MemberLookup, type Members } from "../../../contract/lookup.ts";
import { employeeCode, listOf, notAnObject, requireMembers } from "./members.ts";
import { OLDER_NAMES } from "../../../contract/older-names.ts";
import { contentHash } from "./record.ts";
import { withoutSecrets } from "../../../runtime/sanitize.ts";

type CredentialName = ReturnType<(typeof CredentialType)["tolerant"]["read"]>;

interface Change {
  readonly EmployeeCode: string;
  readonly Action: (typeof EnrollmentAction.values)[number];
  readonly CredentialType: CredentialName | null;
  readonly Index: number | null;
  readonly Size: number | null;
}

/** Members that say nothing about the user itself. */
const NOT_ABOUT_USER: ReadonlySet<string> = new Set(["userid", "operationtime", "template", "templates", "photo"]);

/** Decodes users that were changed at a terminal. */
export const decodeUserUpdated = (
  value: unknown,
  context: DeliveryContext,
  tryPart: TryDecode,
): readonly DecodeResult[] => listOf(value).flatMap((each) => decodeUser(each, context, tryPart));

/** Decodes one of them: one event for the user, and one for each template and photo, without data. */
const decodeUser = (value: unknown, context: DeliveryContext, tryPart: TryDecode): readonly DecodeResult[] => {
  if (!isMembers(value)) return [tryPart(value, notAnObject)];
  const member = lookupIn(value);
  const templates = listOf(member("Template", "Templates"));
  const photos = listOf(member("Photo"));
  const named = [value, ...templates, ...photos].find(
    (each) => isMembers(each) && userOf(lookupIn(each)) !== undefined,
  );
  const user = isMembers(named) ? userOf(lookupIn(named)) : undefined;
  const at = readInstant(member("OperationTime"));
  const event = (part: unknown, change: (own: MemberLookup) => Omit<Change, "EmployeeCode">) =>
    tryPart(part, () => {
      const members = requireMembers(part);
      const own = lookupIn(members);
      return userEvent(
        { EmployeeCode: employeeCode(userOf(own) ?? user), ...change(own) },
        at,
        contentOf(members),
        context,
      );
    });
  const isAboutUser = Object.keys(value).some((name) => !NOT_ABOUT_USER.has(name.toLowerCase()));
  return [
    ...(isAboutUser || templates.length + photos.length === 0 ? [event(value, () => userAction("UserUpdated"))] : []),
    ...templates.map((each) => event(each, credential)),
    ...photos.map((each) => event(each, (own) => ({ ...credential(own), CredentialType: "UserPhoto" }))),
  ];
};

/** Decodes users that were deleted at a terminal. */
export const decodeUserDeleted = (
  value: unknown,
  context: DeliveryContext,
  tryPart: TryDecode,
): readonly DecodeResult[] =>
  listOf(value).map((each) =>
    tryPart(each, () => {
      const user = requireMembers(each);
      const member = lookupIn(user);
      const change = { EmployeeCode: employeeCode(userOf(member)), ...userAction("UserDeleted") };
      return userEvent(change, readInstant(member("OperationTime")), contentOf(user), context);
    }),
  );

const userOf = (member: MemberLookup): unknown => member(OLDER_NAMES.EmployeeCode, "EmployeeCode");

const userAction = (Action: Change["Action"]) => ({ Action, CredentialType: null, Index: null, Size: null });

const credential = (member: MemberLookup): Omit<Change, "EmployeeCode"> => {
  const word = member("Type");
  const type = CredentialType.tolerant.read(typeof word === "string" ? word : "");
  const Size = type === "Password" ? null : count(member("Size"));
  return { Action: "CredentialAdded", CredentialType: type, Index: count(member("Index")), Size };
};

const count = (value: unknown): number | null =>
  (typeof value === "string" && /^\d{1,9}$/.test(value)) || Number.isSafeInteger(value) ? Number(value) : null;

const MIN_TEMPLATE = 64;

/** Distinguishes one change from another; without PINs, their length and card numbers, which could be guessed from the hash. */
const contentOf = (part: Members): string => {
  const data = lookupIn(part)("Data");
  const sizeless = Object.entries(part).filter(([name]) => name.toLowerCase() !== "size");
  return contentHash([
    withoutSecrets(Object.fromEntries(sizeless)),
    typeof data === "string" && data.length >= MIN_TEMPLATE ? data : null,
  ]);
};

const userEvent = (change: Change, at: string | null, content: string, context: DeliveryContext): NewEvent => {
  const { DeviceSN, OperationID, sentAt, sent, receivedAt } = context;
  if (DeviceSN === null) throw new DecodeError("a serial number", "DeviceSN");
  return {
    key: `content ${DeviceSN} ${contentHash([change, content, OperationID ?? at ?? sent])}`,
    DeviceSN,
    occurredAt: at ?? sentAt,
    receivedAt,
    recovered: false,
    body: {
      kind: "enrollment.update",
      update: {
        DeviceSN,
        ...change,
        EnrollmentStatus: "Completed",
        Source: "Device",
        CommandID: null,
        OperationID: null,
        FailureReason: null,
      },
    },
  };
};
