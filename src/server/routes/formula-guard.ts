import { Transform } from "node:stream";

/** What a spreadsheet takes for a formula when a cell begins with it. */
const RISKY = new Set(["=", "+", "-", "@", "\t", "\r"]);
/** Offsets from UTC and numbers begin with a sign, too, and have to stay what they are. */
const BENIGN = String.raw`[+-](?:\d\d:\d\d|\d{1,15}(?:\.\d{1,15})?)`;
const BENIGN_PLAIN = new RegExp(`${BENIGN}(?=[,\\r\\n]|$)`, "y");
const BENIGN_QUOTED = new RegExp(`${BENIGN}(?="(?:[,\\r\\n]|$))`, "y");
/** What may still turn out to be benign when more of it comes. */
const UNDECIDED = /^[+-][\d:.]{0,32}"?$/;
const RISKY_ROWS = new RegExp(`(^|[,\\n\\r])(?=[=+\\-@\\t])(?!${BENIGN}[,\\n\\r])`);
const RISKY_CELL = new RegExp(RISKY_ROWS.source, "g");

type Place = "start" | "plain" | "quoted";

/**
 * Puts a `'` before every cell of a CSV stream (RFC 4180) that a spreadsheet would run as a formula. Works byte by byte
 * on any chunks, in constant memory: text is handled as latin1, because no byte of UTF-8 beyond ASCII matters here.
 */
export const createFormulaGuard = (): Transform => {
  let place: Place = "start";
  let carried = "";

  /** One cell after the other; leaves in `carried` what cannot be judged before more comes. */
  const guardCells = (text: string, isLast: boolean): string => {
    let written = "";
    let from = 0;
    let at = 0;
    const keepFrom = (index: number) => {
      carried = text.slice(index);
      return written + text.slice(from, index);
    };
    while (at < text.length) {
      if (place === "start") {
        const isQuoted = text[at] === '"';
        const first = isQuoted ? at + 1 : at;
        if (first >= text.length && !isLast) return keepFrom(at);
        const isLineEnd = !isQuoted && text[first] === "\r";
        if (RISKY.has(text[first] ?? "") && !isLineEnd) {
          if (!isLast && first + 40 > text.length && UNDECIDED.test(text.slice(first))) return keepFrom(at);
          const benign = isQuoted ? BENIGN_QUOTED : BENIGN_PLAIN;
          benign.lastIndex = first;
          if (!benign.test(text)) {
            written += `${text.slice(from, first)}'`;
            from = first;
          }
        }
        place = isQuoted ? "quoted" : "plain";
        at = first;
      } else if (place === "quoted") {
        const quote = text.indexOf('"', at);
        if (quote === -1) break;
        if (quote + 1 === text.length && !isLast) return keepFrom(quote);
        const isEscaped = text[quote + 1] === '"';
        if (!isEscaped) place = "plain";
        at = quote + (isEscaped ? 2 : 1);
      } else {
        const end = nextCellEnd(text, at);
        if (end === -1) break;
        place = "start";
        at = end + 1;
      }
    }
    return written + text.slice(from);
  };

  /** Whole rows without quotes, which is nearly all of them, need no walk through their cells. */
  const guard = (chunk: string, isLast: boolean): string => {
    const text = carried + chunk;
    carried = "";
    const begin = place === "plain" ? nextCellEnd(text, 0) + 1 : 0;
    const end = text.lastIndexOf("\n") + 1;
    if (place === "quoted" || end <= begin || text.includes('"')) return guardCells(text, isLast);
    if (begin > 0) place = "start";
    const rows = text.slice(begin, end);
    const guarded = RISKY_ROWS.test(rows) ? rows.replace(RISKY_CELL, "$1'") : rows;
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
