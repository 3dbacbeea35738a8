import { employeeCodeOf, type LoggedEvent } from "../event.ts";
import { type EventFilter, matchesFilter } from "./subscription-spec.ts";

/** Finds who is concerned by an event without asking everybody. */
export interface SubscriptionIndex<Item extends { readonly filter: EventFilter }> {
  readonly add: (item: Item) => void;
  readonly remove: (item: Item) => void;
  readonly matching: (event: LoggedEvent) => readonly Item[];
}

const ANY = "*";
const ofPerson = (employeeCode: string): string => `person ${employeeCode}`;
const ofDevice = (serialNumber: string): string => `device ${serialNumber}`;

/** Where an item is found, by the narrowest of its filters: people are more than devices. */
const topicsOf = ({ serialNumbers, employeeCodes }: EventFilter): readonly string[] => {
  if (employeeCodes !== null) return [...employeeCodes].map(ofPerson);
  return serialNumbers === null ? [ANY] : [...serialNumbers].map(ofDevice);
};

export const createSubscriptionIndex = <Item extends { readonly filter: EventFilter }>(): SubscriptionIndex<Item> => {
  const items = new Map<string, Set<Item>>();
  return {
    add(item) {
      for (const name of topicsOf(item.filter)) {
        const set = items.get(name) ?? new Set();
        items.set(name, set.add(item));
      }
    },
    remove(item) {
      for (const name of topicsOf(item.filter)) {
        const set = items.get(name);
        set?.delete(item);
        if (set?.size === 0) items.delete(name);
      }
    },
    matching(event) {
      const names = [ANY, ofDevice(event.DeviceSN), ofPerson(employeeCodeOf(event) ?? "")];
      const found = names.flatMap((name) => [...(items.get(name) ?? [])]);
      return found.filter((item) => matchesFilter(item.filter, event));
    },
  };
};
