import { mayDo, type Right } from '../../domain/rights.ts';
import type { Procedure } from '../../procedure/procedure.ts';
import { homeSchoolOf } from '../../store/home-school.ts';
import { findUpload, type Upload } from '../../store/uploads.ts';
import type { PageAnswer, PageRequest } from '../site.ts';

/** The student whose file it is, as far as documents need it. */
export interface StudentOfFile {
  readonly id: number;
  /** Of the file. */
  readonly ref: string;
  readonly name: string;
  readonly mayAdd: boolean;
}

export interface FoundStudent {
  readonly kind: 'found';
  readonly student: StudentOfFile;
  readonly procedure: Procedure;
}

/** `/files/<uuid>` */
const REFERENCE = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** @returns an answer where there is no such file, or where it is not this person's business: both look the same */
export async function findStudentOfFile(
  request: PageRequest,
  right: Right,
): Promise<FoundStudent | PageAnswer> {
  const ref = request.params.file ?? '';
  if (!REFERENCE.test(ref)) return { kind: 'not-found' };
  return findStudent(request, { ref }, right);
}

export interface FoundUpload extends FoundStudent {
  readonly upload: Upload;
}

/** The document that a path names, where this person may see it. */
export async function findUploadOfPage(
  request: PageRequest,
  right: Right,
): Promise<FoundUpload | PageAnswer> {
  const upload = await findUpload(request.db, request.params.ref ?? '');
  if (upload === null) return { kind: 'not-found' };
  const found = await findStudent(request, { id: upload.studentId }, right);
  return found.kind === 'found' ? { ...found, upload } : found;
}

async function findStudent(
  request: PageRequest,
  which: { readonly ref: string } | { readonly id: number },
  right: Right,
): Promise<FoundStudent | PageAnswer> {
  const { db, person, procedure, moment } = request;
  if (procedure === null) return { kind: 'not-found' };
  const row = await db
    .selectFrom('student')
    .select(['id', 'file_ref', 'given_name', 'family_name'])
    .$call((query) =>
      'ref' in which ? query.where('file_ref', '=', which.ref) : query.where('id', '=', which.id),
    )
    .executeTakeFirst();
  if (row === undefined) return { kind: 'not-found' };
  const school = await homeSchoolOf(db, row.id, moment.today);
  const at = [school?.sourcedId ?? null];
  const maySee = mayDo(person, 'view-file', at);
  if (!maySee || !mayDo(person, right, at)) {
    request.refuse({ subject: row.file_ref, studentId: row.id });
    return { kind: maySee ? 'forbidden' : 'not-found' };
  }
  const name = `${row.given_name} ${row.family_name}`;
  return {
    kind: 'found',
    student: { id: row.id, ref: row.file_ref, name, mayAdd: mayDo(person, 'add-document', at) },
    procedure,
  };
}
