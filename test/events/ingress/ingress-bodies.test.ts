import { createCipheriv } from "node:crypto";
import { describe, expect, test } from "vitest";
import {
  ACCOUNT_TOKEN,
  acknowledged,
  altered,
  ARRIVAL,
  DEVICE,
  exampleOf,
  type Json,
  onlyEvent,
  openIngress,
} from "../../kit/events/deliver.ts";

const PUNCH = exampleOf("AttendanceNewEvent");
const MINIMUM = exampleOf("AttendanceNewMinimum");
const STATUS = exampleOf("DeviceStatusEvent");
const ENROLLMENT = exampleOf("EnrollmentUpdateEvent");
const LEGACY_PUNCH = exampleOf("LegacyRealTimePunch");
const USER_UPDATED = exampleOf("LegacyUserUpdated");

const legacyOf = (PunchLog: unknown, more: Json = {}): Json => ({
  RealTime: { SerialNumber: DEVICE, AuthToken: ACCOUNT_TOKEN, PunchLog, ...more },
});
const legacyRow = { UserID: "1042", LogTime: "2026-06-21 09:02:14 GMT +0530" };
const userOf = (UserUpdated: unknown, more: Json = {}): Json => ({
  RealTime: { SerialNumber: DEVICE, AuthToken: ACCOUNT_TOKEN, UserUpdated, ...more },
});

/** No event, with secrets in all of its members but one. */
const SECRETIVE = {
  hello: 1,
  AuthToken: ACCOUNT_TOKEN,
  Password: "c4nary",
  PIN: "c4nary",
  Template: [{ Type: "Fingerprint", Data: "c4nary" }],
  Photo: { Data: "c4nary" },
  CallbackToken: "c4nary",
  SecurityKey: "c4nary",
  SigningSecret: "c4nary",
  Unsuspected: `c4nary${"x".repeat(300)}`,
  Said: `it was ${ACCOUNT_TOKEN}`,
};

const punchOf = async (body: unknown) => {
  const ingress = openIngress();
  await ingress.deliver(body);
  const event = await onlyEvent(ingress);
  if (event.body.kind !== "attendance.new") throw new Error(`It became ${event.body.kind}.`);
  return { ...event, punch: event.body.punch };
};

describe("direction and method", () => {
  test.each([
    [{ Type: "face", Direction: "CheckOut" }, "face", "CheckOut"],
    [{ Type: "CheckOut", InputType: "Fingerprint" }, "fingerprint", "CheckOut"],
    [{ Type: "Fingerprint", InputType: "CheckOut" }, "fingerprint", "CheckOut"],
    [{ Type: "CheckIn", Direction: "face" }, "face", "CheckIn"],
    [{ Type: "MealStart", InputType: "RFID" }, "card", "MealOut"],
    [{ Type: "MealEnd", InputType: "PIN" }, "password", "MealIn"],
    [{ Type: "BreakOut", InputType: "Others" }, "other", "BreakOut"],
    [{ Type: "Others", Direction: "BreakIn" }, "other", "BreakIn"],
    [{ Type: "OvertimeIn", InputType: "Palm" }, "palm", "OverTimeIn"],
    [{ Type: "check_out", InputType: "FACE" }, "face", "CheckOut"],
    [{ Type: "0", InputType: "Face" }, "face", "CheckIn"],
    [{ Type: "1", InputType: "Card" }, "card", "CheckOut"],
    [{ Type: 1, InputType: "Card" }, "card", "CheckOut"],
    [{ Type: "face", Direction: "0" }, "face", "CheckIn"],
    [{ Type: "face", Direction: 1 }, "face", "CheckOut"],
    [{ Type: "15", Direction: "0" }, "other", "CheckIn"],
    [{ Type: "1", InputType: "15" }, "other", "CheckOut"],
    [{ Type: "Out", InputType: "Iris" }, "iris", "CheckOut"],
    [{ Type: "face", Direction: "None" }, "face", "None"],
    [{ Type: "None", InputType: "Vein" }, "vein", "None"],
    [{ Type: "hologram", Direction: "CheckIn" }, "other", "CheckIn"],
    [{ Type: "face", Direction: "Sideways" }, "face", "None"],
    [{ Type: "face" }, "face", "None"],
    [{ AttendanceType: "CheckOut", InputType: "Face" }, "face", "CheckOut"],
    [{ AttendanceType: "BreakIn", Type: "Fingerprint" }, "fingerprint", "BreakIn"],
    [{ AttendanceType: "CheckOut", Direction: "CheckIn", Type: "card" }, "card", "CheckIn"],
    [{ AttendanceType: "CheckOut", Direction: "None", Type: "card" }, "card", "CheckOut"],
    [{ AttendanceType: "Face", Type: "CheckOut" }, "face", "CheckOut"],
    [{ AttendanceType: "1", InputType: "Face" }, "face", "CheckOut"],
    [{ AttendanceType: 0, InputType: "1" }, "other", "CheckIn"],
    [{ attendancetype: "check-out", inputtype: "FACE" }, "face", "CheckOut"],
    [{ AttendanceType: "", InputType: "CheckOut" }, "other", "CheckOut"],
    [{ AttendanceType: "CheckOut" }, "other", "CheckOut"],
    [{ Type: "9" }, "other", "None"],
    [{}, "other", "None"],
    [{ Type: ["face"], Direction: { $ne: "" } }, "other", "None"],
  ])("%j: %s, %s, whichever body it stands in", async (members, Type, Direction) => {
    const { Type: _type, Direction: _direction, ...rest } = PUNCH;
    expect((await punchOf({ ...rest, ...members })).punch).toMatchObject({ Type, Direction });
    expect((await punchOf(legacyOf({ ...legacyRow, ...members }))).punch).toMatchObject({ Type, Direction });
  });
});

