/** The first value read for each person, which every object of the person has. */
export interface FirstKnown<Value> {
  /** Returns the value that is known for the person already, otherwise `value`, and keeps it. */
  readonly sameFor: (EmployeeCode: string, value: Value) => Value;
  /** The value that is known for the person; undefined if none is. */
  readonly known: (EmployeeCode: string) => Value | undefined;
  /** Records that the value of the person is being read. */
  readonly expect: (EmployeeCode: string) => void;
  /** Whether `expect` was called. */
  readonly isExpected: (EmployeeCode: string) => boolean;
}

/**
 * Creates an empty memory of one kind of value. The gateway repeats facts about a person in many rows, and terminals keep copies that
 * differ: without it, two objects with one ID had two names in one response, and a client's cache took either.
 */
export const createFirstKnown = <Value>(): FirstKnown<Value> => {
  const values = new Map<string, Value>();
  const expected = new Set<string>();
  const known = (EmployeeCode: string): Value | undefined => values.get(EmployeeCode);
  return {
    known,
    expect: (EmployeeCode) => void expected.add(EmployeeCode),
    isExpected: (EmployeeCode) => expected.has(EmployeeCode),
    sameFor(EmployeeCode, value) {
      const first = known(EmployeeCode);
      if (first !== undefined) return first;
      values.set(EmployeeCode, value);
      return value;
    },
  };
};
