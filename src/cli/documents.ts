import { createReadStream, statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { atCommandLine } from '../domain/audit.ts';
import { refusalInWords, type UploadKind, uploadKinds, uploadKindWords } from '../domain/uploads.ts';
import {
  type ChangedDocument,
  reclassifyDocument,
  removeDocument,
} from '../procedure/keep-documents-right.ts';
import { type Bringer, type TakenIn, takeInDocument } from '../procedure/take-in-document.ts';
import { recordAudit } from '../store/audit-log.ts';
import { findStudentId } from '../store/districts.ts';
import { readDocument } from '../store/documents.ts';
import { findUpload, listUploads, type Upload } from '../store/uploads.ts';
import { atDesk, type Desk } from './at-desk.ts';
import { encryptCommand, rotateKeyCommand } from './documents-key.ts';
import { NEVER_REPLACED, writeNewFile } from './new-file.ts';
import { lookedAt } from './on-record.ts';
import { dateOption, lineOption } from './option-values.ts';
import { print, printJson, table, UsageError } from './output.ts';

export function documentsCommand(): Command {
  return new Command('documents')
    .description(
      'Documents in students’ files: bring one, list, look at one, put right, take out; and their key.',
    )
    .addCommand(addCommand())
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(reclassifyCommand())
    .addCommand(removeCommand())
    .addCommand(encryptCommand())
    .addCommand(rotateKeyCommand());
}

const kindOption = () => new Option('--kind <kind>', 'what it is').choices([...uploadKinds]);
const byOption = ['--by <name>', 'who does it'] as const;

interface AddOptions {
  readonly kind: UploadKind;
  readonly by: string;
  readonly on?: string;
  readonly note?: string;
  readonly task?: string;
  readonly notesOnFile?: boolean;
  readonly until?: string;
  readonly asOf?: string;
}

function addCommand(): Command {
  return new Command('add')
    .description('Bring a PDF, JPEG or PNG into a student’s file. It is looked at before it is taken.')
    .argument('<student>', 'sourcedId or student number')
    .argument('<file>', 'the file')
    .addOption(kindOption().makeOptionMandatory())
    .requiredOption(...byOption)
    .option('--on <date>', 'the day that it is of, YYYY-MM-DD; not set: today')
    .option('--note <text>', 'kept with it; the truancy officer sees it')
    .option('--task <task>', 'the task of the student that it answers, for example T-7F3K-2Q9M')
    .option('--notes-on-file', 'a medical note: it is what the family was asked for')
    .option('--until <date>', 'with --notes-on-file: last day for which it holds, YYYY-MM-DD')
    .option('--as-of <date>', 'the day on which it is brought, YYYY-MM-DD')
    .action(async (student: string, file: string, options: AddOptions, command: Command) => {
      const { until, notesOnFile = false, note, task = null, kind } = options;
      if (until !== undefined && !notesOnFile)
        throw new UsageError('--until goes with --notes-on-file only.');
      if (notesOnFile && kind !== 'medical-note')
        throw new UsageError('--notes-on-file goes with --kind medical-note only.');
      const by = bringer(options.by);
      const medical = notesOnFile ? { until: dateOption('--until', until) } : null;
      const on = dateOption('--on', options.on);
      expectFile(file);
      await atDesk(command, options.asOf, async ({ db, procedure, moment, config }) => {
        const studentId = await studentOf({ db }, student);
        const about = {
          studentId,
          kind,
          on: on ?? moment.today,
          fileName: basename(file),
          note: note === undefined ? null : lineOption('--note', note, 500),
          task: task?.toUpperCase() ?? null,
          medical,
        };
        const upload = { stream: createReadStream(file), rules: config.documents, about, by };
        const taken = await takeInDocument(db, procedure, upload, moment);
        print(takenWords(taken, config.documents));
      });
    });
}

/** @throws UsageError where nothing was taken */
function takenWords(taken: TakenIn, limits: Parameters<typeof refusalInWords>[1]): string {
  switch (taken.kind) {
    case 'added':
      return `${taken.ref} is in the file.`;
    case 'there-before':
      return `Nothing was added: the same document is in the file as ${taken.ref}.`;
    case 'refused':
      throw new UsageError(`The document was not taken. ${refusalInWords(taken, limits)}`);
    case 'bad-date':
      throw new UsageError(`--on takes a day from ${taken.earliest} to ${taken.latest}.`);
    case 'bad-task':
      throw new UsageError('--task: found no open task of this student that a document answers.');
    case 'medical-without-note':
      throw new UsageError('--notes-on-file goes with --kind medical-note only.');
    case 'unknown-student':
      throw new UsageError('No student has this sourcedId or number.');
  }
}

function listCommand(): Command {
  return new Command('list')
    .description('What was brought into a student’s file this school year.')
    .argument('<student>', 'sourcedId or student number')
    .option('--removed', 'also what was taken out of the file again')
    .option('--as-of <date>', 'in the school year of this date, YYYY-MM-DD')
    .option('--json', 'as JSON: ids only')
    .action(
      async (
        student: string,
        options: { removed?: boolean; asOf?: string; json?: boolean },
        command: Command,
      ) => {
        await atDesk(command, options.asOf, async ({ db, procedure, moment }) => {
          const studentId = await studentOf({ db }, student);
          await lookedAt(db, moment.now, { action: 'list-viewed', studentId, subject: 'documents' });
          const of = { studentId, schoolYear: procedure.schoolYear.id };
          const uploads = await listUploads(db, of, { removed: options.removed === true });
          if (options.json === true) return printJson(uploads.map(asJson));
          if (uploads.length === 0) return print('No document was brought into this file.');
          print(table(HEAD, uploads.map(cellsOf)));
        });
      },
    );
}

const HEAD = ['document', 'kind', 'of', 'pages', 'kB', 'file name', 'added', 'by', 'note'];

function cellsOf(upload: Upload): (string | number)[] {
  const { ref, kind, onDate, pages, bytes, fileName, addedOn, addedBy, note, removed } = upload;
  const mark = removed === null ? '' : `taken out on ${removed.on} by ${removed.by}: ${removed.because}`;
  return [
    ref,
    uploadKindWords[kind],
    onDate,
    pages,
    Math.ceil(bytes / 1024),
    fileName,
    addedOn,
    addedBy,
    mark || (note ?? ''),
  ];
}

function asJson(upload: Upload) {
  const { ref, kind, onDate, pages, bytes, mediaType, sha256, receivedSha256, addedOn, removed } = upload;
  return {
    ref,
    kind,
    onDate,
    pages,
    bytes,
    mediaType,
    sha256,
    receivedSha256,
    addedOn,
    removedOn: removed?.on ?? null,
  };
}

function showCommand(): Command {
  return new Command('show')
    .description('Write a document into a file. That it was looked at is put on record.')
    .argument('<document>', 'reference, for example D-7F3K-2Q9M')
    .requiredOption('--out <file>', `where to; ${NEVER_REPLACED}`)
    .requiredOption(...byOption)
    .option('--as-of <date>', 'the day on which it is looked at, YYYY-MM-DD')
    .action(async (ref: string, options: { out: string; by: string; asOf?: string }, command: Command) => {
      const by = bringer(options.by);
      await atDesk(command, options.asOf, async ({ db, moment }) => {
        const upload = await findUpload(db, ref);
        if (upload === null) throw unknown(ref);
        const { bytes } = await readDocument(db, upload.documentId);
        await db.transaction().execute(async (tx) => {
          await recordAudit(tx, {
            at: moment.now,
            ...by,
            action: 'document-viewed',
            studentId: upload.studentId,
            subject: upload.ref,
          });
          // Where nothing can be written, nothing was seen.
          writeNewFile('--out', resolve(options.out), bytes);
        });
        print(`${upload.ref} (${upload.mediaType}) is in ${options.out}.`);
      });
    });
}

interface ReclassifyOptions {
  readonly kind: UploadKind;
  readonly on?: string;
  readonly by: string;
  readonly asOf?: string;
}

function reclassifyCommand(): Command {
  return new Command('reclassify')
    .description('Say that a document is something else than was thought, or of another day.')
    .argument('<document>', 'reference, for example D-7F3K-2Q9M')
    .addOption(kindOption().makeOptionMandatory())
    .option('--on <date>', 'the day that it is of, YYYY-MM-DD; not set: as it was')
    .requiredOption(...byOption)
    .option('--as-of <date>', 'the day on which it is put right, YYYY-MM-DD')
    .action(async (ref: string, options: ReclassifyOptions, command: Command) => {
      const change = { ref, kind: options.kind, on: dateOption('--on', options.on), by: bringer(options.by) };
      await atDesk(command, options.asOf, async ({ db, moment }) => {
        expectChanged(ref, await reclassifyDocument(db, change, moment));
        print(`${ref.toUpperCase()} is on record as: ${uploadKindWords[change.kind].toLowerCase()}.`);
      });
    });
}

function removeCommand(): Command {
  return new Command('remove')
    .description('Take a document out of a file. It stays on record, marked, and goes into no packet.')
    .argument('<document>', 'reference, for example D-7F3K-2Q9M')
    .requiredOption(...byOption)
    .requiredOption('--why <reason>', 'kept with it')
    .option('--as-of <date>', 'the day on which it is taken out, YYYY-MM-DD')
    .action(async (ref: string, options: { by: string; why: string; asOf?: string }, command: Command) => {
      const removal = { ref, because: lineOption('--why', options.why, 500), by: bringer(options.by) };
      await atDesk(command, options.asOf, async ({ db, moment }) => {
        expectChanged(ref, await removeDocument(db, removal, moment));
        print(`${ref.toUpperCase()} is out of the file.`);
      });
    });
}

function expectChanged(ref: string, changed: ChangedDocument): void {
  switch (changed.kind) {
    case 'unknown':
      throw unknown(ref);
    case 'removed-before':
      throw new UsageError(`The document ${ref} was taken out of the file before.`);
    case 'bad-date':
      throw new UsageError('--on takes today or a day before.');
    case 'same':
      throw new UsageError(`The document ${ref} is that already.`);
    case 'changed':
  }
}

function bringer(name: string): Bringer {
  return {
    actor: atCommandLine(lineOption('--by', name, 100)),
    from: null,
  };
}

async function studentOf({ db }: Pick<Desk, 'db'>, student: string): Promise<number> {
  const studentId = await findStudentId(db, student);
  if (studentId === null) throw new UsageError('No student has this sourcedId or number.');
  return studentId;
}

function unknown(ref: string): UsageError {
  return new UsageError(`No document has the reference ${ref}.`);
}

function expectFile(path: string): void {
  if (!(statSync(path, { throwIfNoEntry: false })?.isFile() ?? false))
    throw new UsageError(`${path} is no file.`);
}
