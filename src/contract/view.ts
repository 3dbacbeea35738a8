import { isEmpty, type Members as JsonObject } from "./lookup.ts";
import { UNREADABLE } from "./unreadable.ts";

/** A member of a record; `total`: it reads every value and counts nothing, so that it may be read late, or never. */
interface Member<Tally> {
  readonly read: (value: unknown, tally?: Tally, row?: JsonObject) => unknown;
  readonly total?: boolean;
  readonly mayBeUnreadable?: boolean;
}

interface ViewOptions<Value, Tally> {
  readonly members: Readonly<Record<string, Member<Tally>>>;
  /** Returns the object with the names of the contract. */
  readonly canonical: (value: JsonObject) => JsonObject;
  /** Reads all members. */
  readonly read: (value: unknown, tally?: Tally) => Value;
}

const WHOLE = Symbol("whole");
const LACKS = Symbol("lacks");
const SOURCE = Symbol("source");

/**
 * Returns a function that makes views of one record. A view reads at once what can make a row unreadable, as own members; a getter of
 * its prototype reads a tolerant member when it is asked for. A query selects few of the fourteen members of each of 500 punches.
 */
export const createView = <Value extends object, Tally>({
  members,
  canonical,
  read,
}: ViewOptions<Value, Tally>): ((value: JsonObject, tally?: Tally) => Value) => {
  const all = Object.entries(members);
  const atOnce = all.filter(([, { total }]) => total !== true);
  const doubtful = all.filter(([, { total, mayBeUnreadable }]) => total === true && mayBeUnreadable === true);

  class View {
    #source: JsonObject;
    readonly #tally: Tally | undefined;
    #isCanonical = false;

    constructor(source: JsonObject, tally: Tally | undefined) {
      this.#source = source;
      this.#tally = tally;
      const own = this as View & Record<string, unknown>;
      for (const [name, member] of atOnce) own[name] = member.read(this.#at(name), tally, this.#source);
    }

    static define([name, member]: readonly [string, Member<Tally>]): void {
      Object.defineProperty(View.prototype, name, {
        get(this: View) {
          return member.read(this.#at(name), undefined, this.#source);
        },
      });
    }

    /** Names are compared only if a member says nothing: nearly all answers have the names of the contract. */
    #at(name: string): unknown {
      const value = this.#source[name];
      if (!isEmpty(value) || this.#isCanonical) return value;
      this.#source = canonical(this.#source);
      this.#isCanonical = true;
      return this.#source[name];
    }

    get [SOURCE](): JsonObject {
      return this.#source;
    }

    [WHOLE](): Value {
      return read(this.#source, this.#tally);
    }

    [LACKS](): boolean {
      return doubtful.some(([name, member]) => member.read(this.#at(name), undefined, this.#source) === UNREADABLE);
    }

    toJSON(): Value {
      return this[WHOLE]();
    }
  }

  for (const member of all) if (!atOnce.includes(member)) View.define(member);
  return (value, tally) => new View(value, tally) as View & Value;
};

/** Returns a row with all its members, to keep it or to copy it with `...`; a row that is no view is returned as it is. */
export const wholeOf = <Row extends object>(row: Row): Row =>
  WHOLE in row ? (row as Row & { readonly [WHOLE]: () => Row })[WHOLE]() : row;

/**
 * Whether a decoded value has, at any depth, a member that is `UNREADABLE`, or a list that lacks rows. Of the late members of a view only
 * those are decoded that may be unreadable.
 */
export const hasUnreadable = (value: object): boolean => {
  if ("rejected" in value && value.rejected !== 0) return true;
  if (LACKS in value && (value as { readonly [LACKS]: () => boolean })[LACKS]()) return true;
  return Object.values(value).some(
    (each: unknown) => each === UNREADABLE || (typeof each === "object" && each !== null && hasUnreadable(each)),
  );
};

/** Returns the parsed row that a view holds; null for a row that is no view. */
export const sourceOf = (row: object): object | null =>
  SOURCE in row ? (row as { readonly [SOURCE]: object })[SOURCE] : null;
