import { copyMail, stampCopy } from '../documents/letter-copy.ts';
import { readDocument } from '../store/documents.ts';
import { type LetterToCopy, lettersToCopy, markCopied } from '../store/letter-copies.ts';
import { newMailReference } from '../store/staff-mails.ts';
import { openTask } from '../store/tasks.ts';
import type { Letterbox } from './letterbox.ts';
import type { Moment } from './procedure.ts';
import { shortHash } from './short-hash.ts';
import { queueStaffMessage } from './staff-message.ts';

/** Copies of letters: to the school's office before the first of a template leave, to the district as samples after. */
export async function composeCopies(letterbox: Letterbox, moment: Moment): Promise<number> {
  let composed = 0;
  for (const letter of await lettersToCopy(letterbox.db)) {
    composed += await composeCopy(letterbox, letter, moment).catch((error: unknown) =>
      giveUpCopy(letterbox, letter, error, moment),
    );
  }
  return composed;
}

/** A copy that cannot be made keeps nothing else waiting; somebody hears of it. */
async function giveUpCopy(
  { db }: Letterbox,
  letter: LetterToCopy,
  error: unknown,
  { now, today }: Moment,
): Promise<number> {
  // Without the database nothing of this can be kept, and the next look tries again.
  if (error instanceof Error && 'code' in error) throw error;
  return db.transaction().execute(async (tx) => {
    if (!(await markCopied(tx, letter.id, now))) return 0;
    await openTask(
      tx,
      {
        key: `copy-failed:${letter.id}`,
        kind: 'program-error',
        role: 'it-contact',
        openedOn: today,
        dueOn: today,
        letterId: letter.id,
        detail: `no copy of ${letter.ref} could be made`,
      },
      now,
    );
    return 0;
  });
}

async function composeCopy(letterbox: Letterbox, letter: LetterToCopy, moment: Moment): Promise<number> {
  const { db, config } = letterbox;
  const district = config.district.name;
  const { bytes } = await readDocument(db, letter.pdfDocumentId);
  const pdf = await stampCopy(letter.as, { ...letter, pdf: bytes, district }, moment.now);
  return db.transaction().execute(async (tx) => {
    if (!(await markCopied(tx, letter.id, moment.now))) return 0;
    const people = recipientsOf(letterbox, letter);
    for (const to of people) {
      const ref = newMailReference();
      const rendered = copyMail(
        letter.as,
        { ...letter, template: letter.templateVersion },
        { district, reference: ref },
      );
      const address = shortHash(to.email.toLowerCase(), 16);
      const key = `copy:${letter.as}:${letter.id}:${address}`;
      const attachments = [
        { fileName: `copy-of-${letter.ref}.pdf`, contentType: 'application/pdf', content: pdf },
      ];
      const studentIds = [letter.studentId];
      await queueStaffMessage(
        tx,
        letterbox,
        { kind: 'copy', ref, key, to, rendered, attachments, studentIds },
        moment,
      );
    }
    return people.length;
  });
}

function recipientsOf(
  { config }: Letterbox,
  letter: LetterToCopy,
): readonly { readonly name: string; readonly email: string }[] {
  if (letter.as === 'sample') {
    const to = config.brakes.copies?.to;
    return to === undefined ? [] : [{ name: config.district.name, email: to }];
  }
  for (const role of ['attendance-clerk', 'administrator', config.brakes.approver] as const) {
    const people = config.staffFor(role, letter.schoolSourcedId);
    if (people.length > 0) return people;
  }
  return config.staff.slice(0, 1);
}
