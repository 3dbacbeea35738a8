import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { StoreUnavailableError } from "../../../src/redis/errors.ts";
import { createMemoryLog } from "../../../src/events/log/memory-log.ts";
import { document } from "../../contract/document.ts";
import {
  ACCOUNT_TOKEN,
  acknowledged,
  altered,
  DEVICE,
  DEVICE_TOKEN,
  exampleOf,
  type Json,
  onlyEvent,
  openIngress,
  OTHER_DEVICE,
} from "../../kit/events/deliver.ts";

const PUNCH = exampleOf("AttendanceNewEvent");
const MINIMUM = exampleOf("AttendanceNewMinimum");
const STATUS = exampleOf("DeviceStatusEvent");
const ENROLLMENT = exampleOf("EnrollmentUpdateEvent");
const LEGACY_PUNCH = exampleOf("LegacyRealTimePunch");
const BATCH = exampleOf("LegacyPunchBatch");
const USER_UPDATED = exampleOf("LegacyUserUpdated");
const USER_DELETED = exampleOf("LegacyUserDeleted");

const KEY = `punch ${DEVICE} 1042 2026-06-21 09:02:14`;
const NOTHING = { kind: "unauthenticated" };

const inside = (body: Json, change: Json): Json => ({ RealTime: altered(body["RealTime"] as Json, change) });
const form = (fields: Readonly<Record<string, string>>): string => new URLSearchParams(fields).toString();
/** Objects as JSON in the field, null as an empty one. */
const asField = (value: unknown): string =>
  value === null ? "" : typeof value === "string" ? value : JSON.stringify(value);
const FORM = { contentType: "application/x-www-form-urlencoded; charset=utf-8" };

test("the tests cover every body of the contract's webhooks", () => {
  const names = Object.values(document.webhooks).flatMap((methods) =>
    [...JSON.stringify(methods["post"]?.requestBody?.content?.["application/json"]).matchAll(/schemas\/(\w+)/g)].map(
      ([, name]) => name,
    ),
  );
  expect(new Set(names)).toEqual(
    new Set([
      "AttendanceNewEvent",
      "AttendanceNewMinimum",
      "DeviceStatusEvent",
      "EnrollmentUpdateEvent",
      "LegacyPunchBatch",
      "LegacyRealTimePunch",
      "LegacyUserDeleted",
      "LegacyUserUpdated",
    ]),
  );
});

