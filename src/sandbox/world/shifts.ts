import { between } from "../random.ts";
import { MINUTE, SECOND, wallToInstant } from "../time.ts";
import type { Person, Shift } from "./people.ts";

/** A person who passes a terminal, before the terminal records a punch. */
export interface Passage {
  readonly person: Person;
  readonly at: number;
  readonly Direction: string;
  readonly DeviceSN: string;
}

interface Hours {
  /** Minutes after midnight of the day on which the shift begins. */
  readonly start: number;
  readonly pause: number;
  readonly end: number;
}

const HOURS: Readonly<Record<Shift, Hours>> = {
  early: { start: 5 * 60 + 30, pause: 10 * 60, end: 14 * 60 },
  day: { start: 9 * 60, pause: 13 * 60, end: 18 * 60 },
  night: { start: 22 * 60, pause: 26 * 60, end: 30 * 60 },
};

const CANTEEN = "SN7E0500077";

/** Plans one person's day: in, perhaps a break, out. Occasionally a punch is forgotten or doubled, or there is overtime. */
export const planDay = (person: Person, date: string, random: () => number): Passage[] => {
  const hours = HOURS[person.shift];
  const midnight = wallToInstant(`${date} 00:00:00`, person.TimeZone);
  const [usual, ...others] = person.devices;
  const elsewhere = others[0] ?? usual;
  const passages: Passage[] = [];
  const pass = (minutes: number, Direction: string, DeviceSN = random() < 0.85 ? usual : elsewhere) => {
    const at = midnight + minutes * MINUTE + between(random, 0, 59) * SECOND;
    passages.push({ person, at, Direction, DeviceSN });
    if (random() < 0.06) passages.push({ person, at: at + between(random, 9, 50) * SECOND, Direction, DeviceSN });
  };

  pass(hours.start + between(random, -18, 16), "CheckIn");
  if (random() < 0.55) {
    const pause = hours.pause + between(random, -10, 20);
    const atCanteen = person.alsoEnrolled.includes(CANTEEN) && random() < 0.6;
    pass(pause, atCanteen ? "MealOut" : "BreakOut", atCanteen ? CANTEEN : usual);
    if (random() > 0.05) {
      pass(pause + between(random, 22, 48), atCanteen ? "MealIn" : "BreakIn", atCanteen ? CANTEEN : usual);
    }
  }
  if (random() > 0.05) pass(hours.end + between(random, -8, 35), "CheckOut");
  if (random() < 0.04) {
    pass(hours.end + 60, "OverTimeIn");
    pass(hours.end + 60 + between(random, 60, 150), "OverTimeOut");
  }
  return passages;
};
