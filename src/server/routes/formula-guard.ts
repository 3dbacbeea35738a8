import { Transform } from "node:stream";

/** A spreadsheet treats a cell that begins with one of these as a formula; the last is the full-width form of the first four, in UTF-8. */
const FORMULA_START = /[=+\-@\t\r\n]|\xEF\xBC[\x9D\x8B\x8D\xA0]/y;
/** The beginning of a full-width form that may continue with the next chunk. */
const UNDECIDED_WIDTH = /^\xEF\xBC?$/;
/** UTC offsets and numbers also begin with a sign and must remain unchanged. */
const BENIGN = String.raw`[+-](?:\d\d:\d\d|\d{1,15}(?:\.\d{1,15})?)`;
const BENIGN_PLAIN = new RegExp(`${BENIGN}(?=[,\\r\\n]|$)`, "y");
const BENIGN_QUOTED = new RegExp(`${BENIGN}(?="(?:[,\\r\\n]|$))`, "y");
/** A prefix that may still become benign with the next chunk. */
const UNDECIDED = /^[+-][\d:.]{0,32}"?$/;
const FORMULA_IN_ROWS = new RegExp(String.raw`(^|[,\n\r])(?=[=+\-@\t]|\xEF\xBC[\x9D\x8B\x8D\xA0])(?!${BENIGN}[,\n\r])`);
const EVERY_FORMULA = new RegExp(FORMULA_IN_ROWS.source, "g");

type State = "start" | "plain" | "quoted";

/**
 * Creates a stream that puts a `'` before every cell of a CSV (RFC 4180) that a spreadsheet would run as a formula. It works on
 * chunks of any size in constant memory; text is decoded as latin1, a character for each byte of UTF-8.
 */
export const createFormulaGuard = (): Transform => {
  let state: State = "start";
  let pending = "";

  /** Processes cell by cell; keeps in `pending` what cannot be decided before the next chunk. */
  const guardCells = (text: string, isLast: boolean): string => {
    let written = "";
    let from = 0;
    let at = 0;
    const keepFrom = (index: number) => {
      pending = text.slice(index);
      return written + text.slice(from, index);
    };
    while (at < text.length) {
      if (state === "start") {
        const isQuoted = text[at] === '"';
        const first = isQuoted ? at + 1 : at;
        if (first >= text.length && !isLast) return keepFrom(at);
        if (!isLast && UNDECIDED_WIDTH.test(text.slice(first, first + 3))) return keepFrom(at);
        const isLineEnd = !isQuoted && (text[first] === "\r" || text[first] === "\n");
        FORMULA_START.lastIndex = first;
        if (!isLineEnd && FORMULA_START.test(text)) {
          if (!isLast && first + 40 > text.length && UNDECIDED.test(text.slice(first))) return keepFrom(at);
          const benign = isQuoted ? BENIGN_QUOTED : BENIGN_PLAIN;
          benign.lastIndex = first;
          if (!benign.test(text)) {
            written += `${text.slice(from, first)}'`;
            from = first;
          }
        }
        state = isQuoted ? "quoted" : "plain";
        at = first;
      } else if (state === "quoted") {
        const quote = text.indexOf('"', at);
        if (quote === -1) break;
        if (quote + 1 === text.length && !isLast) return keepFrom(quote);
        const isEscaped = text[quote + 1] === '"';
        if (!isEscaped) state = "plain";
        at = quote + (isEscaped ? 2 : 1);
      } else {
        const end = nextCellEnd(text, at);
        if (end === -1) break;
        state = "start";
        at = end + 1;
      }
    }
    return written + text.slice(from);
  };

  /** Complete rows without quotes, which are nearly all rows, are processed without a walk through their cells. */
  const guard = (chunk: string, isLast: boolean): string => {
    const text = pending + chunk;
    pending = "";
    const begin = state === "plain" ? nextCellEnd(text, 0) + 1 : 0;
    const end = text.lastIndexOf("\n") + 1;
    if (state === "quoted" || end <= begin || text.includes('"')) return guardCells(text, isLast);
    if (begin > 0) state = "start";
    const rows = text.slice(begin, end);
    const guarded = FORMULA_IN_ROWS.test(rows) ? rows.replace(EVERY_FORMULA, "$1'") : rows;
    return text.slice(0, begin) + guarded + guardCells(text.slice(end), isLast);
  };

  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const text = chunk.toString("latin1");
      const guarded = guard(text, false);
      done(null, guarded === text ? chunk : Buffer.from(guarded, "latin1"));
    },
    flush(done) {
      done(null, Buffer.from(guard("", true), "latin1"));
    },
  });
};

const CELL_END = /[,\n\r]/g;

const nextCellEnd = (text: string, from: number): number => {
  CELL_END.lastIndex = from;
  return CELL_END.exec(text)?.index ?? -1;
};
