export const ATTENDANCE_FILE = 'attendance';
export const CONTACTS_FILE = 'contacts';

export interface CsvFile {
  readonly folder: string;
  readonly name: string;
  /** null: the file has none, as only a faulty one does. */
  readonly header: readonly string[] | null;
  readonly rows: readonly (readonly (string | number | null)[])[];
  readonly extractedAt: Date;
  /** When the last byte of it was written. */
  readonly writtenAt: Date;
  /** What tells how many rows there are, and when they were right. */
  readonly proof: 'trailer' | 'side-file' | 'none';
  /** Rows, as the proof tells them. */
  readonly counted: number;
}
