/** Time, DeviceSN, EmployeeCode and id: the order of every list of punches and events. */
export type Key = readonly [time: string, DeviceSN: string, EmployeeCode: string, id: string];

/** Rows in the order of their keys. */
interface Segment<Row> {
  readonly size: number;
  readonly at: (index: number) => Row;
}

export interface Choice<Row> {
  /** Wall clocks, both inclusive. */
  readonly first: string;
  readonly last: string;
  readonly where?: ((row: Row) => boolean) | undefined;
}

export interface Timeline<Row> {
  /** Rows in order, or in reverse; after a key only those beyond it. */
  readonly walk: (choice: Choice<Row>, sort: "Asc" | "Desc", after?: Key) => Iterable<Row>;
  readonly count: (choice: Choice<Row>) => number;
  /** Grows with every row that arrives. */
  readonly version: () => number;
  readonly keyOf: (row: Row) => Key;
}

export interface TimelineOptions<Row> {
  /** In the order of arrival; the timeline notices what is appended. */
  readonly source: readonly Row[];
  readonly keyOf: (row: Row) => Key;
  /** Rows besides the source's. */
  readonly archive?: Segment<Row> | undefined;
  readonly onRow?: (row: Row) => void;
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const compareKeys = (a: Key, b: Key): number =>
  compareText(a[0], b[0]) || compareText(a[1], b[1]) || compareText(a[2], b[2]) || compareText(a[3], b[3]);

/** Index of the first row that is not before; rows must be in order. */
const firstIndex = <Row>({ size, at }: Segment<Row>, isBefore: (row: Row) => boolean): number => {
  let low = 0;
  let high = size;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(at(middle))) low = middle + 1;
    else high = middle;
  }
  return low;
};

const segmentOf = <Row>(rows: readonly Row[]): Segment<Row> => ({
  size: rows.length,
  at: (index) => rows[index] as Row,
});

const FEW = 8;

export const createTimeline = <Row>({ source, keyOf, archive, onRow }: TimelineOptions<Row>): Timeline<Row> => {
  // Never changed in place: an export may be walking through them for a long time.
  let rows: readonly Row[] = [];
  let taken = 0;
  const byKey = (a: Row, b: Row) => compareKeys(keyOf(a), keyOf(b));

  const withRow = (sorted: readonly Row[], row: Row): readonly Row[] => {
    const key = keyOf(row);
    const place = firstIndex(segmentOf(sorted), (other) => compareKeys(keyOf(other), key) <= 0);
    return sorted.toSpliced(place, 0, row);
  };
  const catchUp = () => {
    if (taken === source.length) return;
    const arrived = source.slice(taken);
    taken = source.length;
    if (onRow !== undefined) for (const row of arrived) onRow(row);
    rows = arrived.length > FEW ? [...rows, ...arrived].sort(byKey) : arrived.reduce(withRow, rows);
  };
  const segments = (): readonly Segment<Row>[] => {
    catchUp();
    const live = segmentOf(rows);
    return archive === undefined ? [live] : [archive, live];
  };
  const spanOf = (segment: Segment<Row>, { first, last }: Choice<Row>) => ({
    low: firstIndex(segment, (row) => keyOf(row)[0] < first),
    high: firstIndex(segment, (row) => keyOf(row)[0] <= last),
  });

  const forwards = function* (segment: Segment<Row>, choice: Choice<Row>, after: Key | undefined): Generator<Row> {
    const { low, high } = spanOf(segment, choice);
    const beyond = after === undefined ? 0 : firstIndex(segment, (row) => compareKeys(keyOf(row), after) <= 0);
    for (let index = Math.max(low, beyond); index < high; index++) yield segment.at(index);
  };
  const backwards = function* (segment: Segment<Row>, choice: Choice<Row>, after: Key | undefined): Generator<Row> {
    const { low, high } = spanOf(segment, choice);
    const beyond =
      after === undefined ? segment.size : firstIndex(segment, (row) => compareKeys(keyOf(row), after) < 0);
    for (let index = Math.min(high, beyond) - 1; index >= low; index--) yield segment.at(index);
  };

  const walk = function* (choice: Choice<Row>, sort: "Asc" | "Desc", after?: Key): Generator<Row> {
    const wander = sort === "Asc" ? forwards : backwards;
    const sign = sort === "Asc" ? 1 : -1;
    const { where } = choice;
    const streams = segments().map((segment) => wander(segment, choice, after));
    const heads = streams.map((stream) => stream.next());
    for (;;) {
      let least = -1;
      for (const [index, head] of heads.entries()) {
        if (head.done === true) continue;
        const best = heads[least];
        if (best === undefined || best.done === true || sign * byKey(head.value, best.value) < 0) least = index;
      }
      const head = heads[least];
      if (head === undefined || head.done === true) return;
      if (where === undefined || where(head.value)) yield head.value;
      heads[least] = (streams[least] as Generator<Row>).next();
    }
  };

  const count = (choice: Choice<Row>): number => {
    const { where } = choice;
    let total = 0;
    for (const segment of segments()) {
      const { low, high } = spanOf(segment, choice);
      if (where === undefined) total += high - low;
      else for (let index = low; index < high; index++) if (where(segment.at(index))) total += 1;
    }
    return total;
  };

  return {
    walk,
    count,
    version: () => {
      catchUp();
      return taken;
    },
    keyOf,
  };
};
