import { limitToDevice } from "../enrollments.ts";
import { between, createRandom } from "../random.ts";
import type { SimCredential, SimDevice, SimUser, World } from "../state.ts";
import { DAY, formatWall, HOUR, lastTimeOfDay } from "../time.ts";
import type { Person } from "./people.ts";
import { createPhoto } from "./photo.ts";

const TEMPLATE_HEAD = Buffer.from("FMR\u0000 20\u0000", "latin1");

const template = (random: () => number, size: number): string => {
  const bytes = Buffer.alloc(size);
  TEMPLATE_HEAD.copy(bytes);
  for (let index = TEMPLATE_HEAD.length; index < size; index++) bytes[index] = Math.floor(random() * 256);
  return bytes.toString("base64");
};

const credential = (Type: string, Index: number, Data: string, Size: number, updated: number): SimCredential => ({
  Type,
  Index,
  Size,
  Algorithm: Type === "Fingerprint" ? "10" : null,
  Data,
  updated,
});

const createCredentials = (random: () => number, updated: number): SimCredential[] => {
  const owned: SimCredential[] = [];
  const fingers = random() < 0.85 ? between(random, 1, 2) : 0;
  for (let finger = 0; finger < fingers; finger++) {
    const size = between(random, 1080, 1240);
    owned.push(credential("Fingerprint", finger === 0 ? 6 : 1, template(random, size), size, updated));
  }
  if (random() < 0.7) owned.push(credential("Face", 0, template(random, 1536), 1536, updated));
  if (random() < 0.5 || owned.length === 0) {
    const number = String(between(random, 1, 99_999_999)).padStart(10, "0");
    owned.push(credential("Card", 0, number, number.length, updated));
  }
  if (random() < 0.2) {
    const pin = String(between(random, 1000, 999_999));
    owned.push(credential("Password", 0, pin, pin.length, updated));
  }
  return owned;
};

const portraitOf = ({ EmployeeCode, FirstName, LastName }: Person): string =>
  createPhoto(`user ${EmployeeCode}`, EmployeeCode, `${FirstName} ${LastName}`);

const createUser = (seed: number, person: Person, now: number): SimUser => {
  const random = createRandom(seed, "user", person.EmployeeCode);
  const updated = now - between(random, 1, 300) * DAY - between(random, 0, 86_399) * 1000;
  const roll = random();
  return {
    EmployeeCode: person.EmployeeCode,
    FirstName: person.FirstName,
    LastName: person.LastName,
    UserType: random() < 0.06 ? "Admin" : "User",
    Enabled: roll >= 0.04,
    ValidFrom: roll > 0.94 ? formatWall(now + 7 * DAY).replace(/ .*/, " 00:00:00") : null,
    ValidTo: roll > 0.7 && roll < 0.8 ? formatWall(now + (roll - 0.72) * 3000 * DAY).replace(/ .*/, " 23:59:59") : null,
    Privileges: random() < 0.05 ? ["RemoteCapture"] : [],
    AccessScheduleID: random() < 0.6 ? between(random, 1, 3) : null,
    credentials: createCredentials(random, updated),
    photo: random() < 0.7 ? portraitOf(person) : null,
    updated,
  };
};

/** The user Asha N from the contract's examples. */
const createAsha = (seed: number, person: Person, now: number): SimUser => {
  const random = createRandom(seed, "user", person.EmployeeCode);
  const enrolled = lastTimeOfDay(now, "03:32:21");
  return {
    ...createUser(seed, person, now),
    UserType: "User",
    Enabled: true,
    ValidFrom: null,
    ValidTo: "2027-03-31 23:59:59",
    Privileges: [],
    AccessScheduleID: 1,
    credentials: [
      credential("Fingerprint", 6, template(random, 1176), 1176, enrolled),
      credential("Face", 0, template(random, 1536), 1536, now - 90 * DAY),
      credential("Card", 0, "0012345678", 10, now - 90 * DAY),
    ],
    photo: portraitOf(person),
    updated: enrolled,
  };
};

const enroll = (user: SimUser, device: SimDevice, now: number) => {
  if (device.capabilities["NumericUserIDOnly"] === true && !/^\d{1,8}$/.test(user.EmployeeCode)) return;
  if (device.users.size >= device.capacity.Users) return;
  const roll = createRandom(user.EmployeeCode, device.DeviceSN)();
  const synced = Math.min(user.updated + HOUR, device.lastSeen ?? now, now);
  device.users.set(user.EmployeeCode, {
    user: limitToDevice(user, device),
    syncStatus: user.EmployeeCode !== "1042" && roll < 0.05 ? "Failed" : "Synced",
    lastSync: synced,
    pendingCommandId: null,
  });
};

/** Creates a user for every recorded person and enrolls it on the person's devices. */
export const enrollPeople = (world: World, people: readonly Person[], seed: number, now: number): void => {
  for (const person of people) {
    if (!person.recorded) continue;
    const user = person.EmployeeCode === "1042" ? createAsha(seed, person, now) : createUser(seed, person, now);
    if (person.devices.includes("SN7B1100201") && person.EmployeeCode === "B-201") user.UserType = "Operator";
    world.users.set(user.EmployeeCode, user);
    for (const DeviceSN of [...person.devices, ...person.alsoEnrolled]) {
      const device = world.devices.get(DeviceSN);
      if (device !== undefined) enroll(user, device, now);
    }
  }
};
