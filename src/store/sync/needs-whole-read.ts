/** What came of a read of changes can mean two things, and only a whole read tells which. */
export class NeedsWholeReadError extends Error {
  override readonly name = 'NeedsWholeReadError';
  /** What has to be read whole; a whole roster goes with whole absences. */
  readonly of: 'roster' | 'attendance';

  constructor(of: 'roster' | 'attendance', why: string) {
    super(why);
    this.of = of;
  }
}
