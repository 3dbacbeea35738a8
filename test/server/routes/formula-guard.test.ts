import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { createFormulaGuard } from "../../../src/server/routes/formula-guard.ts";

const guarded = async (csv: string, sizes: () => number = () => csv.length || 1): Promise<string> => {
  const bytes = Buffer.from(csv);
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = sizes();
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  const out: Buffer[] = [];
  for await (const chunk of Readable.from(chunks, { objectMode: false }).pipe(createFormulaGuard()))
    out.push(chunk as Buffer);
  return Buffer.concat(out).toString();
};

test.each([
  ["a formula", "=HYPERLINK(0)", "'=HYPERLINK(0)"],
  ["a sum of signs", "+1+1", "'+1+1"],
  ["a call behind a minus", "-2+cmd|' /C calc'!A0", "'-2+cmd|' /C calc'!A0"],
  ["an at sign", "@SUM(1)", "'@SUM(1)"],
  ["a tab", "\t=1", "'\t=1"],
  ["a quoted formula", '"=1,2"', `"'=1,2"`],
  ["a quoted carriage return", '"\r=1"', `"'\r=1"`],
  ["a quoted line feed", '"\n=1"', `"'\n=1"`],
  ["a full-width equals sign", "＝1+1", "'＝1+1"],
  ["a full-width plus", '"＋1"', `"'＋1"`],
  ["a full-width minus", "－1", "'－1"],
  ["a full-width at sign", "＠SUM(1)", "'＠SUM(1)"],
  ["a formula with quotes", '"=""x"""', `"'=""x"""`],
  ["a quoted number that goes on", '"+1""&x"', `"'+1""&x"`],
  ["a bare sign", "-", "'-"],
  ["an offset that goes on", "+05:30x", "'+05:30x"],
  ["an offset too long", "+005:30", "'+005:30"],
  ["a number with two points", "-1.2.3", "'-1.2.3"],
  ["a number longer than any", `-${"1".repeat(16)}`, `'-${"1".repeat(16)}`],
])("%s is neutralized in the first, a middle and the last cell", async (_, cell, harmless) => {
  expect(await guarded(`${cell},x,${cell},y,${cell}\n${cell}\n`)).toBe(
    `${harmless},x,${harmless},y,${harmless}\n${harmless}\n`,
  );
  expect(await guarded(`${cell},x,${cell},y,${cell}`)).toBe(`${harmless},x,${harmless},y,${harmless}`);
  expect(await guarded(`${cell},x\n${cell}`, () => 1)).toBe(`${harmless},x\n${harmless}`);
});

test.each([
  "+05:30",
  "-05:00",
  "-12",
  "+3.25",
  '"+05:30"',
  '"-7"',
  "1+1",
  "a=b",
  "",
  '""',
  '"a,=b"',
  '"a\n=b"',
  '"x"",=y"',
  "2026-06-21 09:02:14",
  "Ünïcödé—名",
  "！＃",
  '"＃1"',
])("%j remains unchanged", async (cell) => {
  const csv = `${cell},${cell}\r\n${cell},x\n,${cell}`;
  expect(await guarded(csv)).toBe(csv);
  expect(await guarded(csv, () => 1)).toBe(csv);
});

test("line ends of both kinds start a new cell", async () => {
  expect(await guarded("a\r\n=b\n=c\r=d,\r\n")).toBe("a\r\n'=b\n'=c\r'=d,\r\n");
});

const random = (seed: number) => () => {
  seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
  return seed / 2_147_483_648;
};

test("the result does not depend on the chunks of the stream", async () => {
  const next = random(7);
  const pieces = [
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\n",
    "\r\n",
    ",",
    '"',
    '""',
    "1",
    "05:30",
    ".",
    "a",
    "é",
    ":",
    "+05:30,",
    "-1\n",
    ' "',
  ];
  for (let round = 0; round < 400; round += 1) {
    const csv = Array.from({ length: 40 }, () => pieces[Math.floor(next() * pieces.length)]).join("");
    const whole = await guarded(csv);
    expect(await guarded(csv, () => 1)).toBe(whole);
    expect(await guarded(csv, () => 1 + Math.floor(next() * 9))).toBe(whole);
    expect(whole.replaceAll("'", "")).toBe(csv);
  }
});

test("rows without a formula pass through as the same bytes", async () => {
  const row = Buffer.from("pun_1,SN7A2300583,Main Gate,1042,Asha N,2026-06-21 09:02:14,+05:30,CheckIn,face\n");
  const out: Buffer[] = [];
  for await (const chunk of Readable.from([row]).pipe(createFormulaGuard())) out.push(chunk as Buffer);
  expect(out[0]).toBe(row);
});

test("a cell without an end does not accumulate in memory", async () => {
  const chunk = Buffer.alloc(64 * 1024, "x");
  const guard = createFormulaGuard();
  let seen = 0;
  guard.on("data", (each: Buffer) => {
    seen += each.length;
  });
  for (const start of ['"', ""]) {
    guard.write(Buffer.from(start));
    for (let index = 0; index < 100; index += 1) guard.write(chunk);
  }
  guard.end();
  await new Promise((resolve) => guard.once("end", resolve));
  expect(seen).toBe(200 * chunk.length + 1);
});
