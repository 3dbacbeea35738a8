import type { DeviceCommand } from "../../commands/command.ts";
import { employeeCodeOf, employeeNameOf } from "../../events/event.ts";
import type { Delivery } from "../../events/hub/subscription-spec.ts";
import type { GatewayError } from "../../gateway/errors.ts";

/** What may be sent to a subscriber: an event, or the state of a command, or why it cannot be read, or null for one that does not exist. */
export type Rendered = Delivery | DeviceCommand | GatewayError | null;

interface Run {
  readonly indexes: number[];
  /** The name of each person in the events. */
  readonly names: Map<string, string | null | undefined>;
}

const isRecovered = (each: Rendered): boolean => each !== null && "event" in each && each.event.recovered;

/**
 * Divides events into runs, as their indexes. A person has one name within a run, and only what was read from the gateway after a gap has a
 * name of its own: beside one of another name, or of none, another event would show a name that it does not show alone.
 */
export const runsOf = (events: readonly Rendered[]): readonly (readonly number[])[] => {
  if (events.length === 1 || !events.some(isRecovered)) return [[...events.keys()]];
  const runs: Run[] = [];
  for (const [index, each] of events.entries()) {
    const event = each !== null && "event" in each ? each.event : null;
    const person = event && employeeCodeOf(event);
    const name = event && employeeNameOf(event);
    const fits = ({ names }: Run) => person === null || !names.has(person) || names.get(person) === name;
    let run = runs.find(fits);
    if (run === undefined) runs.push((run = { indexes: [], names: new Map() }));
    run.indexes.push(index);
    if (person !== null) run.names.set(person, name);
  }
  return runs.map(({ indexes }) => indexes);
};
