import type { User } from "../contract/people.ts";
import { nameKey } from "../contract/scalars.ts";

/**
 * Counts single reads of people by device, across requests: events are executed separately, and a thousand events would read a
 * thousand people. It holds no answers; those come from the cache.
 */
export interface PeopleReads {
  /** Records a read of one person. Returns the number of such reads of the device in its current window of ten seconds. */
  readonly count: (DeviceSN: string) => number;
  /** Returns a person in a list, which is indexed when it is first searched. */
  readonly find: (users: readonly User[], EmployeeCode: string) => User | undefined;
}

const WINDOW_MS = 10_000;
const MAX_DEVICES = 10_000;

/** Creates a record without reads. */
export const createPeopleReads = (now: () => number): PeopleReads => {
  const reads = new Map<string, { since: number; count: number }>();
  const indexes = new WeakMap<readonly User[], ReadonlyMap<string, User>>();
  return {
    count(DeviceSN) {
      const known = reads.get(DeviceSN);
      if (known !== undefined && now() - known.since < WINDOW_MS) return (known.count += 1);
      if (reads.size >= MAX_DEVICES) reads.clear();
      reads.set(DeviceSN, { since: now(), count: 1 });
      return 1;
    },
    find(users, EmployeeCode) {
      const index = indexes.get(users) ?? new Map(users.map((user) => [nameKey(user.EmployeeCode), user]));
      indexes.set(users, index);
      return index.get(nameKey(EmployeeCode));
    },
  };
};
