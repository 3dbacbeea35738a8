import { between, createRandom, pick } from "../random.ts";

export type Shift = "early" | "day" | "night";

/** A person who punches, with a user record or known from punches only. */
export interface Person {
  readonly EmployeeCode: string;
  readonly FirstName: string;
  readonly LastName: string;
  readonly shift: Shift;
  readonly TimeZone: string;
  /** The terminals where the person punches, the usual one first. */
  readonly devices: readonly [string, ...string[]];
  /** Further terminals where the person is enrolled. */
  readonly alsoEnrolled: readonly string[];
  /** The day off, 0 (Sunday) to 6. */
  readonly dayOff: number;
  /** Whether the person has a user record. */
  readonly recorded: boolean;
}

interface Site {
  readonly TimeZone: string;
  readonly share: number;
  readonly shifts: readonly [Shift, ...Shift[]];
  readonly devices: readonly [string, ...string[]];
  readonly alsoEnrolled: readonly string[];
  readonly code: (number: number) => string;
}

const padded = (number: number): string => String(number).padStart(4, "0");

const SITES: readonly Site[] = [
  {
    TimeZone: "Asia/Kolkata",
    share: 0.48,
    shifts: ["day", "day", "day", "night"],
    devices: ["SN7A2300583", "SN7A2300584"],
    alsoEnrolled: ["SN7E0500077", "SN7E0500078"],
    code: (number) => String(1001 + number),
  },
  {
    TimeZone: "Europe/Berlin",
    share: 0.24,
    shifts: ["early", "day"],
    devices: ["SN7B1100201", "SN7B1100202"],
    alsoEnrolled: [],
    code: (number) => (number % 3 === 0 ? `B-${201 + number}` : String(5001 + number)),
  },
  {
    TimeZone: "America/New_York",
    share: 0.18,
    shifts: ["day", "night", "early"],
    devices: ["SN7C0400311", "SN7C0400312"],
    alsoEnrolled: [],
    code: (number) => padded(31 + number),
  },
  {
    TimeZone: "Asia/Singapore",
    share: 0.1,
    shifts: ["day"],
    devices: ["SN7D0900041"],
    alsoEnrolled: [],
    code: (number) => `sg.${401 + number}`,
  },
];

const FIRST_NAMES = [
  "Aarav",
  "Priya",
  "Rohan",
  "Meera",
  "Kabir",
  "Ananya",
  "Jonas",
  "Lena",
  "Felix",
  "Marie",
  "Maya",
  "Ethan",
  "Olivia",
  "Noah",
  "Wei",
  "Hui Min",
  "Sofia",
  "Daniel",
  "Fatima",
  "Zoë",
] as const;
const LAST_NAMES = [
  "Sharma",
  "Iyer",
  "Das",
  "Rao",
  "Becker",
  "Schäfer",
  "Vogel",
  "Brooks",
  "Nguyen",
  "Reyes",
  "Tan",
  "Lim",
  "O'Neil",
  "Kaya",
  "Mbeki",
  "",
] as const;

const ASHA: Person = {
  EmployeeCode: "1042",
  FirstName: "Asha",
  LastName: "N",
  shift: "day",
  TimeZone: "Asia/Kolkata",
  devices: ["SN7A2300583", "SN7A2300584"],
  alsoEnrolled: ["SN7E0500077"],
  dayOff: 6,
  recorded: true,
};

/** People without a user record whose punches arrive. */
const UNRECORDED: readonly Person[] = [
  { ...ASHA, EmployeeCode: "0007", FirstName: "", LastName: "", alsoEnrolled: [], recorded: false },
  { ...ASHA, EmployeeCode: "77777777", FirstName: "", LastName: "", alsoEnrolled: [], dayOff: 2, recorded: false },
  {
    ...ASHA,
    EmployeeCode: "V.19",
    FirstName: "",
    LastName: "",
    TimeZone: "Europe/Berlin",
    shift: "early",
    devices: ["SN7B1100202"],
    alsoEnrolled: [],
    dayOff: 0,
    recorded: false,
  },
];

/** Moves the last terminal to the front. */
const rotated = (devices: readonly [string, ...string[]]): readonly [string, ...string[]] => [
  devices.at(-1) ?? devices[0],
  ...devices.slice(0, -1),
];

const hire = (random: () => number, site: Site, number: number): Person => {
  const usual: readonly [string, ...string[]] = random() < 0.4 ? rotated(site.devices) : site.devices;
  return {
    EmployeeCode: site.code(number),
    FirstName: pick(random, FIRST_NAMES),
    LastName: pick(random, LAST_NAMES),
    shift: pick(random, site.shifts),
    TimeZone: site.TimeZone,
    devices: usual,
    alsoEnrolled: site.alsoEnrolled.filter(() => random() < 0.6),
    dayOff: between(random, 0, 6),
    recorded: true,
  };
};

/** Creates about `count` people with a record, Asha N among them, and some without one. */
export const createPeople = (seed: number, count: number): readonly Person[] => {
  const random = createRandom(seed, "people");
  const people = [ASHA];
  for (const site of SITES) {
    const share = Math.max(1, Math.round((count - 1) * site.share));
    for (let number = 0; number < share; number++) {
      const person = hire(random, site, number);
      if (person.EmployeeCode !== ASHA.EmployeeCode) people.push(person);
    }
  }
  return [...people, ...UNRECORDED];
};
