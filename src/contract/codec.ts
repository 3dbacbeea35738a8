import { itemsIn, membersIn } from "./lists.ts";
import { isBlank, isEmpty, type Members as JsonMembers } from "./lookup.ts";
import { canonicalNames } from "./spellings.ts";
import type { Tally } from "./tally.ts";
import { UNREADABLE, type Unreadable } from "./unreadable.ts";
import { createView } from "./view.ts";

/**
 * Reads a value of the gateway tolerantly: member names in any case, numbers and booleans as text, unknown members and unknown enumeration
 * values. docs/architecture.md, "The contract is data", names the files with tolerance, in which differences of real gateways belong.
 */
export interface Codec<Value> {
  /**
   * Reads a parsed JSON value, and counts the unreadable rows in it that are left out. `row` is the object that has it as a
   * member, with the names of the contract.
   * @throws {DecodeError} if the value is not what the contract says.
   */
  readonly read: (value: unknown, tally?: Tally, row?: JsonMembers) => Value;
  /** The same for an object whose tolerant members are decoded when they are read; see `createView`. */
  readonly view?: (value: unknown, tally?: Tally) => Value;
  /** Whether the codec reads every value, and counts nothing: it may be read at any time, or never. */
  readonly total?: boolean;
  /** Whether the value may be `UNREADABLE`. */
  readonly mayBeUnreadable?: boolean;
  /** Whether the contract requires the member. A lenient codec accepts an answer without it nevertheless. */
  readonly required: boolean;
  /** Whether a value says that there is none. A codec that allows no value to be absent reads it all the same. @default an absent one */
  readonly isNone?: (value: unknown) => boolean;
  /** The members of an object. */
  readonly members?: Members;
  /** The items of a list. */
  readonly item?: Codec<unknown>;
  /** The values of an enumeration. */
  readonly values?: readonly string[];
  readonly format?: "int32";
}

/** The value that a codec reads. */
export type Decoded<Of> = Of extends Codec<infer Value> ? Value : never;

type Members = Readonly<Record<string, Codec<unknown>>>;

/** A value is not what the contract says. The error names the path, never the value. */
export class DecodeError extends Error {
  readonly path: string;
  readonly expected: string;

  constructor(expected: string, path = "") {
    super(`${path === "" ? "value" : path}: expected ${expected}`);
    this.path = path;
    this.expected = expected;
  }

  /** Returns the same error for the object that holds the value as member `name`. */
  within(name: string): DecodeError {
    return new DecodeError(this.expected, this.path === "" ? name : `${name}.${this.path}`);
  }
}

/** Makes a codec of a function that reads. */
export const codec = <Value>(
  read: Codec<Value>["read"],
  facts: Partial<Omit<Codec<unknown>, "read" | "view">> & Pick<Codec<Value>, "view"> = {},
): Codec<Value> => ({
  required: true,
  ...facts,
  read,
});

const requireObject = (value: unknown): JsonMembers => {
  const members = membersIn(value);
  if (members === undefined) throw new DecodeError("an object");
  return members;
};

/** An object: member names in any case, unknown members dropped. */
export const record = <Shape extends Members>(
  members: Shape,
): Codec<{ readonly [Name in keyof Shape]: Decoded<Shape[Name]> }> => {
  type Value = { readonly [Name in keyof Shape]: Decoded<Shape[Name]> };
  const names = Object.keys(members);
  const reads = Object.values(members).map(({ read }) => read);
  const canonical = canonicalNames(names);
  /** Copied for each object, so that all objects of the record have one hidden class. */
  const template = Object.fromEntries(names.map((name): [string, unknown] => [name, null]));
  const read = (value: unknown, tally?: Tally): Value => {
    const source = canonical(requireObject(value));
    const decoded = { ...template };
    let index = 0;
    try {
      for (const readMember of reads) {
        const name = names[index] as string;
        decoded[name] = readMember(source[name], tally, source);
        index += 1;
      }
    } catch (error) {
      throw error instanceof DecodeError ? error.within(names[index] as string) : error;
    }
    return decoded as Value;
  };
  const view = createView({ members, canonical, read });
  return codec<Value>(read, {
    members,
    view: (value, tally) => view(requireObject(value), tally),
  });
};

/** Rows that are read one by one. `rejected` counts the unreadable rows that were left out. */
export type Rows<Row> = readonly Row[] & { readonly rejected: number };

/** A list whose unreadable rows are left out: one bad row does not cost the others. */
export const rows = <Row>(item: Codec<Row>): Codec<Rows<Row>> => rowsReadBy(item, () => item.read);

/**
 * The same list, of rows that are read once and by a few members. For a reader that allows it they are views: their tolerant members
 * are decoded when they are read, and are missing in a copy by `...`; see `wholeOf`.
 */
