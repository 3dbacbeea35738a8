import { between, createRandom, pick } from "../random.ts";
import type { SimDevice, SimPunch } from "../state.ts";
import { DAY, HOUR, lastTimeOfDay, MINUTE, utcOffsetAt, SECOND, toDate, toWall } from "../time.ts";
import type { Person } from "./people.ts";
import { type Passage, planDay } from "./shifts.ts";

const WEEKS = 5;

/** A period in which a terminal was disconnected or its clock was wrong. */
interface Disruption {
  readonly DeviceSN: string;
  readonly daysAgo: number;
  readonly hours: number;
  /** How far the clock was ahead. Absent if the terminal was disconnected and its punches arrived late. */
  readonly clockAheadMs?: number;
}

const DISRUPTIONS: readonly Disruption[] = [
  { DeviceSN: "SN7C0400312", daysAgo: 4.2, hours: 9 },
  { DeviceSN: "SN7B1100201", daysAgo: 11.5, hours: 30 },
  { DeviceSN: "SN7C0400312", daysAgo: 9, hours: 14, clockAheadMs: 5 * HOUR },
  { DeviceSN: "SN7A2300584", daysAgo: 20, hours: 12, clockAheadMs: 3 * HOUR + 7 * MINUTE },
  { DeviceSN: "SN7B1100202", daysAgo: 17, hours: 24, clockAheadMs: -91 * DAY },
];

/** Terminals that always report the same direction. */
const STUCK_DIRECTION: Readonly<Record<string, string>> = { SN7A2300584: "CheckIn", SN7C0400312: "None" };

const MODALITIES = [
  ["face", "Face"],
  ["fingerprint", "Fingerprint"],
  ["card", "Card"],
  ["password", "Password"],
] as const;

/** Whether the device time is more than two hours ahead of the receipt, or more than 90 days behind it. */
export const isClockSuspect = (deviceTime: number, received: number): boolean =>
  deviceTime - received > 2 * HOUR || received - deviceTime > 90 * DAY;

const modalityAt = (device: SimDevice, EmployeeCode: string, random: () => number): string => {
  const enrolled = device.users.get(EmployeeCode)?.user.credentials.map(({ Type }) => Type);
  const usable = MODALITIES.filter(
    ([, Type]) => device.capabilities[Type] === true && (enrolled?.includes(Type) ?? true),
  );
  const [first, ...others] = usable.map(([name]) => name);
  if (first === undefined) return "card";
  return random() < 0.8 ? first : pick(random, [first, ...others]);
};

interface SeedContext {
  readonly devices: ReadonlyMap<string, SimDevice>;
  readonly now: number;
  readonly newId: (prefix: "pun") => string;
}

const punchOf = (passage: Passage, scene: SeedContext, random: () => number): SimPunch | undefined => {
  const { person, at, DeviceSN } = passage;
  const device = scene.devices.get(DeviceSN);
  if (device === undefined || device.lastSeen === null || at > scene.now) return undefined;
  let received = at + SECOND;
  let deviceTime = at + device.clockDriftSeconds * SECOND;
  for (const disruption of DISRUPTIONS) {
    const from = scene.now - disruption.daysAgo * DAY;
    if (disruption.DeviceSN !== DeviceSN || at < from || at > from + disruption.hours * HOUR) continue;
    if (disruption.clockAheadMs !== undefined) deviceTime = at + disruption.clockAheadMs;
    else received = from + disruption.hours * HOUR + between(random, 2, 90) * SECOND;
  }
  const Type = modalityAt(device, person.EmployeeCode, random);
  const isFace = Type === "face";
  return {
    PunchID: scene.newId("pun"),
    DeviceSN,
    EmployeeCode: person.EmployeeCode,
    AttendanceLog: toWall(deviceTime, device.TimeZone),
    UtcOffset: utcOffsetAt(deviceTime, device.TimeZone),
    Type,
    Direction: STUCK_DIRECTION[DeviceSN] ?? passage.Direction,
    Temperature: isFace && random() < 0.6 ? between(random, 360, 374) / 10 : null,
    FaceMask: isFace && random() < 0.4 ? random() < 0.3 : null,
    HasPhoto: isFace && device.capabilities["Photo"] === true,
    received,
    ClockSuspect: isClockSuspect(deviceTime, received),
  };
};

const EXAMPLES = [
  { PunchID: "pun_01J9Z8N3T5", EmployeeCode: "1042", DeviceSN: "SN7A2300583", time: "03:32:14", Direction: "CheckIn" },
  { EmployeeCode: "1042", DeviceSN: "SN7A2300584", time: "12:30:14", Direction: "CheckIn" },
  { EmployeeCode: "0007", DeviceSN: "SN7A2300583", time: "03:40:00", Direction: "CheckIn" },
] as const;

/** The punches of the contract's examples, on the last day that contains them. */
const examplePunches = (scene: SeedContext): SimPunch[] => {
  const morning = lastTimeOfDay(scene.now, EXAMPLES[0].time);
  const punches: SimPunch[] = [];
  for (const example of EXAMPLES) {
    const at = lastTimeOfDay(morning + DAY - SECOND, example.time);
    const zone = scene.devices.get(example.DeviceSN)?.TimeZone;
    if (zone === undefined || at > scene.now) continue;
    const atGate = example.DeviceSN === "SN7A2300583";
    punches.push({
      PunchID: "PunchID" in example ? example.PunchID : scene.newId("pun"),
      DeviceSN: example.DeviceSN,
      EmployeeCode: example.EmployeeCode,
      AttendanceLog: toWall(at, zone),
      UtcOffset: utcOffsetAt(at, zone),
      Type: atGate ? "face" : "fingerprint",
      Direction: example.Direction,
      Temperature: null,
      FaceMask: null,
      HasPhoto: atGate,
      received: at + SECOND,
      ClockSuspect: false,
    });
  }
  return punches;
};

/** Creates five weeks of punches up to now, in order of arrival. Punches that an offline terminal could not send stay with it. */
export const createPunches = (people: readonly Person[], seed: number, scene: SeedContext): SimPunch[] => {
  const punches = examplePunches(scene);
  const exampleDay = punches[0]?.AttendanceLog.slice(0, 10);
  const inExamples = new Set<string>(EXAMPLES.map(({ EmployeeCode }) => EmployeeCode));
  const keys = new Set<string>();
  for (const person of people) {
    for (let daysAgo = WEEKS * 7; daysAgo >= 0; daysAgo--) {
      const date = toDate(scene.now - daysAgo * DAY, person.TimeZone);
      if (date === exampleDay && inExamples.has(person.EmployeeCode)) continue;
      const random = createRandom(seed, person.EmployeeCode, date);
      const isOff = new Date(`${date}T00:00:00Z`).getUTCDay() === person.dayOff && daysAgo > 0;
      if (isOff || random() < 0.05) continue;
      for (const passage of planDay(person, date, random)) {
        const punch = punchOf(passage, scene, random);
        const key = punch && `${punch.DeviceSN} ${punch.EmployeeCode} ${punch.AttendanceLog}`;
        if (punch === undefined || key === undefined || keys.has(key)) continue;
        keys.add(key);
        const device = scene.devices.get(punch.DeviceSN);
        const isUnsent = device?.online === false && passage.at > (device.lastSeen ?? 0);
        if (isUnsent) (device.unsent ??= []).push({ kind: "punch", punch });
        else punches.push(punch);
      }
    }
  }
  return punches.sort((a, b) => a.received - b.received);
};
