/** Time, DeviceSN, EmployeeCode and ID: the order of every list of punches and events. */
export type TimelineKey = readonly [time: string, DeviceSN: string, EmployeeCode: string, id: string];

/** Rows in key order. */
interface Segment<Row> {
  readonly size: number;
  readonly at: (index: number) => Row;
}

/** A range of time and a filter. */
export interface RowSelection<Row> {
  /** Wall-clock times, both inclusive. */
  readonly first: string;
  readonly last: string;
  readonly where?: ((row: Row) => boolean) | undefined;
}

/** Rows in key order, with range queries. */
export interface Timeline<Row> {
  /** Iterates rows in ascending or descending order; with `after` only those beyond that key. */
  readonly walk: (selection: RowSelection<Row>, sort: "Asc" | "Desc", after?: TimelineKey) => Iterable<Row>;
  readonly count: (selection: RowSelection<Row>) => number;
  /** A number that grows with every row that arrives. */
  readonly version: () => number;
  readonly keyOf: (row: Row) => TimelineKey;
}

export interface TimelineOptions<Row> {
  /** Rows in order of arrival. The timeline picks up rows that are appended. */
  readonly source: readonly Row[];
  readonly keyOf: (row: Row) => TimelineKey;
  /** Additional rows, in key order. */
  readonly archive?: Segment<Row> | undefined;
  /** Called for each row of the source. */
  readonly onRow?: (row: Row) => void;
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const compareKeys = (a: TimelineKey, b: TimelineKey): number =>
  compareText(a[0], b[0]) || compareText(a[1], b[1]) || compareText(a[2], b[2]) || compareText(a[3], b[3]);

/** The index of the first row for which `isBefore` is false; rows must be in order. */
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

const MAX_INSERTIONS = 8;

/** Creates a timeline over a growing list of rows. */
export const createTimeline = <Row>({ source, keyOf, archive, onRow }: TimelineOptions<Row>): Timeline<Row> => {
  // Never modified in index: an export may iterate over it for a long time.
  let rows: readonly Row[] = [];
  let consumed = 0;
  const byKey = (a: Row, b: Row) => compareKeys(keyOf(a), keyOf(b));

  const withRow = (sorted: readonly Row[], row: Row): readonly Row[] => {
    const key = keyOf(row);
    const index = firstIndex(segmentOf(sorted), (other) => compareKeys(keyOf(other), key) <= 0);
    return sorted.toSpliced(index, 0, row);
  };
  const catchUp = () => {
    if (consumed === source.length) return;
    const arrived = source.slice(consumed);
    consumed = source.length;
    if (onRow !== undefined) for (const row of arrived) onRow(row);
    rows = arrived.length > MAX_INSERTIONS ? [...rows, ...arrived].sort(byKey) : arrived.reduce(withRow, rows);
  };
  const segments = (): readonly Segment<Row>[] => {
    catchUp();
    const live = segmentOf(rows);
    return archive === undefined ? [live] : [archive, live];
  };
  const spanOf = (segment: Segment<Row>, { first, last }: RowSelection<Row>) => ({
    low: firstIndex(segment, (row) => keyOf(row)[0] < first),
    high: firstIndex(segment, (row) => keyOf(row)[0] <= last),
  });

  const ascending = function* (
    segment: Segment<Row>,
    selection: RowSelection<Row>,
    after: TimelineKey | undefined,
  ): Generator<Row> {
    const { low, high } = spanOf(segment, selection);
    const beyond = after === undefined ? 0 : firstIndex(segment, (row) => compareKeys(keyOf(row), after) <= 0);
    for (let index = Math.max(low, beyond); index < high; index++) yield segment.at(index);
  };
  const descending = function* (
    segment: Segment<Row>,
    selection: RowSelection<Row>,
    after: TimelineKey | undefined,
  ): Generator<Row> {
    const { low, high } = spanOf(segment, selection);
    const beyond =
      after === undefined ? segment.size : firstIndex(segment, (row) => compareKeys(keyOf(row), after) < 0);
    for (let index = Math.min(high, beyond) - 1; index >= low; index--) yield segment.at(index);
  };

  const walk = function* (selection: RowSelection<Row>, sort: "Asc" | "Desc", after?: TimelineKey): Generator<Row> {
    const iterate = sort === "Asc" ? ascending : descending;
    const sign = sort === "Asc" ? 1 : -1;
    const { where } = selection;
    const streams = segments().map((segment) => iterate(segment, selection, after));
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

  const count = (selection: RowSelection<Row>): number => {
    const { where } = selection;
    let total = 0;
    for (const segment of segments()) {
      const { low, high } = spanOf(segment, selection);
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
      return consumed;
    },
    keyOf,
  };
};
