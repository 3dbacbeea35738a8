const WHOLE_TEXT = 0x81;
const [SHORTEST, SHORT, LONG] = [125, 126, 127] as const;

/**
 * A message of text in one frame, as a server sends it. What is sent to many is framed once here: `ws`, which frames for
 * each, does not mind what is written between its own frames, as long as none of them is split or compressed.
 */
export const frameOf = (parts: readonly Buffer[]): Buffer => {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const head = Buffer.alloc(length <= SHORTEST ? 2 : length < 2 ** 16 ? 4 : 10);
  head[0] = WHOLE_TEXT;
  if (head.length === 2) head[1] = length;
  else if (head.length === 4) {
    head[1] = SHORT;
    head.writeUInt16BE(length, 2);
  } else {
    head[1] = LONG;
    head.writeBigUInt64BE(BigInt(length), 2);
  }
  return Buffer.concat([head, ...parts]);
};

/** Where the payload of a frame of ours begins. */
export const payloadAt = (frame: Buffer): number => (frame[1] === LONG ? 10 : frame[1] === SHORT ? 4 : 2);
