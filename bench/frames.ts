const TEXT = 0x81;
const PING = 0x89;
const MASKED = 0x80;
const NOTHING = Buffer.alloc(0);
const HEAD_END = "\r\n\r\n";

/** A client's text frame. Its mask of zeros leaves the text unchanged. */
export const textFrame = (text: string): Buffer => {
  const payload = Buffer.from(text);
  const { length } = payload;
  const head =
    length < 126 ? Buffer.from([TEXT, MASKED | length]) : Buffer.from([TEXT, MASKED | 126, length >> 8, length & 0xff]);
  return Buffer.concat([head, Buffer.alloc(4), payload]);
};

/** A pong frame without a payload. */
export const PONG_FRAME = Buffer.from([0x8a, MASKED, 0, 0, 0, 0]);

/** The start and end of a frame's payload; null if it is incomplete. */
const frameAt = (bytes: Buffer, at: number): readonly [begin: number, end: number] | null => {
  if (bytes.length < at + 2) return null;
  const short = (bytes[at + 1] ?? 0) & 0x7f;
  const begin = at + 2 + (short === 126 ? 2 : short === 127 ? 8 : 0);
  if (bytes.length < begin) return null;
  const length =
    short === 126 ? bytes.readUInt16BE(at + 2) : short === 127 ? Number(bytes.readBigUInt64BE(at + 2)) : short;
  return bytes.length < begin + length ? null : [begin, begin + length];
};

/**
 * Reads a server's bytes, starting with the handshake response, and passes on the payload of each text frame. The caller can
 * reuse the chunk when it returns.
 */
export const createFrameReader = (onText: (text: Buffer) => void, onPing: () => void): ((chunk: Buffer) => void) => {
  let rest: Buffer = NOTHING;
  let isHead = true;
  return (chunk) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    if (isHead) {
      const end = bytes.indexOf(HEAD_END);
      if (end < 0) {
        rest = Buffer.from(bytes);
        return;
      }
      const status = bytes.toString("latin1", 0, bytes.indexOf("\r\n"));
      if (!status.includes(" 101 ")) throw new Error(`The handshake must be answered 101; received ${status}.`);
      isHead = false;
      at = end + HEAD_END.length;
    }
    for (let frame = frameAt(bytes, at); frame !== null; frame = frameAt(bytes, at)) {
      if (bytes[at] === TEXT) onText(bytes.subarray(frame[0], frame[1]));
      else if (bytes[at] === PING) onPing();
      at = frame[1];
    }
    rest = at === bytes.length ? NOTHING : Buffer.from(bytes.subarray(at));
  };
};
