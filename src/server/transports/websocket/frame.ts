const WHOLE_TEXT = 0x81;
const [SHORTEST, SHORT, LONG] = [125, 126, 127] as const;

/**
 * A message of text in one frame, as a server sends it. What is sent to many is framed once here: `ws`, which frames for
 * each, does not mind what is written between its own frames, as long as none of them is split or compressed.
 */
export const frameOf = (parts: readonly Buffer[]): Buffer => {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  let at = length <= SHORTEST ? 2 : length < 2 ** 16 ? 4 : 10;
  const frame = Buffer.allocUnsafe(at + length);
  frame[0] = WHOLE_TEXT;
  frame[1] = at === 2 ? length : at === 4 ? SHORT : LONG;
  if (at === 4) frame.writeUInt16BE(length, 2);
  else if (at === 10) frame.writeBigUInt64BE(BigInt(length), 2);
  for (const part of parts) at += part.copy(frame, at);
  return frame;
};

/** Where the payload of a frame of ours begins. */
export const payloadAt = (frame: Buffer): number => (frame[1] === LONG ? 10 : frame[1] === SHORT ? 4 : 2);
