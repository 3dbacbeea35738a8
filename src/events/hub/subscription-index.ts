import { employeeCodeOf, type LoggedEvent } from "../event.ts";
import { type EventFilter, matchesFilter } from "./subscription-spec.ts";

/** Finds the subscriptions that an event matches without testing all of them. */
export interface SubscriptionIndex<Item extends { readonly filter: EventFilter }> {
  readonly add: (item: Item) => void;
  readonly remove: (item: Item) => void;
  readonly matching: (event: LoggedEvent) => readonly Item[];
}

const ANY = "*";
const employeeKey = (employeeCode: string): string => `employee ${employeeCode}`;
const deviceKey = (serialNumber: string): string => `device ${serialNumber}`;

/** The keys of an item, by the narrowest of its filters: there are more employees than devices. */
const keysOf = ({ serialNumbers, employeeCodes }: EventFilter): readonly string[] => {
  if (employeeCodes !== null) return [...employeeCodes].map(employeeKey);
  return serialNumbers === null ? [ANY] : [...serialNumbers].map(deviceKey);
};

const NONE: readonly never[] = [];

/** Creates an empty index. */
export const createSubscriptionIndex = <Item extends { readonly filter: EventFilter }>(): SubscriptionIndex<Item> => {
  const items = new Map<string, Set<Item>>();
  return {
    add(item) {
      for (const key of keysOf(item.filter)) {
        const set = items.get(key) ?? new Set();
        items.set(key, set.add(item));
      }
    },
    remove(item) {
      for (const key of keysOf(item.filter)) {
        const set = items.get(key);
        set?.delete(item);
        if (set?.size === 0) items.delete(key);
      }
    },
    matching(event) {
      if (items.size === 0) return NONE;
      const keys = [ANY, deviceKey(event.DeviceSN), employeeKey(employeeCodeOf(event) ?? "")];
      const found = keys.flatMap((key) => [...(items.get(key) ?? [])]);
      return found.filter((item) => matchesFilter(item.filter, event));
    },
  };
};