describe("who and when", () => {
  test.each(["EmployeeCode", "UserId", "UserID", "userid", "USERID", "employeecode"])(
    "%s names the user",
    async (name) => {
      const { UserID: code, ...row } = legacyRow;
      expect((await punchOf(legacyOf({ ...row, [name]: code }))).punch.EmployeeCode).toBe("1042");
      const { EmployeeCode: _code, ...rest } = MINIMUM;
      expect((await punchOf({ ...rest, [name]: "0042" })).punch.EmployeeCode).toBe("0042");
    },
  );

  test.each([
    ["2026-06-21 09:02:14 GMT +0530", "2026-06-21 09:02:14", "+05:30", "2026-06-21T03:32:14Z"],
    ["2026-06-21 09:02:14 GMT -0330", "2026-06-21 09:02:14", "-03:30", "2026-06-21T12:32:14Z"],
    ["2026-06-21 09:02:14 GMT  0530", "2026-06-21 09:02:14", "+05:30", "2026-06-21T03:32:14Z"],
    ["2026-06-21 09:02:14 +05:30", "2026-06-21 09:02:14", "+05:30", "2026-06-21T03:32:14Z"],
    ["2026-06-21T09:02:14.123Z", "2026-06-21 09:02:14", "+00:00", "2026-06-21T09:02:14Z"],
    ["2026-06-21 09:02:14 GMT", "2026-06-21 09:02:14", "+00:00", "2026-06-21T09:02:14Z"],
    ["2026-06-21 09:02:14 GMT +5:30", "2026-06-21 09:02:14", "+05:30", "2026-06-21T03:32:14Z"],
    ["2026-06-21 09:02:14 -3:30", "2026-06-21 09:02:14", "-03:30", "2026-06-21T12:32:14Z"],
    [" 2026-06-21 09:02:14 ", "2026-06-21 09:02:14", null, null],
    ["\t2026-06-21 09:02:14 GMT +0530\r\n\0", "2026-06-21 09:02:14", "+05:30", "2026-06-21T03:32:14Z"],
    ["2026-06-21 09:02:14 GMT +1500", "2026-06-21 09:02:14", null, null],
    ["2026-06-21 09:02:14 IST", "2026-06-21 09:02:14", null, null],
    ["2026-06-21 09:02:14", "2026-06-21 09:02:14", null, null],
  ])("LogTime %s", async (LogTime, AttendanceLog, UtcOffset, occurredAt) => {
    const event = await punchOf(legacyOf({ ...legacyRow, Type: "CheckIn", LogTime }));
    expect(event).toMatchObject({ occurredAt, punch: { AttendanceLog, UtcOffset } });
  });

  test.each([
    ["2026-06-21 11:02:13", false],
    ["2026-06-21 11:02:16", true],
    ["2026-03-23 09:02:16", false],
    ["2026-03-23 09:02:14", true],
    ["1999-01-01 00:00:00", true],
    ["2099-12-31 23:59:59", true],
  ])("a device that shows %s when it is 09:02:15 is kept, and marked: %s", async (AttendanceLog, suspect) => {
    expect((await punchOf({ ...PUNCH, AttendanceLog })).punch).toMatchObject({ AttendanceLog, ClockSuspect: suspect });
  });

  test.each([
    ["2035-01-01 05:30:00", true],
    ["2026-06-21 11:02:17", true],
    ["2026-06-21 11:02:16", false],
    ["2026-03-23 09:02:17", false],
    ["2026-03-23 09:02:15", true],
    ["1970-01-01 05:31:00", true],
  ])(
    "a clock does not judge itself: one that also writes the time of sending and shows %s is suspect: %s",
    async (wall, suspect) => {
      const time = new Date(Date.parse(`${wall}+05:30`)).toISOString();
      const row = { ...legacyRow, LogTime: `${wall} GMT +0530` };
      for (const body of [
        { ...PUNCH, AttendanceLog: wall, Time: time },
        { ...PUNCH, AttendanceLog: wall, Time: time, ReceivedTime: time },
        legacyOf(row, { Time: time.replace("T", " ").replace(".000Z", " GMT +0000") }),
      ]) {
        expect((await punchOf(body)).punch).toMatchObject({ AttendanceLog: wall, ClockSuspect: suspect });
      }
    },
  );

  test("an event that was sent long ago is accepted", async () => {
    const ingress = openIngress();
    const late = { receivedAt: ARRIVAL + 40 * 86_400_000 };
    expect(await ingress.deliver(PUNCH, late)).toEqual(acknowledged(1));
    expect(await ingress.deliver(STATUS, late)).toEqual(acknowledged(1));
    expect((await ingress.events()).map(({ occurredAt }) => occurredAt)).toEqual([
      "2026-06-21T03:32:14Z",
      "2026-06-21T03:42:00Z",
    ]);
  });

  test("unknown people and devices are kept", async () => {
    const { punch } = await punchOf({ ...PUNCH, DeviceSN: "NEVER-SEEN-1", EmployeeCode: "nobody" });
    expect(punch).toMatchObject({ DeviceSN: "NEVER-SEEN-1", EmployeeCode: "nobody" });
  });

  test.each(["GATE 01", "GATE/001", "門-0001", "Zoë-0001", "G".repeat(256)])(
    "a device is kept whatever its serial number has: %s",
    async (DeviceSN) => {
      const ingress = openIngress();
      expect(await ingress.deliver({ ...PUNCH, DeviceSN: ` ${DeviceSN}\0` })).toEqual(acknowledged(1));
      const { DeviceSN: _device, ...minimum } = MINIMUM;
      expect(await ingress.deliver(minimum, { stgid: DeviceSN })).toEqual(acknowledged(0, 1));
      expect(await onlyEvent(ingress)).toMatchObject({ DeviceSN, body: { punch: { DeviceSN } } });
    },
  );

  test("a code of many digits stays the code that was sent", async () => {
    const text = JSON.stringify(MINIMUM).replace('"1042"', "12345678901234567890");
    expect((await punchOf(text)).punch.EmployeeCode).toBe("12345678901234567890");
    expect((await punchOf({ ...MINIMUM, EmployeeCode: 1042 })).punch.EmployeeCode).toBe("1042");
  });

  test.each([
    ["0042\0\0", "0042"],
    ["0042\t", "0042"],
    ["\r\n0042\r\n", "0042"],
    ["0042 ", "0042 "],
    [" 0042 \0", " 0042 "],
  ])("the code in %j is %j", async (EmployeeCode, expected) => {
    expect((await punchOf({ ...PUNCH, EmployeeCode })).punch.EmployeeCode).toBe(expected);
    expect((await punchOf(legacyOf({ ...legacyRow, UserID: EmployeeCode }))).punch.EmployeeCode).toBe(expected);
  });

  test("a body whose texts are padded is the same as one whose texts are not", async () => {
    const [plain, padded, byUrl] = [openIngress(), openIngress(), openIngress()];
    const { DeviceSN, AuthToken, ...rest } = PUNCH;
    const texts = Object.entries(rest).map(([name, value]) => [name, typeof value === "string" ? `${value}\0` : value]);
    await plain.deliver(PUNCH);
    await padded.deliver({ ...Object.fromEntries(texts), DeviceSN: ` ${String(DeviceSN)} \r\n`, AuthToken });
    await byUrl.deliver({ ...rest, AuthToken }, { stgid: `${DEVICE} ` });
    expect(await padded.events()).toEqual(await plain.events());
    expect(await byUrl.events()).toEqual(await plain.events());
  });

  test("SerialNumber takes precedence over the device in the URL", async () => {
    const ingress = openIngress();
    await ingress.deliver(LEGACY_PUNCH, { stgid: "SN-OF-THE-URL" });
    expect(await onlyEvent(ingress)).toMatchObject({ DeviceSN: DEVICE });
  });
});

