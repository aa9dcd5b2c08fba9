import type { AuditDetail } from './audit.ts';

/** More than any list shows on one page. */
const MOST = 1_000;

/** Whom a list shows, for the record: our own ids, each once. */
export function whom(ids: Iterable<number | null>): AuditDetail {
  const known = new Set([...ids].flatMap((id) => id ?? []));
  const students = [...known].sort((a, b) => a - b).slice(0, MOST);
  return students.length === 0 ? {} : { students: students.join(' ') };
}
