/** A gray JPEG of one pixel, the smallest that decoders accept. */
const PIXEL = Buffer.from(
  [
    "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////",
    "////////////////////////wgALCAABAAEBAREA/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPxD/2Q==",
  ].join(""),
  "base64",
);
const AFTER_START = 2;

/** Creates a JPEG in Base64 that is unique by the comment inside it. */
export const createPhoto = (comment: string): string => {
  const text = Buffer.from(comment);
  const segment = Buffer.alloc(4 + text.length);
  segment.writeUInt16BE(0xfffe, 0);
  segment.writeUInt16BE(text.length + 2, 2);
  text.copy(segment, 4);
  return Buffer.concat([PIXEL.subarray(0, AFTER_START), segment, PIXEL.subarray(AFTER_START)]).toString("base64");
};

/** The number of bytes that Base64 text decodes to. */
export const decodedSize = (base64: string): number => Buffer.from(base64, "base64").length;
