import { mkdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { backupKeyOf } from '../../config/backup-keys.ts';
import type { Config } from '../../config/config-types.ts';
import { atCommandLine } from '../../domain/audit.ts';
import { recordAudit } from '../../store/audit-log.ts';
import { type ArchiveFile, packFiles, unpackFiles } from '../../store/backup/archive-files.ts';
import { decompressed } from '../../store/backup/compressed.ts';
import { BackupFileError, unseal } from '../../store/backup/sealed-stream.ts';
import type { Db } from '../../store/database.ts';
import { readDocument } from '../../store/documents.ts';
import { readStudentDocuments, readStudentRecord, studentsWithFile } from '../../store/student-record.ts';
import type { Moment } from '../procedure.ts';
import { readBackupFile } from './backup-files.ts';
import { endingOf } from './export-student.ts';
import { writeSealed } from './write-sealed.ts';

export interface MadeArchive {
  readonly students: number;
  readonly files: number;
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * The attendance files of a school year that has ended, in one encrypted file: of each student the record as JSON and
 * the documents, and at the end a manifest. Nothing is taken out of the database.
 */
export async function archiveYear(
  db: Db,
  config: Pick<Config, 'district' | 'dataDir' | 'environment'>,
  asked: { readonly schoolYear: string; readonly out: string; readonly by: string },
  { now }: Moment,
  progress: (students: number, of: number) => void = () => {},
): Promise<MadeArchive> {
  const key = backupKeyOf(config);
  const students = await studentsWithFile(db, asked.schoolYear);
  let count = 0;
  const files = async function* (): AsyncGenerator<ArchiveFile> {
    for (const [index, student] of students.entries()) {
      progress(index, students.length);
      for await (const file of filesOf(db, student, asked.schoolYear)) {
        count += 1;
        yield file;
      }
    }
  };
  const about = { district: config.district.id, schoolYear: asked.schoolYear, made: now.toISOString() };
  await mkdir(dirname(asked.out), { recursive: true, mode: 0o700 });
  const { bytes, sha256 } = await writeSealed(
    asked.out,
    {
      format: 'rollcall-archive',
      madeAt: now,
      district: config.district.id,
      key,
      documentKey: null,
      content: packFiles(files(), about),
    },
    { sum: false },
  );
  await recordAudit(db, {
    at: now,
    actor: atCommandLine(asked.by),
    from: null,
    action: 'year-archived',
    subject: asked.schoolYear,
    detail: { students: students.length, files: count, sha256, file: basename(asked.out) },
  });
  return { students: students.length, files: count, bytes, sha256 };
}

/** What lies in a folder of the student's public reference, which names nobody. */
async function* filesOf(
  db: Db,
  { id, fileRef }: { readonly id: number; readonly fileRef: string },
  schoolYear: string,
): AsyncGenerator<ArchiveFile> {
  const parts = (await readStudentRecord(db, id)).map(({ title, rows }) => ({
    title,
    rows: rows.filter((row) => row['school year'] === undefined || row['school year'] === schoolYear),
  }));
  const json = { format: 'rollcall-student-record', version: 1, schoolYear, parts };
  yield { name: `${fileRef}/record.json`, bytes: Buffer.from(`${JSON.stringify(json, null, 2)}\n`) };
  for (const document of await readStudentDocuments(db, id)) {
    if (document.destroyed || document.shared) continue;
    if (document.schoolYear !== null && document.schoolYear !== schoolYear) continue;
    const { bytes } = await readDocument(db, document.id);
    yield { name: `${fileRef}/${document.id}-${document.kind}.${endingOf(document.mediaType)}`, bytes };
  }
}

/** @throws BackupFileError when the file was altered, is of another key, or is no archive */
export async function* openArchive(path: string, keys: readonly string[]): AsyncGenerator<ArchiveFile> {
  const { head, content } = await unseal(readBackupFile(path), keys);
  if (head.format !== 'rollcall-archive')
    throw new BackupFileError('The file is a backup, not an archive: `rollcall restore` puts it back.');
  yield* unpackFiles(decompressed(content));
}