describe("rows and parts", () => {
  const good = { ...legacyRow, Type: "CheckIn" };

  test("a bad row goes into quarantine and affects no other row", async () => {
    const ingress = openIngress();
    const bad = [null, 7, "x", [], {}, { ...good, LogTime: "2026-02-30 09:00:00" }, { ...good, UserID: { $ne: "" } }];
    const Log = [good, ...bad, { ...good, LogTime: "2026-06-21 18:00:14 GMT +0530" }];
    expect(await ingress.deliver({ PunchLog: { ReturnRowCount: "9", Log } }, { stgid: DEVICE })).toEqual(
      acknowledged(2, 0, 7),
    );
    expect((await ingress.events()).map(({ key }) => key.slice(-8))).toEqual(["09:02:14", "18:00:14"]);
    const kept = await ingress.quarantined();
    expect(kept.map(({ reason }) => reason)).toEqual([
      ...Array(4).fill("value: expected an object"),
      ...Array(2).fill("AttendanceLog: expected a date and time"),
      "EmployeeCode: expected an employee code",
    ]);
    expect(JSON.parse(kept[5]?.body ?? "")).toMatchObject({
      RealTime: { SerialNumber: DEVICE, PunchLog: { LogTime: "2026-02-30 09:00:00" } },
    });
  });

  test("a batch of thousands of bad rows leaves room in the quarantine, and every good one is stored", async () => {
    const ingress = openIngress();
    const second = (index: number) => new Date(ARRIVAL + index * 1000).toISOString().slice(0, 19).replace("T", " ");
    const Log = Array.from({ length: 4000 }, (_, index) =>
      index % 2 === 0 ? { ...good, LogTime: second(index) } : { index },
    );
    expect(await ingress.deliver({ PunchLog: { Log } }, { stgid: DEVICE })).toEqual(acknowledged(2000, 0, 50));
    expect((await ingress.quarantined()).at(-1)?.reason).toBe(
      "1951 more rows: AttendanceLog: expected a date and time",
    );
  });

  test.each([
    ["a page without rows", { Log: [] }, 0, 0],
    ["a page with one row that is not a list", { Log: good }, 1, 0],
    ["a list without a page", [good], 1, 0],
    ["one punch", good, 1, 0],
    ["text", "x", 0, 1],
    ["a page of nothing", { ReturnRowCount: "0" }, 0, 1],
  ])("PunchLog is %s", async (_name, PunchLog, added, quarantined) => {
    expect(await openIngress().deliver({ PunchLog }, { stgid: DEVICE })).toEqual(acknowledged(added, 0, quarantined));
    expect(await openIngress().deliver(legacyOf(PunchLog))).toEqual(acknowledged(added, 0, quarantined));
  });

  test("a batch without a device waits in quarantine, and can be replayed after the device was added", async () => {
    const ingress = openIngress();
    expect(await ingress.deliver({ PunchLog: { Log: [good] } })).toEqual(acknowledged(0, 0, 1));
    const [kept] = await ingress.quarantined();
    expect(kept?.reason).toBe("DeviceSN: expected a serial number");
    expect(await ingress.replay(kept?.id ?? "")).toEqual({ kind: "unreadable", reason: kept?.reason });
    expect(await ingress.quarantined()).toHaveLength(1);
    const body = (kept?.body ?? "").replace('"SerialNumber":null', `"SerialNumber":"${DEVICE}"`);
    await ingress.log.release(kept?.id ?? "");
    await ingress.log.quarantine({ receivedAt: kept?.receivedAt ?? "", reason: "corrected", body });
    const [corrected] = await ingress.quarantined();
    expect(await ingress.replay(corrected?.id ?? "")).toEqual(acknowledged(1));
    expect(await ingress.quarantined()).toEqual([]);
    expect(await ingress.replay(corrected?.id ?? "")).toBeNull();
    expect(await onlyEvent(ingress)).toMatchObject({ DeviceSN: DEVICE, receivedAt: "2026-06-21T03:32:16.250Z" });
  });

  const template = { Type: "Fingerprint", UserID: "1042", Size: "14", Index: "6", Data: "Rk1SACAyMAAAAAAkAAA=" };

  test.each([
    [
      "only templates",
      { Template: [template, { ...template, Type: "Face", Index: null }] },
      ["Fingerprint 6", "Face -"],
    ],
    ["one template that is not a list", { Template: template }, ["Fingerprint 6"]],
    ["only a photo", { Photo: { Type: "Base64", UserId: "1042", Data: "/9j/4A==" } }, ["UserPhoto -"]],
    [
      "templates of the user named outside",
      { UserID: "1042", Template: [altered(template, { UserID: undefined })] },
      ["Fingerprint 6"],
    ],
    [
      "templates of the user named in another",
      { Template: [template, altered(template, { UserID: undefined, Index: 7 })] },
      ["Fingerprint 6", "Fingerprint 7"],
    ],
    ["only a user", { UserID: "1042" }, ["user"]],
    ["a kind of credential that is new", { Template: [{ ...template, Type: "Aura" }] }, ["Other 6"]],
  ])("a user change with %s", async (_name, change, expected) => {
    const ingress = openIngress();
    expect(await ingress.deliver(userOf(change))).toEqual(acknowledged(expected.length));
    const changes = (await ingress.events()).map(({ body }) => {
      if (body.kind !== "enrollment.update") return body.kind;
      const { CredentialType, Index, EmployeeCode } = body.update;
      expect(EmployeeCode).toBe("1042");
      return CredentialType === null ? "user" : `${CredentialType} ${Index ?? "-"}`;
    });
    expect(changes).toEqual(expected);
  });

  const text = (value: unknown) => JSON.stringify(value);
  const rows = [legacyRow, { ...legacyRow, LogTime: "2026-06-21 18:02:14 GMT +0530" }] as const;
  const numbered = Object.fromEntries(rows.entries());
  const { RealTime } = legacyOf(rows[0]);
  const users = [{ UserID: "7" }, { UserID: "8" }];

  test.each<readonly [string, unknown, number]>([
    ["RealTime as text", { RealTime: text(RealTime) }, 1],
    ["RealTime as a list of one", { RealTime: [RealTime] }, 1],
    ["RealTime as a list", { RealTime: rows.map((row) => legacyOf(row)["RealTime"]) }, 2],
    ["RealTime as a list of texts", { REALTIME: rows.map((row) => text(legacyOf(row)["RealTime"])) }, 2],
    ["RealTime as the text of a list", { RealTime: text([RealTime]) }, 1],
    ["a wrapper as a list of one", { ApiRequestInfo: [{ RealTime }] }, 1],
    ["a wrapper and RealTime as text", { request_data: text({ RealTime: text(RealTime) }) }, 1],
    ["bodies as texts", [text({ RealTime }), text(legacyOf(rows[1]))], 2],
    ["bodies as PHP numbers them", { 0: { RealTime }, 1: legacyOf(rows[1]) }, 2],
    ["PunchLog as text", legacyOf(text(rows[0])), 1],
    ["PunchLog as the text of a list", legacyOf(text(rows)), 2],
    ["PunchLog as a list of texts", legacyOf(rows.map(text)), 2],
    ["PunchLog as PHP numbers it", legacyOf(numbered), 2],
    ["Log as text", legacyOf({ Log: text(rows) }), 2],
    ["Log as a single row", legacyOf({ Log: rows[0] }), 1],
    ["Log as PHP numbers it", legacyOf({ Log: numbered }), 2],
    ["a list of pages", legacyOf(rows.map((Log) => ({ Log }))), 2],
    ["UserUpdated as a list", userOf(users), 2],
    ["UserUpdated as text", userOf(text(users)), 2],
    ["templates as text", userOf({ UserID: "7", Template: text([template]) }), 1],
    ["a photo as text", userOf({ UserID: "7", Photo: text({ Data: "/9j/4A==" }) }), 1],
    ["UserDeleted as text", { RealTime: { ...(RealTime as Json), PunchLog: undefined, UserDeleted: text(users) } }, 2],
  ])("%s is what it says", async (_name, body, count) => {
    const ingress = openIngress();
    expect(await ingress.deliver(body)).toEqual(acknowledged(count));
    const wrong = text(body).replaceAll(ACCOUNT_TOKEN, "WrongAuthToken0123456789abcdefgh");
    expect(await openIngress().deliver(wrong)).toEqual({ kind: "unauthenticated" });
  });

  test("a bad item of a list of RealTime costs that item only", async () => {
    const ingress = openIngress();
    const bad = { ...(RealTime as Json), PunchLog: { ...legacyRow, LogTime: "yesterday" } };
    expect(await ingress.deliver({ RealTime: [RealTime, bad, 5] })).toEqual(acknowledged(1, 0, 2));
    const kept = (await ingress.quarantined()).map(({ body }) => body);
    expect(kept).toContain('{"RealTime":5}');
    expect(kept).toContainEqual(expect.stringContaining("yesterday"));
  });

  const asPhp = (value: unknown, name = ""): readonly (readonly [string, string])[] =>
    typeof value === "object" && value !== null
      ? Object.entries(value).flatMap(([each, inner]) => asPhp(inner, name === "" ? each : `${name}[${each}]`))
      : [[name, String(value)]];

  test.each([
    ["a punch of the older generation", legacyOf(rows[0]), 1],
    ["a page of punches", legacyOf({ Log: rows }), 2],
    ["a batch of a device", { stgid: DEVICE, PunchLog: { Log: rows } }, 2],
    ["a user updated", userOf({ UserID: "7", Template: [template] }), 1],
    ["a punch of version 3", altered(PUNCH, { Temperature: undefined, FaceMask: undefined }), 1],
  ])("%s in a form, with objects as PHP writes them", async (_name, body, count) => {
    const ingress = openIngress();
    const pairs = asPhp(body);
    const form = new URLSearchParams(pairs.map(([name, value]) => [name, value])).toString();
    expect(await ingress.deliver(form, { contentType: "application/x-www-form-urlencoded" })).toEqual(
      acknowledged(count),
    );
    const unescaped = pairs.map((pair) => pair.map((part) => part.replaceAll("+", "%2B")).join("=")).join("&");
    expect(await ingress.deliver(unescaped, { contentType: "text/plain" })).toEqual(acknowledged(0, count));
    const parts = pairs.map(
      ([name, value]) => `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
    );
    expect(await ingress.deliver(`${parts.join("")}--x--\r\n`)).toEqual(acknowledged(0, count));
  });

  test("brackets in a form without an index, and far too many of them", async () => {
    const ingress = openIngress();
    const row = `PunchLog[Log][][UserID]=1042&PunchLog[Log][][LogTime]=${encodeURIComponent(legacyRow.LogTime)}`;
    expect(await ingress.deliver(`stgid=${DEVICE}&${row}`)).toEqual(acknowledged(1));
    expect(await ingress.deliver(`PunchLog${"[a]".repeat(100_000)}=1&__proto__[a]=1`)).toEqual(acknowledged(0, 0, 1));
  });

  test("a template without a user goes into quarantine, without its data", async () => {
    const ingress = openIngress();
    const userless = altered(template, { UserID: undefined });
    expect(await ingress.deliver(userOf({ Template: [userless, null] }))).toEqual(acknowledged(0, 0, 2));
    expect(JSON.stringify(await ingress.quarantined())).not.toContain("Rk1S");
  });

  test("neither a PIN nor its length is stored, and a PIN cannot be guessed from a key", async () => {
    const [one, two] = [openIngress(), openIngress()];
    const pin = (Data: string) =>
      userOf({ Template: [{ Type: "Password", UserID: "1042", Size: Data.length, Data }] }, { OperationID: "op" });
    await one.deliver(pin("4711"));
    await two.deliver(pin("081512"));
    expect(await onlyEvent(one)).toEqual(await onlyEvent(two));
    expect(await onlyEvent(one)).toMatchObject({ body: { update: { CredentialType: "Password", Size: null } } });
  });

  test("a user who is deleted twice makes two events, and a repeated delivery none", async () => {
    const ingress = openIngress();
    const deleted = (OperationID: string, Time: string) => ({
      RealTime: { SerialNumber: DEVICE, AuthToken: ACCOUNT_TOKEN, OperationID, Time, UserDeleted: { UserID: "1042" } },
    });
    expect(await ingress.deliver(deleted("a", "2026-06-21 03:36:00 GMT +0000"))).toEqual(acknowledged(1));
    expect(await ingress.deliver(deleted("a", "2026-06-21 03:36:30 GMT +0000"))).toEqual(acknowledged(0, 1));
    expect(await ingress.deliver(deleted("b", "2026-06-21 03:50:00 GMT +0000"))).toEqual(acknowledged(1));
  });
});

describe("other bodies", () => {
  test("an event of a later version is kept, without its secrets", async () => {
    const ingress = openIngress();
    const body = {
      Event: "door.alarm",
      EventID: "evt_1",
      DeviceSN: DEVICE,
      AuthToken: ACCOUNT_TOKEN,
      Time: "2026-06-21 03:32:15 GMT +0000",
      Attempt: 3,
      DoorNo: 1,
      Said: `it was ${ACCOUNT_TOKEN}`,
      Nested: {
        Data: "c4nary",
        PIN: 4711,
        deep: [{ FacePhoto: { x: "c4nary" }, fine: "fine" }],
        Blob: "A".repeat(400),
      },
      HasPhoto: true,
    };
    expect(await ingress.deliver(body)).toEqual(acknowledged(1));
    expect(await ingress.deliver({ ...body, Attempt: 4 })).toEqual(acknowledged(0, 1));
    expect(await onlyEvent(ingress)).toMatchObject({
      key: `event ${DEVICE} evt_1`,
      DeviceSN: DEVICE,
      occurredAt: "2026-06-21T03:32:15Z",
      body: {
        kind: "other",
        name: "door.alarm",
        members: {
          DeviceSN: DEVICE,
          DoorNo: 1,
          HasPhoto: true,
          Nested: {
            Data: "[redacted]",
            PIN: "[redacted]",
            deep: [{ FacePhoto: "[redacted]", fine: "fine" }],
            Blob: "[400 characters]",
          },
        },
      },
    });
    expect(JSON.stringify(await ingress.events())).not.toMatch(new RegExp(`c4nary|4711|AuthToken|${ACCOUNT_TOKEN}`));
  });

  test("an unknown body of the older generation is kept under the name of its part", async () => {
    const ingress = openIngress();
    const body = {
      RealTime: { OperationID: "x", SerialNumber: DEVICE, AuthToken: ACCOUNT_TOKEN, CommandDone: { Result: "ok" } },
    };
    expect(await ingress.deliver(body)).toEqual(acknowledged(1));
    expect(await onlyEvent(ingress)).toMatchObject({ body: { kind: "other", name: "CommandDone" } });
  });

  test.each<readonly [string, Json, string]>([
    ["a status without Event", altered(STATUS, { Event: undefined }), "device.status"],
    ["an enrollment without Event", altered(ENROLLMENT, { Event: undefined }), "enrollment.update"],
    ["a punch without Event", altered(PUNCH, { Event: undefined }), "attendance.new"],
    ["a status without EventID", altered(STATUS, { EventID: undefined }), "device.status"],
    ["an event in another case", { ...STATUS, Event: "DEVICE.STATUS" }, "device.status"],
    ...["AttendanceNew", "attendance_new", "Attendance New"].map(
      (Event) => [`a punch as ${Event}`, { ...PUNCH, Event, More: 1 }, "attendance.new"] as const,
    ),
    ...["DeviceStatus", "device_status", "DEVICE-STATUS"].map(
      (Event) => [`a status as ${Event}`, { ...STATUS, Event }, "device.status"] as const,
    ),
    ...["EnrollmentUpdate", "enrollment_update"].map(
      (Event) => [`an enrollment as ${Event}`, { ...ENROLLMENT, Event }, "enrollment.update"] as const,
    ),
    ["another event with a word of a status", { ...STATUS, Event: "door.alarm", DoorNo: 1 }, "other"],
    [
      "words newer than this contract",
      { ...STATUS, Status: "Dreaming", Reason: "Bored", X: { y: 1 } },
      "device.status",
    ],
  ])("%s is recognized by its shape", async (_name, body, kind) => {
    const ingress = openIngress();
    expect(await ingress.deliver(body)).toEqual(acknowledged(1));
    expect(await ingress.deliver(body)).toEqual(acknowledged(0, 1));
    expect(await onlyEvent(ingress)).toMatchObject({ body: { kind } });
  });

  test("the header names an event whose body does not", async () => {
    const ingress = openIngress();
    const body = { EventID: "evt_1", AuthToken: ACCOUNT_TOKEN, What: "ever" };
    expect(await ingress.deliver(body, { event: "brand.new" })).toEqual(acknowledged(1));
    expect(await onlyEvent(ingress)).toMatchObject({ DeviceSN: "", body: { kind: "other", name: "brand.new" } });
    const status = openIngress();
    await status.deliver({ ...STATUS, Event: undefined, Status: "Dreaming" }, { event: "DeviceStatus" });
    expect(await onlyEvent(status)).toMatchObject({ body: { kind: "device.status" } });
  });
});

describe("hostile bodies", () => {
  test.each([
    ["nothing", ""],
    ["blanks", " \n "],
    ["text that is not JSON", "hello"],
    ["half a body", JSON.stringify(PUNCH).slice(0, -40)],
    ["a number", "42"],
    ["null", "null"],
    ["a list", "[]"],
    ["a text", '"hello"'],
    ["an empty object", "{}"],
    ["an object of something else", '{"hello":{"world":1}}'],
    ["brackets that are never closed", "[".repeat(200_000)],
    ["brackets within brackets", "[".repeat(200_000) + "]".repeat(200_000)],
    ["objects within objects", '{"a":'.repeat(100_000) + "1" + "}".repeat(100_000)],
    ["the same with a large number in it", `${'{"a":'.repeat(100_000)}1e999${"}".repeat(100_000)}`],
    ["bytes that are not text", Buffer.from([0xff, 0xfe, 0x00, 0x80])],
  ])("%s is put into quarantine and acknowledged, so that nothing waits behind it", async (_name, body) => {
    const ingress = openIngress();
    expect(await ingress.deliver(body)).toEqual(acknowledged(0, 0, 1));
    expect(await ingress.events()).toEqual([]);
    const [kept] = await ingress.quarantined();
    expect(kept).toMatchObject({ receivedAt: "2026-06-21T03:32:16.250Z", reason: expect.stringMatching(/^.{5,120}$/) });
    expect(Buffer.byteLength(kept?.body ?? "")).toBeLessThanOrEqual(4096);
  });

  test.each([
    ["no device", altered(PUNCH, { DeviceSN: undefined })],
    ["a list for a device", { ...PUNCH, DeviceSN: [DEVICE] }],
    ["a device that is far too long", { ...PUNCH, DeviceSN: "S".repeat(257) }],
    ["a device with a line feed", { ...PUNCH, DeviceSN: "S\n1" }],
    ["no employee", altered(PUNCH, { EmployeeCode: undefined })],
    ["an employee that is far too long", { ...PUNCH, EmployeeCode: "1".repeat(1000) }],
    ["an employee of control characters", { ...PUNCH, EmployeeCode: "\0\r\n" }],
    ["a device of blanks", { ...PUNCH, DeviceSN: " \0 " }],
    ["an hour that no clock of twelve hours has", { ...PUNCH, AttendanceLog: "2026-06-21 21:02:14 PM" }],
    ["an employee with a line feed", { ...PUNCH, EmployeeCode: "1\n2" }],
    ["an employee that is true", { ...PUNCH, EmployeeCode: true }],
    ["an employee that is a fraction", { ...PUNCH, EmployeeCode: 10.5 }],
    ["no time", altered(PUNCH, { AttendanceLog: undefined })],
    ["a time that is not a time", { ...PUNCH, AttendanceLog: "yesterday" }],
    ["a clock that was never set", { ...PUNCH, AttendanceLog: "0000-00-00 00:00:00" }],
    ["a day that does not exist", { ...PUNCH, AttendanceLog: "2026-02-29 09:00:00" }],
    ["an hour that does not exist", { ...PUNCH, AttendanceLog: "2026-06-21 24:00:00" }],
    ["a number for a time", { ...PUNCH, AttendanceLog: 1_782_012_734 }],
    ["a status event without Status", altered(STATUS, { Status: undefined })],
    ["an enrollment without an employee", altered(ENROLLMENT, { EmployeeCode: undefined })],
    ["a RealTime that is not an object", { RealTime: "x", AuthToken: ACCOUNT_TOKEN }],
  ])("%s: into quarantine, without the token", async (_name, body) => {
    const ingress = openIngress();
    expect(await ingress.deliver(body)).toEqual(acknowledged(0, 0, 1));
    const [kept] = await ingress.quarantined();
    expect(kept?.reason).toMatch(/expected/);
    expect(kept?.body).toContain('"AuthToken":"[redacted]"');
    expect(JSON.stringify(kept)).not.toContain(ACCOUNT_TOKEN);
  });

  test.each([
    ["as JSON", (text: string) => text],
    ["cut off", (text: string) => text.slice(0, -2)],
    ["cut off within a secret", (text: string) => text.slice(0, text.indexOf("c4nary") + 4)],
    ["with a quote missing", (text: string) => text.replace('"Password":', 'Password":')],
    [
      "as something like a form",
      (text: string) =>
        text
          .replaceAll(/[{}"[\]]/g, "")
          .replaceAll(":", "=")
          .replaceAll(",", ", "),
    ],
  ])("no secret of a bad body is kept: %s", async (_name, spoil) => {
    const ingress = openIngress();
    await ingress.deliver(spoil(JSON.stringify(SECRETIVE)));
    const kept = await ingress.quarantined();
    expect(kept).toHaveLength(1);
    expect(JSON.stringify(kept)).not.toMatch(new RegExp(`c4n|${ACCOUNT_TOKEN}`));
    expect(kept[0]?.body).toContain("hello");
  });

  const FAILURE = "FailureReason";
  test.each<readonly [string, (echo: string) => unknown, number]>([
    ["a text of an event", (echo) => ({ ...ENROLLMENT, [FAILURE]: echo }), 1_000],
    ["a text of an unknown event", (Said) => ({ ...STATUS, Event: "door.alarm", Deep: [{ Said }] }), 1_000],
    ["a member of an unknown event", (echo) => ({ ...STATUS, Event: "door.alarm", Deep: { [echo]: 1 } }), 1_000],
    ["JSON in a text", (Said) => ({ ...STATUS, Event: "door.alarm", Said: JSON.stringify({ Said }) }), 990],
    ["a name of the older generation", (echo) => ({ RealTime: { AuthToken: ACCOUNT_TOKEN, [echo]: { x: 1 } } }), 64],
    ["a bad row", (Note) => ({ ...PUNCH, AttendanceLog: "never", Note }), 1_000],
    ["text that is no body", (echo) => `no JSON ${echo}`, 4_093 - "no JSON ".length],
    ["long text that is no body", (echo) => `no JSON ${echo}`, 16_384 - "no JSON ".length],
  ])("no secret is kept where a text is cut: %s", async (_name, bodyWith, length) => {
    for (const kept of [8, ACCOUNT_TOKEN.length - 1]) {
      const ingress = openIngress();
      const echo = `${"x ".repeat(length).slice(0, length - kept)}${ACCOUNT_TOKEN} was refused`;
      expect(await ingress.deliver(bodyWith(echo))).toMatchObject({ kind: "acknowledged" });
      const stored = JSON.stringify([await ingress.events(), await ingress.quarantined()]);
      expect(stored).toContain("x x x");
      expect(stored).not.toContain(ACCOUNT_TOKEN.slice(0, 8));
    }
  });

  test("no secret of a bad body is kept: twice in a list, as two bodies", async () => {
    const ingress = openIngress();
    expect(await ingress.deliver([SECRETIVE, SECRETIVE])).toEqual(acknowledged(0, 0, 2));
    for (const { body } of await ingress.quarantined()) {
      expect(body).not.toMatch(new RegExp(`c4n|${ACCOUNT_TOKEN}`));
      expect(body).toContain("hello");
    }
  });

  test("names of prototype members are treated as any other member", async () => {
    const ingress = openIngress();
    const hostile =
      '"__proto__":{"EmployeeCode":"evil","polluted":1},"constructor":{"prototype":{"polluted":1}},"toString":"x"';
    const text = JSON.stringify(PUNCH).replace("{", `{${hostile},`);
    expect(await ingress.deliver(text)).toEqual(acknowledged(1));
    expect(await onlyEvent(ingress)).toMatchObject({ body: { punch: { EmployeeCode: "1042" } } });
    const other = text.replace("attendance.new", "__proto__").replace("AttendanceLog", "Log").replace("evt_", "evt_2");
    expect(await ingress.deliver(other)).toEqual(acknowledged(1));
    const [, event] = await ingress.events();
    expect(event?.body).toMatchObject({ kind: "other", name: "__proto__" });
    expect(event?.body.kind === "other" && Object.keys(event.body.members)).not.toContain("__proto__");
    expect(({} as Json)["polluted"]).toBeUndefined();
    const only = '{"__proto__":{"DeviceSN":"SN7A2300583","EmployeeCode":"1","AttendanceLog":"2026-06-21 09:02:14"}}';
    expect(await ingress.deliver(only)).toEqual(acknowledged(0, 0, 1));
    expect(
      await ingress.deliver("__proto__=1&constructor=2", { contentType: "application/x-www-form-urlencoded" }),
    ).toEqual(acknowledged(0, 0, 1));
  });

  test("the last of duplicate members counts, and every duplicate token has to be valid", async () => {
    const twice = JSON.stringify(PUNCH).replace("{", '{"EmployeeCode":"evil",');
    expect((await punchOf(twice)).punch.EmployeeCode).toBe("1042");
    const ingress = openIngress();
    expect(await ingress.deliver({ ...PUNCH, AUTHTOKEN: "x" })).toEqual({ kind: "unauthenticated" });
  });

  test("a number out of range costs at most its member", async () => {
    const text = JSON.stringify({ ...PUNCH, Temperature: 1, Attempt: 2 })
      .replace('"Temperature":1', `"Temperature":${"9".repeat(400)}`)
      .replace('"Attempt":2', '"Attempt":-1e999');
    expect((await punchOf(text)).punch).toMatchObject({ Temperature: null });
    expect((await punchOf({ ...PUNCH, Temperature: "9".repeat(400) })).punch).toMatchObject({ Temperature: null });
  });

  test("an unpaired surrogate in a code causes no failure", async () => {
    const text = JSON.stringify(PUNCH).replace("1042", String.raw`\ud800x`);
    expect((await punchOf(text)).key).toContain("x");
  });

  test("texts of excessive length are cut", async () => {
    const ingress = openIngress();
    const long = "x ".repeat(250_000);
    expect(await ingress.deliver({ ...ENROLLMENT, FailureReason: long, CommandID: long })).toEqual(acknowledged(1));
    expect(await ingress.deliver({ ...STATUS, DeviceLabel: long })).toEqual(acknowledged(1));
    const many = Object.fromEntries(Array.from({ length: 40_000 }, (_, index) => [`m${index}`, { a: [index, "y"] }]));
    expect(await ingress.deliver({ ...STATUS, Event: "new.kind", EventID: "evt_3", ...many })).toEqual(acknowledged(1));
    for (const event of await ingress.events()) expect(JSON.stringify(event).length).toBeLessThan(100_000);
  });

  test("a body of 4 MiB is decoded in time, whatever it contains", async () => {
    const MEBI = 4 * 1024 * 1024;
    const fillers = [
      "A",
      "{},",
      "[",
      "\n",
      "{}\n",
      '"AuthToken":1,',
      "--x\r\n",
      "a=&",
      "data ",
      '{"data":',
      "\\",
      "token",
      '"',
      " ",
      "ａ",
      '"Data":"x",',
      "0",
      "=",
      "GMT +",
    ];
    const bodies = fillers.flatMap((filler) => {
      const filled = filler.repeat(Math.floor(MEBI / filler.length / 2));
      return [
        filled,
        `${filled}!`,
        JSON.stringify({ ...PUNCH, AttendanceLog: `2026-06-21 09:02:14${filled}`, Extra: filled }),
      ];
    });
    for (const contentType of ["application/json", "application/x-www-form-urlencoded"]) {
      for (const body of bodies) {
        const before = process.cpuUsage();
        await openIngress().deliver(body, { contentType });
        const { user, system } = process.cpuUsage(before);
        expect((user + system) / 1000, `${contentType} ${body.slice(0, 20)}`).toBeLessThan(1500);
      }
    }
  });
});

describe("encrypted bodies", () => {
  const securityKey = "0123456789abcdef0123456789abcdef";
  const encrypt = (text: string, key = securityKey, zeros = false): string => {
    const cipher = createCipheriv("aes-256-ecb", key, null).setAutoPadding(!zeros);
    const plain = Buffer.from(text);
    const padded = zeros ? Buffer.concat([plain, Buffer.alloc((16 - (plain.length % 16)) % 16)]) : plain;
    return Buffer.concat([cipher.update(padded), cipher.final()]).toString("base64");
  };
  const text = JSON.stringify(PUNCH);
  /** Has all that writers of JSON and Base64 write differently. */
  const SLASHED = Array.from({ length: 1_000 }, (_, Attempt) => encrypt(JSON.stringify({ ...PUNCH, Attempt }))).find(
    (each) => each.includes("/") && each.includes("+") && each.endsWith("="),
  ) as string;

  test.each([
    ["as text", encrypt(text)],
    ["as a JSON string", JSON.stringify(encrypt(text))],
    ["padded with zeros", encrypt(text, securityKey, true)],
    [
      "padded with zeros, of whole blocks",
      encrypt(text + " ".repeat(15 - ((text.length + 15) % 16)), securityKey, true),
    ],
    ["in lines", encrypt(text).replaceAll(/.{76}/g, "$&\r\n")],
    ["as a JSON string that escapes slashes", JSON.stringify(SLASHED).replaceAll("/", String.raw`\/`)],
    [
      "as a JSON string in Unicode escapes",
      JSON.stringify(SLASHED).replaceAll("/", String.raw`\u002F`).replaceAll("+", String.raw`\u002b`),
    ],
    ["as a JSON string in lines", JSON.stringify(SLASHED.replaceAll(/.{76}/g, "$&\r\n"))],
    ["as a JSON string with line ends", `"${SLASHED.replaceAll(/.{76}/g, "$&\n").replaceAll("/", String.raw`\/`)}"`],
    ["in Base64url", Buffer.from(SLASHED, "base64").toString("base64url")],
    ["without the padding of Base64", SLASHED.replace(/=+$/, "")],
  ])("%s", async (_name, body) => {
    const ingress = openIngress({ securityKey });
    expect(await ingress.deliver(body, { contentType: "text/plain" })).toEqual(acknowledged(1));
    expect(await onlyEvent(ingress)).toMatchObject({ body: { punch: { EmployeeCode: "1042" } } });
  });

  test("a body that is not encrypted, or with another key, is not acknowledged: the key has to be corrected", async () => {
    const ingress = openIngress({ securityKey });
    for (const body of [text, JSON.stringify(MINIMUM), encrypt(text, "f".repeat(32)), "A".repeat(64), ""]) {
      expect(await ingress.deliver(body)).toMatchObject({ kind: "unreadable" });
    }
    expect(await openIngress().deliver(encrypt(text))).toMatchObject({ kind: "unreadable" });
    expect(await ingress.events()).toEqual([]);
    expect(await ingress.quarantined()).toEqual([]);
  });

  test("an encrypted body is authenticated by its content", async () => {
    const ingress = openIngress({ securityKey });
    const wrong = encrypt(JSON.stringify({ ...PUNCH, AuthToken: "x" }));
    expect(await ingress.deliver(wrong)).toEqual({ kind: "unauthenticated" });
  });
});

test("a legacy user change keeps no personal data beyond the code", async () => {
  const ingress = openIngress();
  await ingress.deliver(USER_UPDATED);
  expect(JSON.stringify(await ingress.events())).not.toMatch(/Asha|Rk1S|9j/);
});
