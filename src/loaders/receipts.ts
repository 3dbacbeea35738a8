import type { Punch } from "../contract/attendance.ts";
import { GatewayError } from "../gateway/errors.ts";
import { type GatewayCall, MAX_PAGE_SIZE } from "./call.ts";
import { encodePunchKey as encode, type PunchKey } from "./punch-key.ts";

/**
 * The gateway's rows of the punches of events, which do not say when it received them, and often nothing of photo and temperature.
 * Events are executed each by itself, so a page of punches that was read for one answers those that follow it, also if it does not
 * have them: it does so for every event that was here before the read began, and for no other.
 */
export interface Receipts {
  /** Call it for the punch of each event when the event arrives, before it is delivered to anyone. */
  readonly observe: (punch: PunchKey) => void;
  /** Returns the row of a punch; null if the gateway does not have it; undefined if no page shows it. */
  readonly find: (scope: string, punch: PunchKey, probe: GatewayCall) => Promise<Punch | null | undefined>;
}

interface Page {
  /** Exclusive; null for the end of the day. */
  readonly until: string | null;
  readonly rows: ReadonlyMap<string, Punch>;
  /** Whether a punch that is not in the page is not at the gateway. */
  readonly isComplete: boolean;
}

interface Read {
  readonly scope: string;
  readonly from: string;
  readonly expiresAt: number;
  /** Punches that arrived after the read began. */
  readonly later: Set<string>;
  /** Null if the page could not be read. */
  readonly page: Promise<Page | null>;
}

const MAX_AGE_MS = 10_000;
const MAX_READS = 8;

const covers = ({ from }: Pick<Read, "from">, time: string): boolean =>
  from <= time && time.startsWith(from.slice(0, 10));

/** Reads the punches of a day from a time on. */
const readPage = async (from: string, probe: GatewayCall): Promise<Page | null> => {
  const input = { FromDate: from, ToDate: `${from.slice(0, 10)} 23:59:59`, Limit: MAX_PAGE_SIZE } as const;
  try {
    const { AttendanceLogs, OffSet } = await probe("GetAttendanceByDate", input);
    return {
      until: (OffSet ?? "") === "" ? null : (AttendanceLogs.at(-1)?.AttendanceLog ?? from),
      rows: new Map(AttendanceLogs.map((punch) => [encode(punch), punch])),
      isComplete: AttendanceLogs.rejected === 0,
    };
  } catch (error) {
    if (error instanceof GatewayError) return null;
    throw error;
  }
};

/** Creates an empty memory of at most eight pages, each for ten seconds. */
export const createReceipts = (now: () => number): Receipts => {
  let reads: readonly Read[] = [];

  const begin = (scope: string, from: string, probe: GatewayCall): Read => {
    const page = readPage(from, probe);
    const read = { scope, from, expiresAt: now() + MAX_AGE_MS, later: new Set<string>(), page };
    reads = [read, ...reads].slice(0, MAX_READS);
    return read;
  };

  const answer = async ({ page, later }: Read, punch: PunchKey): Promise<Punch | null | undefined> => {
    const found = await page;
    const key = encode(punch);
    const row = found?.rows.get(key);
    if (found === null || row !== undefined) return row;
    const isInside = found.until === null || punch.AttendanceLog < found.until;
    return isInside && found.isComplete && !later.has(key) ? null : undefined;
  };

  return {
    observe(punch) {
      for (const read of reads) if (covers(read, punch.AttendanceLog)) read.later.add(encode(punch));
    },
    async find(scope, punch, probe) {
      reads = reads.filter((read) => read.expiresAt > now());
      for (const read of reads) {
        if (read.scope !== scope || !covers(read, punch.AttendanceLog)) continue;
        const known = await answer(read, punch);
        if (known !== undefined) return known;
      }
      return answer(begin(scope, punch.AttendanceLog, probe), punch);
    },
  };
};
