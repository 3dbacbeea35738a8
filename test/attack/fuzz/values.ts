import {
  getNamedType,
  type GraphQLInputField,
  type GraphQLInputType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredInputField,
} from "graphql";
import { between } from "../../../src/sandbox/random.ts";

type Random = () => number;

const chosen = <Item>(random: Random, items: readonly [Item, ...Item[]]): Item =>
  items[Math.floor(random() * items.length)] ?? items[0];

/** Values of arguments with a meaning for the gateway; some exist, some do not. */
const BY_NAME: Readonly<Record<string, readonly [string, ...string[]]>> = {
  serialNumber: ["SN7A2300583", "SN7A2300584", "SN7B1100201", "SN7C0400311", "SN7X0000011", "SN99ABSENT999"],
  serialNumbers: ["SN7A2300583", "SN7C0400312", "SN7D0900041", "SN99ABSENT999"],
  employeeCode: ["1042", "1043", "1050", "absent"],
  employeeCodes: ["1042", "1043", "1044", "absent"],
  idempotencyKey: ["key-of-a-request-0001", "key-of-a-request-0002"],
  operationId: ["operation0001", "operation0002"],
  password: ["4711", "08154711"],
  cardNumber: ["1234567890", "87654321"],
  search: ["gate", "a", "nothing like it"],
};

const BY_TYPE: Readonly<Record<string, readonly [unknown, ...unknown[]]>> = {
  String: ["text", "Ravi", ""],
  ID: ["RGV2aWNlOlNON0EyMzAwNTgz", "cmd_0000000001", "nothing"],
  Boolean: [true, false],
  Float: [0, 36.6, -1.5],
  "from LocalDate": ["2026-06-19", "2026-06-20"],
  "to LocalDate": ["2026-06-20", "2026-06-21"],
  "from LocalDateTime": ["2026-06-19T00:00:00", "2026-06-20T12:30:00"],
  "to LocalDateTime": ["2026-06-20T23:59:59", "2026-06-21T09:00:00"],
  LocalDate: ["2026-06-20", "2026-06-21", "2026-02-28"],
  LocalDateTime: ["2026-06-20T00:00:00", "2026-06-20T12:30:00", "2026-06-21T09:00:00"],
  LocalTime: ["09:00", "17:30", "00:00"],
  DateTime: ["2026-06-21T04:00:00Z"],
  TimeZoneName: ["Asia/Kolkata", "Europe/Berlin"],
  UtcOffset: ["+05:30"],
  HttpUrl: ["https://hr.example.com/x"],
  Base64Input: ["QUJDRA==", "/9j/4AAQ"],
  EventCursor: ["nothing"],
  _Any: [
    { __typename: "Device", serialNumber: "SN7A2300583" },
    { __typename: "User", employeeCode: "1042" },
    { __typename: "Door", device: { serialNumber: "SN7C0400311" }, number: 1 },
    { __typename: "Punch", id: "nothing" },
  ],
};

/** Always set: without them a command waits up to 15 s for an offline device. */
const ALWAYS: ReadonlySet<string> = new Set(["options", "waitSeconds"]);

const scalarOf = (random: Random, type: string, name: string): unknown => {
  const named = BY_NAME[name];
  if (type === "String" && named !== undefined) return chosen(random, named);
  if (name === "waitSeconds") return between(random, 0, 1);
  if (type === "Int") return name === "first" ? between(random, 1, 4) : chosen(random, [0, 1, 2, 5, 30, -1]);
  const known = BY_TYPE[`${name} ${type}`] ?? BY_TYPE[type];
  if (known === undefined) throw new Error(`BY_TYPE must have values for the scalar ${type}.`);
  return chosen(random, known);
};

/** Creates a JSON value of an input type; lists are short. The schema accepts it; the gateway may reject it. */
export const valueOf = (random: Random, type: GraphQLInputType, name: string): unknown => {
  if (isNonNullType(type)) return valueOf(random, type.ofType, name);
  if (isListType(type)) {
    const inner = type.ofType;
    return Array.from({ length: between(random, 1, 2) }, () => valueOf(random, inner, name));
  }
  const named = getNamedType(type);
  if (isEnumType(named)) return chosen(random, named.getValues().map((value) => value.name) as [string, ...string[]]);
  if (!isInputObjectType(named)) return scalarOf(random, named.name, name);
  const fields = Object.values(named.getFields());
  if (named.isOneOf) {
    const field = chosen(random, fields as [GraphQLInputField, ...GraphQLInputField[]]);
    return { [field.name]: valueOf(random, field.type, field.name) };
  }
  const selected = fields.filter((field) => isRequiredInputField(field) || ALWAYS.has(field.name) || random() < 0.3);
  return Object.fromEntries(selected.map((field) => [field.name, valueOf(random, field.type, field.name)]));
};
