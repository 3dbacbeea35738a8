/** A deliberate break of one promise, and the tests that have to notice it. */
export interface Break {
  /** What the broken program does. Unique in the list. */
  readonly title: string;
  /** The file to change, relative to the root of the project. */
  readonly file: string;
  /** Text that occurs exactly once in the file. */
  readonly from: string;
  /** What stands there instead. */
  readonly to: string;
  /** Test files of which at least one test has to fail. */
  readonly tests: readonly string[];
}
