import { instantInZone, isSchoolDate } from '../../domain/school-date.ts';
import { FileRefusal } from '../csv/file-refusal.ts';

/** What proves that a file is whole, as its writer words it. */
export interface Proof {
  readonly rows: number;
  /** ISO 8601. */
  readonly extractedAt: string;
}

/**
 * The trailer `TRAILER,<rows>,<extract time>`, or null for any other row. Being strict about the shape keeps a family
 * that is called Trailer a row.
 */
export function trailerIn(cells: readonly string[]): Proof | null {
  // A file parted by another delimiter may still end with the trailer as it is documented.
  const [word = '', rows = '', extractedAt = '', ...others] =
    cells.length === 1 ? (cells[0] ?? '').split(/[,;|\t]/) : cells;
  if (word.trim().toLowerCase() !== 'trailer' || others.some((cell) => cell.trim() !== '')) return null;
  return proofOf(rows, extractedAt);
}

/** The side file: `{ "rows": …, "extractedAt": … }`, or two lines with the same, named or not. @throws FileRefusal */
export function proofInSideFile(text: string): Proof {
  const told = text.replace(/^\uFEFF/, '').trim();
  const proof = told.startsWith('{') ? proofInJson(told) : proofInLines(told);
  if (proof === null) {
    throw new FileRefusal(
      'its side file cannot be read; expected {"rows": 1234, "extractedAt": "2026-09-14T02:00:00Z"} or two lines, rows=1234 and extractedAt=2026-09-14T02:00:00Z',
    );
  }
  return proof;
}

/** The extract time as an instant; one without an offset is on the clock of the zone. @throws FileRefusal */
export function extractInstant(text: string, zone: string): Date {
  const match = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(:\d{2}(?:\.\d{1,9})?)?\s?(Z|[+-]\d{2}:?\d{2})?$/i.exec(
    text.trim(),
  );
  const [, date = '', time = '', seconds = ':00', offset] = match ?? [];
  const known = isSchoolDate(date) && /^([01]\d|2[0-3]):[0-5]\d$/.test(time) && /^:[0-5]\d/.test(seconds);
  if (known) {
    const instant =
      offset === undefined
        ? new Date(instantInZone(date, time, zone).getTime() + Math.trunc(Number(seconds.slice(1)) * 1000))
        : new Date(`${date}T${time}${seconds.slice(0, 7)}${withColon(offset)}`);
    if (!Number.isNaN(instant.getTime())) return instant;
  }
  throw new FileRefusal(
    'its extract time cannot be read; expected a date and time such as 2026-09-14T02:00:00-05:00',
  );
}

function proofInJson(text: string): Proof | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const { rows, extractedAt } = value as { rows?: unknown; extractedAt?: unknown };
  if (typeof rows !== 'number' && typeof rows !== 'string') return null;
  return typeof extractedAt === 'string' ? proofOf(String(rows), extractedAt) : null;
}

function proofInLines(text: string): Proof | null {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const named = new Map<string, string>();
  lines.forEach((line, index) => {
    const match = /^\s*([A-Za-z][\w ]*?)\s*[=:]\s*(.*)$/.exec(line);
    const usual = index === 0 ? 'rows' : 'extractedat';
    named.set((match?.[1] ?? usual).toLowerCase(), match?.[2] ?? line);
  });
  return lines.length === 2 ? proofOf(named.get('rows') ?? '', named.get('extractedat') ?? '') : null;
}

function proofOf(rows: string, extractedAt: string): Proof | null {
  if (!/^\d{1,12}$/.test(rows.trim()) || extractedAt.trim() === '') return null;
  return { rows: Number(rows), extractedAt: extractedAt.trim() };
}

function withColon(offset: string): string {
  return offset.length === 5 ? `${offset.slice(0, 3)}:${offset.slice(3)}` : offset.toUpperCase();
}
