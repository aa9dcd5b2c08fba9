import { sql } from 'kysely';
import { addDays } from '../../domain/school-date.ts';
import { isOfAge, mayBeWrittenTo } from './find-blocks.ts';
import { naiveSis } from './find-steps.ts';
import type { Finding, LawStep, Played } from './finding.ts';
import { isEnrolled, naiveCounts } from './naive-steps.ts';

/** What is reached later may be under way at the end. */
const TIME_FOR_IT_DAYS = 14;
/** Of those whom the absences in the SIS ask for something, one in two: others wait for good reasons, told elsewhere. */
const ONE_IN = 2;

/**
 * What the procedure is for has come about: letters that the mail server got, letters that were posted, packets that it
 * got, and contacts, each for as many students as the absences in the SIS make likely. A whole year has some of each.
 */
export async function workWasDone(played: Played): Promise<Finding> {
  const { db, delivered, wholeYear } = played;
  const asked = studentsAsked(played);
  const got = (kind: string) => [...delivered].flatMap(([id, mail]) => (mail.kind === kind ? [id] : []));
  const done = {
    mailed: await sql<Of>`
      select distinct s.sourced_id as student from letter l join student s on s.id = l.student_id
      where l.message_id = any(${got('letter')})`.execute(db),
    posted: await sql<Of>`
      select distinct s.sourced_id as student from letter l join student s on s.id = l.student_id
      where l.state = 'posted'`.execute(db),
    referred: await sql<Of>`
      select distinct s.sourced_id as student from staff_mail m join referral r on r.id = m.referral_id
      join student s on s.id = r.student_id where m.message_id = any(${got('packet')})`.execute(db),
    contacted: await sql<Of>`
      select distinct s.sourced_id as student from contact_log_entry c join student s on s.id = c.student_id
      where c.undone_at is null`.execute(db),
  };
  const parts = [
    ['letters by e-mail', asked.mailed, done.mailed.rows, wholeYear],
    ['letters on paper', asked.posted, done.posted.rows, wholeYear && asked.posted.length > 0],
    ['packets to the officer', asked.referred, done.referred.rows, wholeYear],
    ['contacts', asked.contacted, done.contacted.rows, wholeYear],
  ] as const;
  const wrong = parts.flatMap(([what, students, { length }, some]) => {
    const least = Math.max(some ? 1 : 0, Math.floor(students.length / ONE_IN));
    return length < least ? [`${what}: for ${length} students, expected at least ${least}`] : [];
  });
  const looked = parts.reduce((sum, [, , { length }]) => sum + length, 0);
  return { what: 'Letters, packets and contacts have come about', looked, wrong };
}

/** A finding over nothing says nothing, and does not hold. */
export function demandSomething(findings: readonly Finding[]): Finding[] {
  return findings.map((finding) =>
    finding.looked > 0 || finding.wrong.length > 0
      ? finding
      : { ...finding, wrong: ['there was nothing to look at'] },
  );
}

interface Of {
  readonly student: string;
}

/** Students who have reached the lowest step of a kind in good time, and whom nothing obvious keeps from it. */
function studentsAsked({ sis: [sis], law, today }: Played) {
  const inTime = addDays(today, -TIME_FOR_IT_DAYS);
  const naive = naiveSis(sis);
  const there = new Set(naive.students.filter((student) => isEnrolled(student, today)).map(({ id }) => id));
  for (const { sourcedId, facts } of sis.students)
    if (isOfAge(facts.birthDate, today)) there.delete(sourcedId);
  const reached = (isSuch: (step: LawStep) => boolean) => {
    const [lowest] = law.steps.filter(isSuch).sort((a, b) => a.at - b.at);
    if (lowest === undefined) return [];
    const counts = naiveCounts(naive, law, lowest.settleDays, inTime);
    return [...there].filter((id) => (counts.get(id) ?? 0) >= lowest.at);
  };
  const written = reached(({ letter }) => letter !== undefined);
  const guardians = new Map(written.map((id) => [id, mayBeWrittenTo(sis, id).map(({ facts }) => facts)]));
  return {
    mailed: written.filter((id) =>
      guardians.get(id)?.some(({ email, wantsPaper }) => email !== null && !wantsPaper),
    ),
    posted: written.filter((id) =>
      guardians
        .get(id)
        ?.some(({ email, wantsPaper, address }) => (email === null || wantsPaper) && address !== null),
    ),
    referred: reached(({ referral }) => referral === true),
    contacted: reached(({ letter, referral }) => letter === undefined && referral !== true),
  };
}
