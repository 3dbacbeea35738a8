import type { Ledger } from "./ledger.ts";

/** An event as a reader received it. */
export interface Received {
  readonly serial: string;
  readonly number: number;
  /** Whether it has the warning that events before it may be lost. */
  readonly gap: boolean;
  readonly cursor: string;
  readonly previousCursor: string | null;
}

/** Events of a device that are missing between two that a reader received. */
export interface Hole {
  readonly device: number;
  readonly from: number;
  readonly to: number;
  /** The places, in the order of receipt, between which they are missing. */
  readonly after: number;
  readonly before: number;
  /** The last gap that was reported between these places; null if there is none. */
  readonly gap: Gap | null;
}

export interface Gap {
  /** The place of the event that follows it. */
  readonly place: number;
  readonly at: number;
  /** The event that follows it; null before it is received. */
  next: { readonly device: number; readonly number: number } | null;
}

/** An event that came again. */
export interface Repeat {
  readonly device: number;
  readonly number: number;
  /** Whether a gap was reported between its receipts. */
  readonly isBehindGap: boolean;
}

/** What one reader received, in its order, as far as the verdict needs it. */
export class ReaderRecord {
  readonly name: string;
  readonly holes: Hole[] = [];
  readonly gaps: Gap[] = [];
  readonly repeats: Repeat[] = [];
  /** Events that nobody sent, or that the filter does not select. */
  foreign = 0;
  outOfOrder = 0;
  /** Events whose `previousCursor` is not the cursor of the event before, although no gap is reported. */
  broken = 0;
  received = 0;
  readonly #ledger: Ledger;
  readonly #selects: (device: number, number: number) => boolean;
  /** For each device the place of each number that was received, from 1; 0 for one that was not. */
  readonly #places: Uint32Array[];
  readonly #highest: number[];
  readonly #lastPlaces: number[];
  #lastCursor: string | null = null;

  /** @param selects whether the reader's filter selects the event with this number of the device at this index */
  constructor(name: string, ledger: Ledger, selects: (device: number, number: number) => boolean = () => true) {
    this.name = name;
    this.#ledger = ledger;
    this.#selects = selects;
    this.#places = ledger.devices.map(() => new Uint32Array(1_024));
    this.#highest = ledger.devices.map(() => 0);
    this.#lastPlaces = ledger.devices.map(() => 0);
  }

  selects(device: number, number: number): boolean {
    return this.#selects(device, number);
  }

  has(device: number, number: number): boolean {
    return (this.#places[device]?.[number] ?? 0) > 0;
  }

  highestOf(device: number): number {
    return this.#highest[device] ?? 0;
  }

  /** Notes that the reader learned of a gap before the next event. */
  reportGap(): void {
    this.gaps.push({ place: this.received + 1, at: performance.now(), next: null });
    this.#lastCursor = null;
  }

  receive({ serial, number, gap, cursor, previousCursor }: Received): void {
    if (gap) this.reportGap();
    else if (previousCursor !== null && this.#lastCursor !== null && previousCursor !== this.#lastCursor)
      this.broken += 1;
    this.#lastCursor = cursor;
    const device = this.#ledger.indexOf(serial);
    const isSent = device !== undefined && this.#ledger.isSent(device, number);
    if (device === undefined || !isSent || !this.#selects(device, number)) {
      this.foreign += 1;
      return;
    }
    this.received += 1;
    const place = this.received;
    for (let last = this.gaps.length - 1; this.gaps[last]?.place === place; last -= 1) {
      const gap = this.gaps[last];
      if (gap !== undefined) gap.next = { device, number };
    }
    const before = this.#place(device, number, place);
    const highest = this.highestOf(device);
    if (before > 0) {
      this.repeats.push({ device, number, isBehindGap: (this.gaps.at(-1)?.place ?? 0) > before });
    } else if (number < highest) {
      this.outOfOrder += 1;
    } else {
      if (number > highest + 1) this.#addHole(device, highest + 1, number - 1, place);
      this.#highest[device] = number;
    }
    this.#lastPlaces[device] = place;
  }

  /** Adds what is missing at the end: what was acknowledged after the last event that was received. */
  end(): void {
    for (const [index, { acknowledgedAt }] of this.#ledger.devices.entries()) {
      const highest = this.highestOf(index);
      if (acknowledgedAt.length - 1 > highest)
        this.#addHole(index, highest + 1, acknowledgedAt.length - 1, this.received + 1);
    }
  }

  #addHole(device: number, from: number, to: number, before: number): void {
    const after = this.#lastPlaces[device] ?? 0;
    const gap = this.gaps.at(-1);
    this.holes.push({ device, from, to, after, before, gap: gap !== undefined && gap.place > after ? gap : null });
  }

  /** Notes the place of a number; returns its place before, or 0. */
  #place(device: number, number: number, place: number): number {
    let places = this.#places[device] ?? new Uint32Array(1_024);
    if (number >= places.length) {
      const larger = new Uint32Array(Math.max(number + 1, 2 * places.length));
      larger.set(places);
      places = larger;
      this.#places[device] = places;
    }
    const before = places[number] ?? 0;
    if (before === 0) places[number] = place;
    return before;
  }
}
