import { drawInitials } from "./initials.ts";
import { encodeJpeg } from "./jpeg.ts";

const AFTER_START = 2;

/** Creates a JPEG in Base64 that shows initials on the color of the person; it is unique by the comment inside it. */
export const createPhoto = (comment: string, employeeCode: string, name: string): string => {
  const picture = encodeJpeg(drawInitials(employeeCode, name));
  const text = Buffer.from(comment);
  const segment = Buffer.alloc(4 + text.length);
  segment.writeUInt16BE(0xfffe, 0);
  segment.writeUInt16BE(text.length + 2, 2);
  text.copy(segment, 4);
  return Buffer.concat([picture.subarray(0, AFTER_START), segment, picture.subarray(AFTER_START)]).toString("base64");
};

/** The number of bytes that Base64 text decodes to. */
export const decodedSize = (base64: string): number => Buffer.from(base64, "base64").length;
