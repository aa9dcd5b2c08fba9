/** What is wrong in a file: where, what was found and what is expected. Names and what stood there are never repeated. */
export interface FileRowProblem {
  readonly line: number;
  readonly column: string;
  readonly found: string;
  readonly expected: string;
  /** What stood there, for a guess at what is meant; not to be shown. */
  readonly told?: string;
  readonly known?: readonly string[];
}