export const rowsOnDemand = <Row>(item: Codec<Row>): Codec<Rows<Row>> =>
  rowsReadBy(item, (tally) => (tally?.onDemand === true ? item.view : undefined) ?? item.read);

const rowsReadBy = <Row>(
  item: Codec<Row>,
  readerOf: (tally: Tally | undefined) => Codec<Row>["read"],
): Codec<Rows<Row>> =>
  codec(
    (value, tally) => {
      const read = readerOf(tally);
      const items = itemsIn(value);
      if (items === undefined) {
        // Some writers of JSON leave the list around a single row out.
        const only = membersIn(value);
        if (only === undefined) throw new DecodeError("a list");
        return Object.assign([read(only, tally)], { rejected: 0 });
      }
      const decoded: Row[] = [];
      for (const row of items) {
        try {
          decoded.push(read(row, tally));
        } catch (error) {
          if (!(error instanceof DecodeError)) throw error;
        }
      }
      const rejected = items.length - decoded.length;
      if (tally !== undefined) tally.rejected += rejected;
      return Object.assign(decoded, { rejected });
    },
    { item },
  );

/** An object with the number of the unreadable rows that were left out anywhere in it. */
export const counted = <Value extends object>(inner: Codec<Value>): Codec<Value & { readonly rejected: number }> =>
  codec((value, reading) => {
    const tally: Tally = { rejected: 0, onDemand: reading?.onDemand ?? false, asked: reading?.asked };
    return Object.assign(inner.read(value, tally), { rejected: tally.rejected });
  }, factsOf(inner));

/** A list that is unreadable if one of its items is. A single value is a list of one, as in callbacks. */
export const list = <Item>(item: Codec<Item>): Codec<readonly Item[]> =>
  codec(
    (value, tally) => {
      if (isEmpty(value)) throw new DecodeError("a list");
      return (itemsIn(value) ?? [value]).map((each) => item.read(each, tally));
    },
    { item },
  );

const isAbsent = (value: unknown): boolean => value === undefined || value === null;

const orElse = <Value, Fallback>(inner: Codec<Value>, fallback: Fallback) => {
  const { isNone = inner.values === undefined ? isAbsent : isBlank } = inner;
  return (value: unknown, tally?: Tally): Value | Fallback => {
    if (isNone(value)) return fallback;
    try {
      return inner.read(value, tally);
    } catch (error) {
      if (error instanceof DecodeError) return fallback;
      throw error;
    }
  };
};

/** What is known of a codec, without its functions. */
const factsOf = ({ read: _read, view: _view, ...facts }: Codec<unknown>) => facts;

/** The facts of a codec that reads every value. Only a member without rows counts nothing. */
const tolerant = (inner: Codec<unknown>) => {
  const facts = factsOf(inner);
  return { ...facts, total: facts.members === undefined && facts.item === undefined };
};

/** A member that may be absent, null or unreadable; it is null in all three cases. An empty text is no word. */
export const nullable = <Value>(inner: Codec<Value>): Codec<Value | null> =>
  codec(orElse(inner, null), { ...tolerant(inner), required: false });

/** A member whose null means "none"; a value that cannot be read is `UNREADABLE`. */
export const orNone = <Value>(inner: Codec<Value>): Codec<Value | null | Unreadable> => {
  const { isNone = isBlank } = inner;
  const read = orElse(inner, UNREADABLE);
  return codec((value, tally) => (isNone(value) ? null : read(value, tally)), {
    ...tolerant(inner),
    required: false,
    mayBeUnreadable: true,
  });
};

/** A member that the contract requires and its row can do without; null if it is absent or unreadable. */
export const expected = <Value>(inner: Codec<Value>): Codec<Value | null> =>
  codec(orElse(inner, null), tolerant(inner));

/** A member that the contract requires, with a fallback if it is absent or unreadable. */
export const withDefault = <Value>(inner: Codec<Value>, fallback: Value): Codec<Value> =>
  codec(orElse(inner, fallback), tolerant(inner));

/** A member whose value another member of its row may have: what `find` returns is read. It is the outermost codec of a member. */
export const foundInRow = <Value>(
  inner: Codec<Value>,
  find: (value: unknown, row: JsonMembers) => unknown,
): Codec<Value> =>
  codec((value, tally, row) => inner.read(row === undefined ? value : find(value, row), tally), factsOf(inner));

/** A member that is undefined if it is absent, so that absent and null differ. */
export const optional = <Value>(inner: Codec<Value>): Codec<Value | undefined> =>
  codec((value, tally) => (value === undefined ? undefined : inner.read(value, tally)), {
    ...factsOf(inner),
    required: false,
  });
