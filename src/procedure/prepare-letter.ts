import { type LetterFacts, type RenderedLetter, renderLetter } from '../documents/letter.ts';
import { isOfBasis } from '../domain/day-book.ts';
import { ONE_DAY } from '../domain/days.ts';
import { dateInZone } from '../domain/school-date.ts';
import { maySend } from '../domain/sending-window.ts';
import { shareOf } from '../domain/step-sentence.ts';
import { buildMessage, type MessageParts } from '../mail/message.ts';
import { messageId } from '../mail/message-id.ts';
import { saveDocument } from '../store/documents.ts';
import { readEvaluation } from '../store/evaluations.ts';
import { takeStep } from '../store/ladder-steps.ts';
import { countPreparation, freezeLetter, holdLetter, postponeLetter } from '../store/letter-changes.ts';
import { type Letter, readLetter } from '../store/letters.ts';
import { openLetterTask } from './letter-task.ts';
import type { Letterbox } from './letterbox.ts';
import { type Moment, mayLeaveFrom, type Procedure, schoolCalendar } from './procedure.ts';
import { returnPathOf } from './return-path-of.ts';
import { readSchoolFacts, schoolYearLabel } from './school-facts.ts';

/**
 * Renders a planned letter and freezes bytes and envelope. It then waits for the sending window, or for the print run.
 * A letter whose names cannot be set is held for a person instead of being printed wrongly. A shadow is rendered on the
 * day on which it would have left, takes its step as if it had, and stays where it is.
 */
export async function prepareLetter(
  letterbox: Letterbox,
  procedure: Procedure,
  letterId: string,
  moment: Moment,
): Promise<'frozen' | 'held' | 'postponed' | 'not-planned'> {
  const { db } = letterbox;
  const letter = await readLetter(db, letterId);
  if (letter === null || letter.state !== 'planned') return 'not-planned';
  const calendar = await schoolCalendar(db, procedure, letter.schoolId);
  const window = maySend(moment.now, procedure.timeZone, calendar, letterbox.config.mail.sendingWindow);
  const dueAt = window.kind === 'closed' && window.until !== null ? window.until : moment.now;
  const leavesOn = dateInZone(dueAt, procedure.timeZone);
  if (letter.shadow && leavesOn > moment.today) {
    await postponeLetter(db, letter.id, dueAt);
    return 'postponed';
  }
  await countPreparation(db, letter.id);
  const template = letter.toStudent ? templateToStudent(letterbox, letter.template) : letter.template;
  const facts = { ...(await letterFacts(letterbox, procedure, letter, moment)), template };
  const rendered = await renderLetter(letterbox.templates, facts);
  const message =
    rendered.kind === 'rendered' ? await freezeMessage(letterbox, letter, facts, rendered, moment) : null;
  return db.transaction().execute(async (tx) => {
    if (rendered.kind === 'missing-glyph') {
      await holdLetter(tx, letter.id, { reason: 'missing-glyph', dueAt: null });
      await openLetterTask(tx, procedure, letter, 'letter-held', `${letter.ref}: missing-glyph`, moment);
      return 'held';
    }
    const pdf = await saveDocument(tx, {
      mediaType: 'application/pdf',
      kind: 'letter',
      bytes: rendered.pdf,
      students: [letter.studentId],
      now: moment.now,
    });
    const raw =
      message === null
        ? null
        : await saveDocument(tx, {
            mediaType: 'message/rfc822',
            kind: 'message',
            bytes: message.raw,
            students: [letter.studentId],
            now: moment.now,
          });
    const frozen = await freezeLetter(tx, letter.id, {
      templateVersion: rendered.templateVersion,
      pdfDocumentId: pdf.id,
      pages: rendered.pages,
      message: message === null || raw === null ? null : { documentId: raw.id, ...message },
      dueAt: letter.shadow ? dueAt : mayLeaveFrom(procedure, calendar, moment),
      shadowedOn: letter.shadow ? leavesOn : null,
    });
    if (!frozen) return 'not-planned';
    if (letter.shadow) {
      const { step, round } = letter;
      const taken = { step, round, on: leavesOn, reason: 'shadowed', now: moment.now };
      await takeStep(tx, { studentId: letter.studentId, schoolYear: letter.schoolYear }, taken);
    }
    if (rendered.untranslated) {
      await openLetterTask(tx, procedure, letter, 'call-with-interpreter', facts.language, moment);
    }
    return 'frozen';
  });
}