describe("examples of the contract", () => {
  test("attendance.new", async () => {
    const ingress = openIngress();
    expect(await ingress.deliver(PUNCH)).toEqual(acknowledged(1));
    const { offset: _offset, ...event } = await onlyEvent(ingress);
    expect(event).toEqual({
      key: KEY,
      DeviceSN: DEVICE,
      occurredAt: "2026-06-21T03:32:14Z",
      receivedAt: "2026-06-21T03:32:16.250Z",
      recovered: false,
      body: {
        kind: "attendance.new",
        punch: {
          PunchID: "pun_01J9Z8N3T5",
          DeviceSN: DEVICE,
          DeviceLabel: "Main Gate",
          EmployeeCode: "1042",
          EmployeeName: undefined,
          AttendanceLog: "2026-06-21 09:02:14",
          UtcOffset: "+05:30",
          Type: "face",
          Direction: "CheckIn",
          Temperature: null,
          FaceMask: null,
          HasPhoto: true,
          ReceivedTime: null,
          ClockSuspect: false,
        },
      },
    });
  });

  test("the published minimum has the same key as the whole body, and no instant", async () => {
    const ingress = openIngress();
    expect(await ingress.deliver(MINIMUM)).toEqual(acknowledged(1));
    expect(await onlyEvent(ingress)).toMatchObject({
      key: KEY,
      occurredAt: null,
      body: { punch: { UtcOffset: null, Type: "face", Direction: "CheckIn", HasPhoto: null, ClockSuspect: null } },
    });
  });

  test("device.status", async () => {
    const ingress = openIngress();
    expect(await ingress.deliver(STATUS)).toEqual(acknowledged(1));
    expect(await onlyEvent(ingress)).toMatchObject({
      key: `event ${DEVICE} evt_01J9Z8P0QA`,
      occurredAt: "2026-06-21T03:42:00Z",
      body: {
        kind: "device.status",
        change: {
          DeviceSN: DEVICE,
          DeviceLabel: "Main Gate",
          Status: "Offline",
          PreviousStatus: "Online",
          Reason: "HeartbeatTimeout",
          LastSeen: "2026-06-21T03:40:02Z",
          QueueDepth: 2,
          QueueStatus: "Processing",
        },
      },
    });
  });

  test("enrollment.update", async () => {
    const ingress = openIngress();
    expect(await ingress.deliver(ENROLLMENT)).toEqual(acknowledged(1));
    const { body, ...event } = await onlyEvent(ingress);
    expect(event).toMatchObject({ key: `event ${DEVICE} evt_01J9Z8QX7B`, occurredAt: "2026-06-21T03:32:21Z" });
    expect(body).toEqual({
      kind: "enrollment.update",
      update: {
        DeviceSN: DEVICE,
        EmployeeCode: "1042",
        Action: "CredentialAdded",
        CredentialType: "Fingerprint",
        Index: 6,
        Size: 1176,
        EnrollmentStatus: "Completed",
        Source: "Command",
        CommandID: "cmd_01J9Z8N3T5",
        OperationID: "k3v9x2m1qz7a",
        FailureReason: null,
      },
    });
  });

  test("RealTime.PunchLog: the same punch as in version 3", async () => {
    const ingress = openIngress();
    expect(await ingress.deliver(LEGACY_PUNCH)).toEqual(acknowledged(1));
    expect(await onlyEvent(ingress)).toMatchObject({
      key: KEY,
      DeviceSN: DEVICE,
      occurredAt: "2026-06-21T03:32:14Z",
      body: {
        kind: "attendance.new",
        punch: {
          DeviceLabel: "Main Gate",
          EmployeeCode: "1042",
          AttendanceLog: "2026-06-21 09:02:14",
          UtcOffset: "+05:30",
          Type: "fingerprint",
          Direction: "CheckIn",
          Temperature: 36.8,
          FaceMask: false,
        },
      },
    });
  });

  test("PunchLog.Log[]: one event per row, of the device in the URL", async () => {
    const ingress = openIngress();
    expect(await ingress.deliver(BATCH, { stgid: DEVICE })).toEqual(acknowledged(2));
    const events = await ingress.events();
    expect(events.map(({ key }) => key)).toEqual([KEY, `punch ${DEVICE} 1042 2026-06-21 18:00:14`]);
    expect(events.map(({ body }) => body)).toMatchObject([
      { punch: { Direction: "CheckIn", Type: "face", DeviceSN: DEVICE } },
      { punch: { Direction: "CheckOut", Type: "face", DeviceSN: DEVICE } },
    ]);
  });

  test("RealTime.UserUpdated: one event each for the user, the templates and the photo, without data", async () => {
    const ingress = openIngress();
    expect(await ingress.deliver(USER_UPDATED)).toEqual(acknowledged(3));
    const events = await ingress.events();
    const device = { DeviceSN: DEVICE, EmployeeCode: "1042", EnrollmentStatus: "Completed", Source: "Device" };
    expect(events.map(({ body }) => body)).toMatchObject([
      { update: { ...device, Action: "UserUpdated", CredentialType: null, Index: null, Size: null } },
      { update: { ...device, Action: "CredentialAdded", CredentialType: "Fingerprint", Index: 6, Size: 14 } },
      { update: { ...device, Action: "CredentialAdded", CredentialType: "UserPhoto", Index: null, Size: 22 } },
    ]);
    expect(events.map(({ occurredAt }) => occurredAt)).toEqual(Array(3).fill("2026-06-21T03:35:00Z"));
    expect(JSON.stringify(events)).not.toMatch(/Rk1SACAy|9j.4AAQ|Asha/);
  });

  test("RealTime.UserDeleted", async () => {
    const ingress = openIngress();
    expect(await ingress.deliver(USER_DELETED)).toEqual(acknowledged(1));
    expect(await onlyEvent(ingress)).toMatchObject({
      DeviceSN: DEVICE,
      occurredAt: "2026-06-21T03:36:00Z",
      body: { kind: "enrollment.update", update: { EmployeeCode: "1042", Action: "UserDeleted" } },
    });
  });

  test.each([
    ["attendance.new", PUNCH, 1],
    ["the minimum", MINIMUM, 1],
    ["device.status", STATUS, 1],
    ["enrollment.update", ENROLLMENT, 1],
    ["a punch of the older generation", LEGACY_PUNCH, 1],
    ["a batch", BATCH, 2],
    ["a user updated", USER_UPDATED, 3],
    ["a user deleted", USER_DELETED, 1],
  ] as const)("%s is stored once, however often it is sent concurrently", async (_name, body, count) => {
    const ingress = openIngress();
    const send = (attempt: number) => {
      const again = { Attempt: attempt, Time: `2026-06-21 04:00:${String(attempt % 60).padStart(2, "0")} GMT +0000` };
      const sent =
        "RealTime" in body ? inside(body, { Time: again.Time }) : "Event" in body ? { ...body, ...again } : body;
      return ingress.deliver(sent, { stgid: DEVICE });
    };
    const outcomes = await Promise.all(Array.from({ length: 100 }, (_, attempt) => send(attempt)));
    expect(outcomes.every(({ kind }) => kind === "acknowledged")).toBe(true);
    expect(outcomes.reduce((sum, outcome) => sum + (outcome.kind === "acknowledged" ? outcome.added : 0), 0)).toBe(
      count,
    );
    expect(await ingress.events()).toHaveLength(count);
  });

  const inTurn = (body: Json, member: string, words: readonly string[]) =>
    words.map((word, index): Json => ({ ...body, [member]: word, Time: `2026-06-21 04:0${index}:00 GMT +0000` }));
  const STATUSES = inTurn(STATUS, "Status", ["Offline", "Online", "Offline"]);
  const CHANGES = inTurn(ENROLLMENT, "Action", ["UserAdded", "UserDeleted", "UserAdded"]);
  const ALARMS = inTurn({ ...STATUS, Event: "door.alarm" }, "Alarm", ["Forced", "None", "Forced"]);
  const UNREADABLE_TIMES = STATUSES.map((body, index) => ({ ...body, Time: `this morning, ${index}` }));
  const LEGACY_CHANGES = UNREADABLE_TIMES.map(({ Time }) => inside(USER_DELETED, { Time, OperationID: undefined }));
  const withoutTime = { ...(USER_DELETED["RealTime"] as Json), UserDeleted: { UserID: "1042" } };
  const LEGACY_ZEROS = STATUSES.map(({ Time }) => ({ RealTime: { ...withoutTime, Time, OperationID: "0" } }));

  test.each([
    ["a status", STATUSES],
    ["an enrollment", CHANGES],
    ["an event that is not known", ALARMS],
    ["a status whose time cannot be read", UNREADABLE_TIMES],
    ["a deletion of the older generation whose time cannot be read", LEGACY_CHANGES],
    ["a deletion of the older generation whose OperationID is 0", LEGACY_ZEROS],
  ])("%s without a usable EventID is one for each of its times, and one if it is sent again", async (_name, bodies) => {
    const ids: readonly (readonly unknown[])[] = [
      [undefined, undefined, undefined],
      [null, null, null],
      ["", "", ""],
      [{ id: 1 }, { id: 1 }, { id: 1 }],
      ...[0, "0", "-", "null", "Undefined", "N/A", "(null)", "00000000-0000-0000-0000-000000000000"].map((id) => [
        id,
        id,
        id,
      ]),
      ["a".repeat(129), "b".repeat(129), "c".repeat(129)],
    ];
    for (const each of ids) {
      const ingress = openIngress();
      const sent = bodies.map((body, index) => altered(body, { EventID: each[index] }));
      for (const body of sent) expect(await ingress.deliver({ ...body, Attempt: 1 })).toEqual(acknowledged(1));
      for (const body of sent) expect(await ingress.deliver({ ...body, Attempt: 2 })).toEqual(acknowledged(0, 1));
    }
  });

  test("an EventID identifies its event whatever its time is, also if it is too long to be kept", async () => {
    const ingress = openIngress();
    const EventID = "e".repeat(5_000);
    expect(await ingress.deliver({ ...STATUSES[0], EventID })).toEqual(acknowledged(1));
    expect(await ingress.deliver({ ...STATUSES[2], EventID })).toEqual(acknowledged(0, 1));
    expect((await onlyEvent(ingress)).key.length).toBeLessThan(100);
  });

  test.each([
    ["attendance.new", PUNCH],
    ["the minimum", MINIMUM],
    ["device.status", STATUS],
    ["enrollment.update", ENROLLMENT],
    ["a punch of the older generation", LEGACY_PUNCH],
    ["a batch", BATCH],
    ["a user updated", USER_UPDATED],
    ["a user deleted", USER_DELETED],
  ] as const)("%s as a form is the same as JSON, with names in any case", async (_name, body) => {
    const [json, fields, upper, field, raw] = [1, 2, 3, 4, 5].map(() => openIngress());
    const renamed = (value: unknown, rename: (name: string) => string): unknown => {
      if (Array.isArray(value)) return value.map((each) => renamed(each, rename));
      if (typeof value !== "object" || value === null) return value;
      return Object.fromEntries(Object.entries(value).map(([name, each]) => [rename(name), renamed(each, rename)]));
    };
    const stgid = DEVICE;
    await json?.deliver(body, { stgid });
    const pairs = Object.entries(body).map(([name, value]) => [name, asField(value)]);
    await fields?.deliver(form(Object.fromEntries(pairs)), { stgid, ...FORM });
    await upper?.deliver(
      renamed(body, (name) => name.toUpperCase()),
      { stgid },
    );
    await field?.deliver(form({ data: JSON.stringify(body) }), { stgid, ...FORM });
    await raw?.deliver(JSON.stringify(body), { stgid, ...FORM });
    const expected = await json?.events();
    expect(expected?.length).toBeGreaterThan(0);
    const facts = (events: typeof expected) =>
      events?.map(({ body, occurredAt, DeviceSN }) => ({ body, occurredAt, DeviceSN }));
    for (const each of [fields, upper, field, raw]) expect(facts(await each?.events())).toEqual(facts(expected));
    for (const each of [fields, field, raw]) expect(await each?.events()).toEqual(expected);
  });
});

