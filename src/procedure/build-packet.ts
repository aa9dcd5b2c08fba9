import { longDate } from '../documents/dates.ts';
import { type PacketFacts, renderPacket } from '../documents/packet.ts';
import { contractInWords, termsInWords } from '../domain/contract-words.ts';
import { type Days, formatDays, NO_DAYS } from '../domain/days.ts';
import { explainEvaluation } from '../domain/explanation.ts';
import { listFileEntries } from '../store/attendance-files.ts';
import { listContacts } from '../store/contact-log.ts';
import { contractsOf, type StoredContract } from '../store/contracts.ts';
import type { Tx } from '../store/database.ts';
import { readBounce } from '../store/delivery-notices.ts';
import { readDocument } from '../store/documents.ts';
import type { StudentYear } from '../store/evaluations.ts';
import { listLetters } from '../store/letters.ts';
import type { Referral } from '../store/referrals.ts';
import { listStudentTasks } from '../store/tasks.ts';
import type { DecidedLocked } from './decide.ts';
import type { Letterbox } from './letterbox.ts';
import type { Moment, Procedure } from './procedure.ts';
import { readSchoolFacts, schoolYearLabel } from './school-facts.ts';
import { taskInWords } from './task-words.ts';

/** Puts the attendance file together as the truancy officer gets it. */
export async function buildPacket(
  tx: Tx,
  letterbox: Letterbox,
  procedure: Procedure,
  referral: Referral,
  decided: DecidedLocked,
  moment: Moment,
): Promise<Buffer> {
  const { config } = letterbox;
  const { facts } = decided;
  const { evaluation } = decided.assessment;
  const student = { studentId: referral.studentId, schoolYear: referral.schoolYear };
  const school = await readSchoolFacts(tx, config, referral.schoolId);
  const name = `${facts.givenName} ${facts.familyName}`;
  const letters = await sentLetters(tx, procedure, decided, student);
  const entries = await listFileEntries(tx, student);
  const rendered = await renderPacket({
    caseNumber: referral.ref,
    date: moment.today,
    schoolYear: schoolYearLabel(referral.schoolYear),
    district: config.district,
    school,
    officer: config.truancyOfficer,
    legalBasis: config.truancyOfficer.legalBasis,
    student: { name, grade: facts.grade, number: facts.number, birthDate: facts.birthDate },
    guardians: facts.guardians
      .filter((guardian) => guardian.linkActive && guardian.isGuardian !== false)
      .filter((guardian) => guardian.role === 'guardian' || guardian.role === 'parent')
      .map((guardian) => ({
        name: `${guardian.givenName} ${guardian.familyName}`,
        relationship: guardian.relationship,
        phone: guardian.phone,
        language: guardian.language,
      })),
    summary: `${explainEvaluation(evaluation, procedure.policy, name).summary}${basisOf(decided, referral.step)}`,
    absences: attendanceTable(decided),
    contacts: (await listContacts(tx, student)).map(({ on, by, outcome, note }) => ({
      date: on,
      by,
      outcome,
      note,
    })),
    letters,
    contracts: await packetContracts(tx, decided, student),
    timeline: entries.map((entry) => ({
      date: entry.onDate,
      what: entry.detail == null ? entry.title : `${entry.title}: ${entry.detail}`,
    })),
    tasks: (await listStudentTasks(tx, student)).map((task) => ({
      openedOn: task.openedOn,
      what: taskInWords({ kind: task.kind, detail: null, gaps: [] }).title,
      role: task.role,
      closedOn: task.closedOn,
      outcome: task.outcome,
    })),
    unconfirmed: await unconfirmed(tx, student, referral),
  });
  return rendered.pdf;
}

function attendanceTable(decided: DecidedLocked): PacketFacts['absences'] {
  const { facts, assessment } = decided;
  const titles = new Map(facts.codes.map((code) => [code.sourcedId, code.title]));
  const codeOf = new Map(facts.records.map((record) => [record.id, record.codeId]));
  let running: Days = NO_DAYS;
  return assessment.evaluation.days.map((day) => {
    running = (running + day.fraction) as Days;
    const codes = day.records
      .map((id) => titles.get(codeOf.get(id) ?? '') ?? '')
      .filter((title) => title !== '');
    return {
      date: day.date,
      code: [...new Set(codes)].join(', '),
      excuse: day.excuse,
      days: formatDays(day.fraction),
      running: formatDays(running),
    };
  });
}

