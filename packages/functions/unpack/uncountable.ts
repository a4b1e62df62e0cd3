/** Counts the rows of a data file as its bytes go by. */
export type RowCounter = {
  update(chunk: Uint8Array): void;
  /** Rows, without the header line. Throws {@link Uncountable} where the file is not what its name says. */
  end(): number;
};

/** Why the rows of a file cannot be counted: it is not what its name says. */
export class Uncountable extends Error {
  override readonly name = 'Uncountable';
}
