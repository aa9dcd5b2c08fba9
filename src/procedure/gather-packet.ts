import { createHash } from 'node:crypto';
import { longDate } from '../documents/dates.ts';
import type { PacketFacts } from '../documents/packet-facts.ts';
import { contractInWords, termsInWords } from '../domain/contract-words.ts';
import { type Days, formatDays, NO_DAYS } from '../domain/days.ts';
import { explainEvaluation } from '../domain/explanation.ts';
import { NOT_RELEASED } from '../domain/gaps.ts';
import { listFileEntries } from '../store/attendance-files.ts';
import { listContacts } from '../store/contact-log.ts';
import { contractsOf, type StoredContract } from '../store/contracts.ts';
import type { Tx } from '../store/database.ts';
import { readBounce } from '../store/delivery-notices.ts';
import { keptBytes } from '../store/documents.ts';
import type { StudentYear } from '../store/ladder-steps.ts';
import { listLetters } from '../store/letters-of-student.ts';
import type { Referral } from '../store/referrals.ts';
import { listStudentTasks } from '../store/tasks.ts';
import { entryInWords } from './entry-words.ts';
import type { Letterbox } from './letterbox.ts';
import { packetDocuments } from './packet-documents.ts';
import { packetMeetings } from './packet-meetings.ts';
import type { Decision } from './plan-letters.ts';
import type { Moment, Procedure } from './procedure.ts';
import { readSchoolFacts, schoolYearLabel } from './school-facts.ts';
import { gapInWords, taskInWords } from './task-words.ts';

/** Whose attendance file is put together, and for what. */
export interface PacketSubject extends StudentYear {
  readonly schoolId: number;
  /** null: the student has not been referred. */
  readonly referral: Pick<
    Referral,
    'ref' | 'step' | 'releasedBy' | 'releasedBecause' | 'releasedGaps'
  > | null;
}

/** The attendance file as it stands, with where the bytes of its letters and documents are. */
export async function gatherPacket(
  tx: Tx,
  letterbox: Letterbox,
  procedure: Procedure,
  subject: PacketSubject,
  decided: Decision,
  moment: Moment,
): Promise<PacketFacts> {
  const { config } = letterbox;
  const { facts } = decided;
  const { evaluation } = decided.assessment;
  const student = { studentId: subject.studentId, schoolYear: subject.schoolYear };
  const { referral } = subject;
  const school = await readSchoolFacts(tx, config, subject.schoolId);
  const name = `${facts.givenName} ${facts.familyName}`;
  const letters = await sentLetters(tx, procedure, decided, student);
  const entries = await listFileEntries(tx, student);
  const titles = new Map(procedure.policy.steps.map((step) => [step.id, step.title]));
  const { truancyOfficer: officer } = config;
  return {
    caseNumber: referral?.ref ?? null,
    date: moment.today,
    schoolYear: schoolYearLabel(subject.schoolYear),
    district: { name: config.district.name, phone: config.district.phone },
    school: { name: school.name, phone: school.phone },
    officer: { name: officer.name, agency: officer.agency },
    legalBasis: officer.legalBasis,
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
    summary: `${explainEvaluation(evaluation, procedure.policy, name).summary}${basisOf(decided, referral?.step ?? null)}`,
    absences: attendanceTable(decided),
    contacts: (await listContacts(tx, student)).map(({ on, by, outcome, note }) => ({
      date: on,
      by,
      outcome,
      note,
    })),
    letters,
    meetings: await packetMeetings(tx, student),
    documents: await packetDocuments(tx, student),
    contracts: await packetContracts(tx, decided, student),
    timeline: entries.map((entry) => ({
      date: entry.onDate,
      what: `${entryInWords(entry.title, titles)}${entry.detail == null ? '' : `: ${entry.detail}`}${entry.takenBackBy === null ? '' : ' (taken back: it was recorded by mistake)'}`,
    })),
    tasks: (await listStudentTasks(tx, student)).map((task) => ({
      openedOn: task.openedOn,
      what: taskInWords({ kind: task.kind, detail: null, gaps: [] }).title,
      role: task.role,
      closedOn: task.closedOn,
      outcome: task.outcome,
    })),
    unconfirmed: await unconfirmed(tx, student, referral),
    differences: null,
  };
}

/**
 * A hash over what must not change between the building of a packet and its leaving. The days on which it was looked at,
 * and what staff were asked meanwhile, may; what it says otherwise than the one before it follows from the rest.
 */
export function factsHash(facts: PacketFacts): string {
  const { date: _date, timeline: _timeline, tasks: _tasks, unconfirmed: _lines, ...firm } = facts;
  return createHash('sha256')
    .update(JSON.stringify({ ...firm, differences: null }))
    .digest('hex');
}

function attendanceTable(decided: Decision): PacketFacts['absences'] {
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
  decided: Decision,
  student: StudentYear,
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
      kept: await keptBytes(tx, letter.pdfDocumentId),
    });
  }
  return letters;
}

/** What the referral rests on, where it is not the count. */
function basisOf({ assessment: { evaluation } }: Decision, step: string | null): string {
  const verdict = evaluation.steps.find((one) => one.step === step);
  if (verdict?.reachedBy !== 'contract') return '';
  return ' The file is sent because the attendance contract was violated, not because of the count.';
}

async function packetContracts(
  tx: Tx,
  { assessment: { evaluation } }: Decision,
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
  student: StudentYear,
  referral: PacketSubject['referral'],
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
  if (referral !== null && referral.releasedBy !== null) {
    const { releasedBy, releasedBecause, releasedGaps } = referral;
    const gaps = (releasedGaps ?? []).filter((gap) => gap !== NOT_RELEASED);
    if (releasedGaps === null || gaps.length > 0) {
      const named = gaps.length === 0 ? '' : ` (${gaps.map(gapForOfficer).join('; ')})`;
      lines.push(`Released by ${releasedBy} in spite of gaps${named}: ${releasedBecause ?? ''}`);
    }
  }
  return lines;
}

/** What staff are told of commands is nothing to the officer. */
function gapForOfficer(gap: string): string {
  return gapInWords(gap, { pages: true });
}
