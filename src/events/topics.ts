import type { EventKind, LoggedEvent } from "./event.ts";
import { type FeedFilter, matches } from "./feed.ts";

/** Finds who is concerned by an event without asking everybody. */
export interface Topics<Item extends { readonly filter: FeedFilter }> {
  readonly add: (item: Item) => void;
  readonly remove: (item: Item) => void;
  readonly concernedBy: (event: LoggedEvent) => readonly Item[];
}

const ANY_DEVICE = "";

const topic = (kind: EventKind, serialNumber: string): string => `${kind} ${serialNumber}`;

const topicsOf = ({ kinds, serialNumbers }: FeedFilter): string[] =>
  [...kinds].flatMap((kind) => [...(serialNumbers ?? [ANY_DEVICE])].map((serial) => topic(kind, serial)));

export const createTopics = <Item extends { readonly filter: FeedFilter }>(): Topics<Item> => {
  const items = new Map<string, Set<Item>>();
  const at = (name: string): ReadonlySet<Item> => items.get(name) ?? new Set();
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
    concernedBy(event) {
      const { kind } = event.body;
      const found = [...at(topic(kind, ANY_DEVICE)), ...at(topic(kind, event.DeviceSN))];
      return found.filter((item) => matches(item.filter, event));
    },
  };
};
