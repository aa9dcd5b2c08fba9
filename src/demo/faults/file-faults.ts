import { ATTENDANCE_FILE, CONTACTS_FILE, type CsvFile } from '../extracts/csv-file.ts';
import type { FaultList } from './fault.ts';

const source = 'data-extract';
const DAY_MS = 86_400_000;

export const fileFaults = {
  'file-truncated': {
    source,
    description: 'The transfer of the attendance file broke off: its second half is not there.',
    bytes: ofAttendance((bytes) => bytes.subarray(0, Math.floor(bytes.length / 2))),
  },
  'file-no-trailer': {
    source,
    description: 'The attendance file has no trailer, and there is no side file: nothing proves it whole.',
    file: attendance((file) => ({ ...file, proof: 'none' })),
  },
  'file-wrong-trailer': {
    source,
    description: 'The trailer counts seven rows more than the attendance file has.',
    file: attendance((file) => ({ ...file, counted: file.counted + 7 })),
  },
  'file-wrong-side-file': {
    source,
    description: 'There is a side file instead of a trailer, and it counts seven rows more.',
    file: attendance((file) => ({ ...file, proof: 'side-file', counted: file.counted + 7 })),
  },
  'file-stale': {
    source,
    description: 'The attendance file is the one of last week once more.',
    file: attendance((file) => ({ ...file, extractedAt: new Date(file.extractedAt.getTime() - 7 * DAY_MS) })),
  },
  'file-dated-ahead': {
    source,
    description: 'The attendance file says that it was extracted the day after tomorrow.',
    file: attendance((file) => ({ ...file, extractedAt: new Date(file.extractedAt.getTime() + 2 * DAY_MS) })),
  },
  'file-growing': {
    source,
    description: 'The attendance file is still being written: half of it is there, and more comes.',
    file: attendance((file) => ({ ...file, writtenAt: new Date(file.writtenAt.getTime() + DAY_MS) })),
    bytes: ofAttendance((bytes) => bytes.subarray(0, Math.floor(bytes.length / 2))),
  },
  'file-missing': {
    source,
    description: 'No attendance file was dropped tonight.',
    file: attendance(() => null),
  },
  'file-shrunken': {
    source,
    description: 'The attendance file is whole by its own count, but half of the rows are gone.',
    file: attendance((file) => {
      const rows = file.rows.filter((_, position) => position % 2 === 0);
      return { ...file, rows, counted: rows.length };
    }),
  },
  'file-empty': {
    source,
    description: 'The attendance file has its header and its trailer, and not one row.',
    file: attendance((file) => ({ ...file, rows: [], counted: 0 })),
  },
  'file-bad-header': {
    source,
    description: 'The column of the date was renamed to something that nobody knows.',
    file: attendance((file) => ({
      ...file,
      header: file.header?.map((name) => (name === 'date' ? 'fieldFour' : name)) ?? null,
    })),
  },
  'file-no-header': {
    source,
    description: 'The attendance file begins with its first row; the names of the columns are missing.',
    file: attendance((file) => ({ ...file, header: null })),
  },
  'file-wrong-encoding': {
    source,
    description: 'The attendance file comes as UTF-16 instead of UTF-8.',
    bytes: ofAttendance((bytes) => Buffer.from(bytes.toString('utf8'), 'utf16le')),
  },
  'file-open-quote': {
    source,
    description: 'A quote in the middle of the attendance file is never closed.',
    bytes: ofAttendance((bytes) => {
      const middle = bytes.indexOf('\n', Math.floor(bytes.length / 2)) + 1;
      return Buffer.concat([bytes.subarray(0, middle), Buffer.from('"'), bytes.subarray(middle)]);
    }),
  },
  'contacts-file-truncated': {
    source,
    description: 'The transfer of the contacts file broke off; the attendance file is whole.',
    bytes: (bytes, file) =>
      file.name.startsWith(CONTACTS_FILE) ? bytes.subarray(0, Math.floor(bytes.length / 2)) : bytes,
  },
} as const satisfies FaultList;

function attendance(change: (file: CsvFile) => CsvFile | null): (file: CsvFile) => CsvFile | null {
  return (file) => (file.name.startsWith(ATTENDANCE_FILE) ? change(file) : file);
}

function ofAttendance(change: (bytes: Buffer) => Buffer): (bytes: Buffer, file: CsvFile) => Buffer {
  return (bytes, file) => (file.name.startsWith(ATTENDANCE_FILE) ? change(bytes) : bytes);
}