/** What a letter says: by the evaluation that it rests on, and as of the day that it names. */
export async function letterFacts(
  letterbox: Pick<Letterbox, 'db' | 'config' | 'templates'>,
  procedure: Procedure,
  letter: Omit<Letter, 'id' | 'state'>,
  moment: Moment,
): Promise<LetterFacts> {
  const { db, config } = letterbox;
  const evaluation = await readEvaluation(db, letter.evaluationId);
  if (evaluation === null) throw new Error('a letter rests on an evaluation that is gone');
  const student = await db
    .selectFrom('student')
    .select(['given_name', 'family_name', 'grade'])
    .where('id', '=', letter.studentId)
    .executeTakeFirstOrThrow();
  const guardians = letter.toStudent
    ? [student]
    : await db
        .selectFrom('guardian')
        .select(['given_name', 'family_name'])
        .where('id', 'in', [...letter.guardianIds])
        .orderBy('sourced_id')
        .execute();
  const school = await readSchoolFacts(db, config, letter.schoolId);
  const verdict = evaluation.steps.find((one) => one.step === letter.step);
  const listed = evaluation.days.filter(
    (day) =>
      day.date <= letter.asOf &&
      day.date >= (verdict?.windowFrom ?? day.date) &&
      isOfBasis(verdict?.basis ?? 'all', day.excuse, procedure.policy.counting) &&
      !day.confidential,
  );
  return {
    template: letter.template,
    reference: letter.ref,
    language: letter.language,
    date: moment.today,
    asOf: letter.asOf,
    schoolYear: schoolYearLabel(letter.schoolYear),
    district: config.district,
    school,
    student: { givenName: student.given_name, familyName: student.family_name, grade: student.grade },
    addressees: uniqueNames(guardians),
    postalAddress: letter.address,
    count: letter.count.replace(/\.?0+$/, ''),
    countedFrom: verdict?.windowFrom ?? (await schoolCalendar(db, procedure, letter.schoolId)).firstDay,
    percent: verdict?.enrolledDays == null ? null : shareOf(verdict.count, verdict.enrolledDays),
    dates: listed.map((day) => ({ date: day.date, whole: day.fraction >= ONE_DAY })),
    signature: school.signature,
    contact: school.contact,
    pictures: school.pictures,
  };
}

/** The letter in the words for a student who gets it in person, where the district has written them. */
function templateToStudent({ templates }: Pick<Letterbox, 'templates'>, name: string): string {
  const own = `${name}-to-student`;
  return templates.letterNames.includes(own) ? own : name;
}

/** The SIS may know one person twice; a joint letter greets everybody once. */
function uniqueNames(
  guardians: readonly { given_name: string; family_name: string }[],
): LetterFacts['addressees'] {
  const names = new Map(guardians.map((one) => [`${one.given_name} ${one.family_name}`, one]));
  return [...names.values()].map((one) => ({ givenName: one.given_name, familyName: one.family_name }));
}

async function freezeMessage(
  letterbox: Letterbox,
  letter: Letter,
  facts: LetterFacts,
  rendered: Extract<RenderedLetter, { kind: 'rendered' }>,
  moment: Moment,
): Promise<{ raw: Buffer; messageId: string; from: string; to: string } | null> {
  if (letter.channel !== 'email' || letter.email === null) return null;
  const { mail } = letterbox.config;
  const id = messageId(letterbox.secretKey, letter.id, mail.messageIdDomain);
  const parts: MessageParts = {
    kind: 'letter',
    ref: letter.ref,
    step: letter.step,
    messageId: id,
    date: moment.now,
    from: mail.from,
    to: {
      name: facts.addressees.map((one) => `${one.givenName} ${one.familyName}`).join(', '),
      address: letter.email,
    },
    replyTo: mail.replyTo,
    subject: rendered.subject,
    text: rendered.text,
    html: rendered.html,
    language: rendered.languages[0] ?? 'en',
    attachments: [
      { fileName: `letter-${letter.ref}.pdf`, contentType: 'application/pdf', content: rendered.pdf },
    ],
  };
  const raw = await buildMessage(parts, mail.dkim);
  return { raw, messageId: id, from: returnPathOf(letterbox, letter.ref), to: letter.email };
}
