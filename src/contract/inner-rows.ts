import { type Codec, codec, type Rows, rows } from "./codec.ts";

/** A list within a row: its unreadable rows count where it is served, not for the whole answer. */
export const innerRows = <Row>(item: Codec<Row>): Codec<Rows<Row>> => {
  const { read, ...facts } = rows(item);
  return codec((value) => read(value), facts);
};
