import { DecodeError } from "../../../contract/codec.ts";
import { CredentialType, type EnrollmentAction } from "../../../contract/vocabulary.ts";
import type { NewEvent } from "../../event.ts";
import type { TryDecode, DeliveryContext, DecodeResult } from "./envelope.ts";
import { employeeCode, isMembers, listOf, lookupIn, type MemberLookup, type Members } from "./members.ts";
import { hashOf } from "./notice.ts";
import { withoutSecrets } from "./redaction.ts";
import { readInstant } from "./time.ts";

type CredentialName = ReturnType<(typeof CredentialType)["tolerant"]["read"]>;

interface Change {
  readonly EmployeeCode: string;
  readonly Action: (typeof EnrollmentAction.values)[number];
  readonly CredentialType: CredentialName | null;
  readonly Index: number | null;
  readonly Size: number | null;
}

/** Members that say nothing about the user itself. */
const BESIDE: ReadonlySet<string> = new Set(["userid", "operationtime", "template", "templates", "photo"]);

/** A user that was changed at a terminal: an event for the user, and one for each template and photo, without their data. */
export const readUserUpdated = (
  value: unknown,
  envelope: DeliveryContext,
  attempt: TryDecode,
): readonly DecodeResult[] => {
  if (!isMembers(value)) return [attempt(value, () => fail("an object"))];
  const member = lookupIn(value);
  const templates = listOf(member("Template", "Templates"));
  const photos = listOf(member("Photo"));
  const named = [value, ...templates, ...photos].find(
    (each) => isMembers(each) && userOf(lookupIn(each)) !== undefined,
  );
  const user = isMembers(named) ? userOf(lookupIn(named)) : undefined;
  const at = readInstant(member("OperationTime"));
  const event = (part: unknown, change: (own: MemberLookup) => Omit<Change, "EmployeeCode">) =>
    attempt(part, () => {
      if (!isMembers(part)) return fail("an object");
      const own = lookupIn(part);
      return userEvent(
        { EmployeeCode: employeeCode(userOf(own) ?? user), ...change(own) },
        at,
        contentOf(part),
        envelope,
      );
    });
  const isAboutUser = Object.keys(value).some((name) => !BESIDE.has(name.toLowerCase()));
  return [
    ...(isAboutUser || templates.length + photos.length === 0 ? [event(value, () => userAction("UserUpdated"))] : []),
    ...templates.map((each) => event(each, credential)),
    ...photos.map((each) => event(each, (own) => ({ ...credential(own), CredentialType: "UserPhoto" }))),
  ];
};

/** Users that were deleted at a terminal. */
export const readUserDeleted = (
  value: unknown,
  envelope: DeliveryContext,
  attempt: TryDecode,
): readonly DecodeResult[] =>
  listOf(value).map((each) =>
    attempt(each, () => {
      if (!isMembers(each)) return fail("an object");
      const member = lookupIn(each);
      const change = { EmployeeCode: employeeCode(userOf(member)), ...userAction("UserDeleted") };
      return userEvent(change, readInstant(member("OperationTime")), contentOf(each), envelope);
    }),
  );

const fail = (expected: string): never => {
  throw new DecodeError(expected);
};

const userOf = (member: MemberLookup): unknown => member("UserID", "EmployeeCode");

const userAction = (Action: Change["Action"]) => ({ Action, CredentialType: null, Index: null, Size: null });

const credential = (member: MemberLookup): Omit<Change, "EmployeeCode"> => {
  const word = member("Type");
  const type = CredentialType.tolerant.read(typeof word === "string" ? word : "");
  const Size = type === "Password" ? null : count(member("Size"));
  return { Action: "CredentialAdded", CredentialType: type, Index: count(member("Index")), Size };
};

const count = (value: unknown): number | null =>
  (typeof value === "string" && /^\d{1,9}$/.test(value)) || Number.isSafeInteger(value) ? Number(value) : null;

const LEAST_TEMPLATE = 64;

/** Tells one change from another. Not by a PIN, its length or the number of a card: they could be guessed from the hash. */
const contentOf = (part: Members): string => {
  const data = lookupIn(part)("Data");
  const sizeless = Object.entries(part).filter(([name]) => name.toLowerCase() !== "size");
  return hashOf([
    withoutSecrets(Object.fromEntries(sizeless)),
    typeof data === "string" && data.length >= LEAST_TEMPLATE ? data : null,
  ]);
};

const userEvent = (change: Change, at: string | null, content: string, envelope: DeliveryContext): NewEvent => {
  const { DeviceSN, OperationID, sentAt, receivedAt } = envelope;
  if (DeviceSN === null) throw new DecodeError("a serial number", "DeviceSN");
  return {
    key: `content ${DeviceSN} ${hashOf([change, content, OperationID ?? at ?? sentAt])}`,
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
