import { styleText } from "node:util";

const STYLES = {
  strong: "bold",
  faint: "dim",
  link: "cyan",
  good: "green",
  notice: "yellow",
  bad: "red",
} as const;

/** Colors a text for a stream; it returns the text itself where NO_COLOR, or the kind of terminal, asks for none. */
export type Paint = (style: keyof typeof STYLES, text: string) => string;

/** Creates the colors of a stream. NO_COLOR and FORCE_COLOR decide before the stream does. */
export const createPaint =
  (stream: NodeJS.WriteStream): Paint =>
  (style, text) =>
    styleText(STYLES[style], text, { stream });
