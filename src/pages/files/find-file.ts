import { mayDo, type Right } from '../../domain/rights.ts';
import type { Procedure } from '../../procedure/procedure.ts';
import type { FileView } from '../../store/file-view.ts';
import type { PageAnswer, PageRequest } from '../site.ts';
import { readFileNow } from './file-reader.ts';

/** A file that the person may see, in the school year of the day. */
export interface FoundFile {
  readonly kind: 'found';
  readonly file: FileView;
  readonly procedure: Procedure;
}

/** `/files/<uuid>` */
const REFERENCE = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** @returns an answer where there is no such file, or where it is not this person's business: both look the same */
export async function findFile(
  request: PageRequest,
  right: Right = 'view-file',
): Promise<FoundFile | PageAnswer> {
  const { params, person, procedure, moment } = request;
  const ref = params.file ?? '';
  if (procedure === null || !REFERENCE.test(ref)) return { kind: 'not-found' };
  const asked = { ref, schoolYear: procedure.schoolYear.id, today: moment.today };
  const file = await readFileNow(request.db, asked);
  if (file === null) return { kind: 'not-found' };
  const school = [file.school?.sourcedId ?? null];
  const maySee = mayDo(person, 'view-file', school);
  if (!maySee || !mayDo(person, right, school)) {
    request.refuse({ subject: ref, studentId: file.id });
    return { kind: maySee ? 'forbidden' : 'not-found' };
  }
  if (file.goesOnAs !== null) return { kind: 'redirect', to: `/files/${file.goesOnAs}` };
  return { kind: 'found', file, procedure };
}

/** Whether the person has a right about the student of a file. */
export function mayAbout(
  { person }: PageRequest,
  right: Right,
  { school }: Pick<FileView, 'school'>,
): boolean {
  return mayDo(person, right, [school?.sourcedId ?? null]);
}

export function nameOf({ givenName, familyName }: Pick<FileView, 'givenName' | 'familyName'>): string {
  return `${givenName} ${familyName}`;
}
