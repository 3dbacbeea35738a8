/** Part of a message of Protocol Buffers: one field, number and value. */
export type Field = Buffer;

const [VARINT, FIXED64, BYTES] = [0, 1, 2] as const;

const varint = (value: number | bigint): Buffer => {
  const bytes: number[] = [];
  let left = BigInt(value);
  for (; left > 127n; left >>= 7n) bytes.push(Number(left & 127n) | 128);
  return Buffer.from([...bytes, Number(left)]);
};

const tag = (number: number, wire: number): Buffer => varint(number * 8 + wire);

/** A whole number, not negative. */
export const integer = (number: number, value: number | bigint): Field =>
  Buffer.concat([tag(number, VARINT), varint(value)]);

export const double = (number: number, value: number): Field => {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([tag(number, FIXED64), bytes]);
};

export const text = (number: number, value: string): Field => bytes(number, Buffer.from(value));

export const message = (number: number, fields: readonly Field[]): Field => bytes(number, Buffer.concat(fields));

const bytes = (number: number, value: Buffer): Field =>
  Buffer.concat([tag(number, BYTES), varint(value.length), value]);
