import type { Config } from '../config/config-types.ts';
import { counted } from '../domain/plain-words.ts';
import type { UnmappedCode } from '../store/unmapped-codes.ts';

/** `Code WTR is not in the code table: 14 rows of 9 students; their letters wait.` */
export function unmappedCodeWords(
  { code, rows, students }: UnmappedCode,
  source: Config['sis']['attendance']['source'],
): string {
  const what =
    code === null
      ? 'A status without a code has no meaning here'
      : source === 'ed-fi'
        ? `Nobody has said what the Ed-Fi category “${code}” means (sis.attendance.descriptors)`
        : `Code ${code} is not in the code table`;
  const whose = counted(students, 'student; the letters of this one wait', 'students; their letters wait');
  return `${what}: ${counted(rows, 'row')} of ${whose}.`;
}