async function sentLetters(
  tx: Tx,
  procedure: Procedure,
  decided: DecidedLocked,
  student: { studentId: number; schoolYear: string },
): Promise<PacketFacts['letters']> {
  const names = new Map(decided.facts.guardians.map((one) => [one.id, `${one.givenName} ${one.familyName}`]));
  const titles = new Map(procedure.policy.steps.map((step) => [step.id, step.title]));
  const letters: PacketFacts['letters'][number][] = [];
  for (const letter of await listLetters(tx, student)) {
    if (!['sent', 'posted', 'bounced'].includes(letter.state) || letter.pdfDocumentId === null) continue;
    const bounce = letter.state === 'bounced' ? await readBounce(tx, letter.id) : null;
    const backOn = bounce?.on ?? letter.returnedOn;
    letters.push({
      reference: letter.ref,
      title: titles.get(letter.step) ?? letter.step,
      to:
        letter.guardianIds.length === 0
          ? `${decided.facts.givenName} ${decided.facts.familyName} (the student, 18)`
          : letter.guardianIds.map((id) => names.get(id) ?? '').join(' and '),
      how: [
        letter.channel === 'email' ? 'e-mail' : 'post',
        ...(letter.superseded ? ['superseded'] : []),
        ...(backOn === null ? [] : [`came back on ${backOn}`]),
      ].join(', '),
      date: letter.handedOverOn,
      proof:
        letter.state === 'bounced'
          ? `none: it could not be delivered${bounce?.status == null ? '' : ` (${bounce.status})`}`
          : letter.channel === 'email'
            ? (letter.reply ?? '')
            : 'posting confirmed by the school',
      pages: letter.pages ?? 1,
      pdf: (await readDocument(tx, letter.pdfDocumentId)).bytes,
    });
  }
  return letters;
}

/** What the referral rests on, where it is not the count. */
function basisOf({ assessment: { evaluation } }: DecidedLocked, step: string): string {
  const verdict = evaluation.steps.find((one) => one.step === step);
  if (verdict?.reachedBy !== 'contract') return '';
  return ' The file is sent because the attendance contract was violated, not because of the count.';
}

async function packetContracts(
  tx: Tx,
  { assessment: { evaluation } }: DecidedLocked,
  student: StudentYear,
): Promise<PacketFacts['contracts']> {
  return (await contractsOf(tx, student)).map((contract) => {
    const standing = evaluation.contracts.find(({ ref }) => ref === contract.ref);
    return {
      reference: contract.ref,
      terms: termsInWords(contract),
      agreed: agreedInWords(contract),
      agreedBy: contract.agreedBy,
      note: contract.note,
      standing: standing === undefined ? 'It was not watched.' : contractInWords(standing, evaluation.asOf),
      days: (standing?.days ?? []).map(({ date, fraction, countsOn }) => ({
        date,
        days: formatDays(fraction),
        countsOn,
      })),
    };
  });
}

function agreedInWords({ refused, signedOn }: StoredContract): string {
  if (refused) return 'the family refused it';
  return signedOn === null ? 'no signature is on record' : `signed on ${longDate(signedOn, 'en')}`;
}

async function unconfirmed(
  tx: Tx,
  student: { studentId: number; schoolYear: string },
  referral: Referral,
): Promise<string[]> {
  const lines = (await listLetters(tx, student)).flatMap(({ ref, state, returnedOn }) => {
    if (state === 'bounced') return [`Letter ${ref} came back: the e-mail could not be delivered.`];
    if (returnedOn !== null) return [`Letter ${ref} came back by the post on ${longDate(returnedOn, 'en')}.`];
    const isOpen = ['uncertain', 'printed', 'queued', 'held'].includes(state);
    return isOpen ? [`Letter ${ref} is ${state}: it may not have arrived.`] : [];
  });
  for (const { ref, state, signedOn } of await contractsOf(tx, student)) {
    if (state !== 'ended' && signedOn === null) {
      lines.push(`Attendance contract ${ref} has no signature on record.`);
    }
  }
  if (referral.releasedBy !== null) {
    lines.push(`Released by ${referral.releasedBy} in spite of gaps: ${referral.releasedBecause ?? ''}`);
  }
  return lines;
}
