/** An encoded field of a Protocol Buffers message: its number and value. */
export type Field = Buffer;

const [VARINT, FIXED64, BYTES] = [0, 1, 2] as const;

const varint = (value: number | bigint): Buffer => {
  const bytes: number[] = [];
  let rest = BigInt(value);
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
};

const tag = (number: number, wireType: number): Buffer => varint(number * 8 + wireType);

/** Encodes an integer that is not negative. */
export const integer = (number: number, value: number | bigint): Field =>
  Buffer.concat([tag(number, VARINT), varint(value)]);

/** Encodes a 64-bit float. */
export const double = (number: number, value: number): Field => {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([tag(number, FIXED64), bytes]);
};

/** Encodes a string. */
export const textField = (number: number, value: string): Field => bytes(number, Buffer.from(value));

/** Encodes a nested message. */
export const message = (number: number, fields: readonly Field[]): Field => bytes(number, Buffer.concat(fields));

const bytes = (number: number, value: Buffer): Field =>
  Buffer.concat([tag(number, BYTES), varint(value.length), value]);