describe("authentication", () => {
  const WRONG: readonly (readonly [string, unknown])[] = [
    ["wrong", "WrongAuthToken0123456789abcdefgh"],
    ["missing", undefined],
    ["empty", ""],
    ["null", null],
    ["a list with the right one", [ACCOUNT_TOKEN]],
    ["a number", 1234],
    ["an operator", { $ne: "" }],
    ["true", true],
    ["the right one in another case", ACCOUNT_TOKEN.toUpperCase()],
    ["the right one and more", `${ACCOUNT_TOKEN}x`],
    ["two of the right one", `${ACCOUNT_TOKEN} ${ACCOUNT_TOKEN}`],
  ];

  test.each(WRONG)("AuthToken %s: rejected, and nothing is stored", async (_name, AuthToken) => {
    const ingress = openIngress();
    for (const body of [PUNCH, STATUS, ENROLLMENT]) {
      expect(await ingress.deliver(altered(body, { AuthToken }))).toEqual(NOTHING);
    }
    for (const body of [LEGACY_PUNCH, USER_UPDATED, USER_DELETED]) {
      expect(await ingress.deliver(inside(body, { AuthToken }))).toEqual(NOTHING);
    }
    if (AuthToken !== undefined) {
      expect(await ingress.deliver({ ...MINIMUM, AuthToken })).toEqual(NOTHING);
      expect(await ingress.deliver({ ...BATCH, AuthToken }, { stgid: DEVICE })).toEqual(NOTHING);
      expect(await ingress.deliver({ ...PUNCH, authtoken: AuthToken })).toEqual(NOTHING);
      expect(await ingress.deliver({ ...LEGACY_PUNCH, AuthToken })).toEqual(NOTHING);
    }
    expect(await ingress.events()).toEqual([]);
    expect(await ingress.quarantined()).toEqual([]);
  });

  test.each(["%s ", " %s", "%s\n", "%s\0", "\t%s\r\n"])("a token may be padded: %j", async (padded) => {
    for (const token of [ACCOUNT_TOKEN, DEVICE_TOKEN]) {
      const ingress = openIngress();
      const AuthToken = padded.replace("%s", token);
      expect(await ingress.deliver({ ...PUNCH, AuthToken })).toEqual(acknowledged(1));
      expect(await ingress.deliver(inside(LEGACY_PUNCH, { AuthToken }))).toEqual(acknowledged(0, 1));
    }
  });

  test.each(WRONG.slice(0, 4))("AuthToken %s in a form: rejected", async (_name, AuthToken) => {
    const ingress = openIngress();
    const { AuthToken: _right, ...rest } = PUNCH;
    const fields = Object.entries({ ...rest, ...(AuthToken === undefined ? {} : { AuthToken: AuthToken ?? "" }) });
    const body = form(Object.fromEntries(fields.map(([name, value]) => [name, asField(value)])));
    expect(await ingress.deliver(body, FORM)).toEqual(NOTHING);
    expect(await ingress.deliver(`${form({ AuthToken: ACCOUNT_TOKEN })}&${body}&AuthToken=x`, FORM)).toEqual(NOTHING);
    expect(await ingress.events()).toEqual([]);
  });

  test("a body without a token is rejected if the path alone does not authenticate", async () => {
    const ingress = openIngress({ pathAuthenticates: false });
    expect(await ingress.deliver(MINIMUM)).toEqual(NOTHING);
    expect(await ingress.deliver(BATCH, { stgid: DEVICE })).toEqual(NOTHING);
    expect(await ingress.deliver({ hello: 1 })).toEqual(NOTHING);
    expect(await ingress.deliver("{")).toMatchObject({ kind: "unreadable" });
    expect(await ingress.deliver(PUNCH)).toEqual(acknowledged(1));
    expect(await ingress.quarantined()).toEqual([]);
  });

  test("the token of a device does not put what cannot be decoded about another device into the quarantine", async () => {
    const ingress = openIngress();
    const bad = { AuthToken: DEVICE_TOKEN, EmployeeCode: [] };
    const other = { ...bad, DeviceSN: OTHER_DEVICE };
    const row = { AuthToken: DEVICE_TOKEN, SerialNumber: OTHER_DEVICE, PunchLog: { Log: [{ EmployeeCode: [] }] } };
    for (const body of [altered(PUNCH, other), [altered(PUNCH, bad), altered(PUNCH, other)], { RealTime: row }])
      expect(await ingress.deliver(body)).toEqual(NOTHING);
    expect(await ingress.deliver(altered(PUNCH, { ...bad, DeviceSN: undefined }), { stgid: OTHER_DEVICE })).toEqual(
      NOTHING,
    );
    expect(await ingress.quarantined()).toEqual([]);
    expect(await ingress.deliver(altered(PUNCH, { ...bad, DeviceSN: DEVICE }))).toEqual(acknowledged(0, 0, 1));
    expect(await ingress.quarantined()).toMatchObject([{ devices: [DEVICE] }]);
  });

  test("a replay makes no event of what is not kept, or of a device that its sender may not speak for", async () => {
    const ingress = openIngress();
    const foreign = JSON.stringify(altered(PUNCH, { AuthToken: undefined, DeviceSN: OTHER_DEVICE }));
    // The lines after the first one are text; what is kept of the second one is JSON.
    const lines = `${JSON.stringify(altered(PUNCH, { AuthToken: DEVICE_TOKEN, DeviceSN: DEVICE }))}\n`;
    await ingress.deliver(`${lines}${foreign.padEnd(4_096)}x`);
    await ingress.deliver(`${foreign.padEnd(20_000)}x`);
    await ingress.deliver(altered(PUNCH, { EmployeeCode: "A".repeat(300) }));
    await ingress.log.quarantine({ receivedAt: "2026-06-21T03:32:16Z", reason: "x", body: foreign, devices: [DEVICE] });
    const before = (await ingress.events()).length;
    const kept = await ingress.quarantined();
    expect(kept.length).toBeGreaterThanOrEqual(3);
    for (const { id } of kept) expect(await ingress.replay(id)).toMatchObject({ kind: "unreadable" });
    expect(await ingress.events()).toHaveLength(before);
  });

  test("the token of a device is valid for the events of that device only", async () => {
    const ingress = openIngress();
    const AuthToken = DEVICE_TOKEN;
    expect(await ingress.deliver({ ...PUNCH, AuthToken })).toEqual(acknowledged(1));
    expect(await ingress.deliver(inside(USER_DELETED, { AuthToken }))).toEqual(acknowledged(1));
    expect(await ingress.deliver(inside(USER_DELETED, { AuthToken, SerialNumber: undefined }))).toEqual(
      acknowledged(0, 1),
    );
    for (const body of [PUNCH, STATUS, ENROLLMENT]) {
      expect(await ingress.deliver({ ...body, AuthToken, DeviceSN: OTHER_DEVICE })).toEqual(NOTHING);
    }
    expect(await ingress.deliver(inside(LEGACY_PUNCH, { AuthToken, SerialNumber: OTHER_DEVICE }))).toEqual(NOTHING);
    expect(await ingress.deliver({ ...BATCH, AuthToken }, { stgid: OTHER_DEVICE })).toEqual(NOTHING);
    expect(await ingress.events()).toHaveLength(2);
  });

  test("with a signing secret every body of version 3 has to be signed", async () => {
    const signingSecret = "a secret of the test";
    const sign = (body: string) => `sha256=${createHmac("sha256", signingSecret).update(body).digest("hex")}`;
    const ingress = openIngress({ signingSecret });
    const text = JSON.stringify(PUNCH);
    const wrong = [
      null,
      "",
      "sha256=",
      `sha256=${"0".repeat(64)}`,
      sign(`${text} `),
      sign(text).slice(7),
      `${sign(text)}, x`,
    ];
    for (const signature of wrong) expect(await ingress.deliver(text, { signature })).toEqual(NOTHING);
    for (const body of [MINIMUM, "{", { RealTime: "x", ...PUNCH }])
      expect(await ingress.deliver(body)).toEqual(NOTHING);
    expect(await ingress.deliver(LEGACY_PUNCH, { signature: sign(text) })).toEqual(NOTHING);
    expect(await ingress.events()).toEqual([]);
    expect(await ingress.deliver(text, { signature: sign(text) })).toEqual(acknowledged(1));
    const other = JSON.stringify({ ...PUNCH, AuthToken: "WrongAuthToken0123456789abcdefgh", EmployeeCode: "7" });
    expect(await ingress.deliver(other, { signature: sign(other) })).toEqual(NOTHING);
    expect(await ingress.deliver(LEGACY_PUNCH)).toEqual(acknowledged(0, 1));
  });

  test("a signature replaces a missing token", async () => {
    const signingSecret = "a secret of the test";
    const ingress = openIngress({ signingSecret, pathAuthenticates: false });
    for (const body of [MINIMUM, altered(STATUS, { AuthToken: undefined })]) {
      const text = JSON.stringify(body);
      const signature = `sha256=${createHmac("sha256", signingSecret).update(text).digest("hex")}`;
      expect(await ingress.deliver(text, { signature })).toEqual(acknowledged(1));
    }
  });
});

describe("storage", () => {
  test("nothing is acknowledged while the log cannot be reached, and the next delivery is stored once", async () => {
    const log = createMemoryLog({ maxEvents: 10, dedupeMs: 1000, now: Date.now });
    let down = true;
    const requireUp = () => {
      if (down) throw new StoreUnavailableError("event log", "down");
    };
    const ingress = openIngress({
      log: {
        ...log,
        append: async (events) => {
          requireUp();
          return log.append(events);
        },
        quarantine: async (item) => {
          requireUp();
          return log.quarantine(item);
        },
      },
    });
    expect(await ingress.deliver(PUNCH)).toEqual({ kind: "retry", retryAfterSeconds: 5 });
    expect(await ingress.deliver("not JSON")).toEqual({ kind: "retry", retryAfterSeconds: 5 });
    down = false;
    expect(await ingress.deliver(PUNCH)).toEqual(acknowledged(1));
    expect(await ingress.deliver(PUNCH)).toEqual(acknowledged(0, 1));
  });
});
