import { adultRule, isAdult } from './adult-students.ts';
import type { Ground } from './ground.ts';
import type { Block, Hold } from './ladder-facts.ts';
import type { Step } from './policy.ts';
import type { SchoolDate } from './school-date.ts';

/**
 * What stands in the way of a step today, gravest first.
 * @param superseded steps whose letters do not stand any more.
 */
export function findBlocks(step: Step, ground: Ground, superseded: ReadonlySet<string>): readonly Block[] {
  const { facts, today } = ground;
  const isFormal = step.letter !== null || step.referral;
  const scopes: readonly Hold['scope'][] = [
    'everything',
    ...(step.letter === null ? [] : (['letters'] as const)),
    ...(step.referral ? (['referral'] as const) : []),
  ];
  return [
    ...holdBlocks(facts.holds, today, ['absolute'], 'absolute'),
    ...(ground.enrolment !== null && facts.active ? [] : [{ kind: 'not-enrolled' } as const]),
    ...(facts.recordsStale ? [{ kind: 'stale-records' } as const] : []),
    ...holdBlocks(facts.holds, today, scopes, 'hold'),
    ...(isFormal ? formalBlocks(step, ground) : []),
    ...(step.letter === null || facts.hasRecipient ? [] : [{ kind: 'no-recipient' } as const]),
    ...(step.referral ? noticeBlock(step, ground, superseded) : []),
  ];
}

/** What is absolute ends by a person only, whatever date stands in it. */
export function holdsOn(hold: Hold, date: SchoolDate): boolean {
  if (hold.begins > date) return false;
  return hold.scope === 'absolute' || hold.ends === null || date <= hold.ends;
}

function holdBlocks(
  holds: readonly Hold[],
  today: SchoolDate,
  scopes: readonly Hold['scope'][],
  kind: 'hold' | 'absolute',
): readonly Block[] {
  return holds
    .filter((hold) => scopes.includes(hold.scope) && holdsOn(hold, today))
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map((hold) => ({ kind, holdId: hold.id, holdKind: hold.kind }));
}

/** What is unclear makes letters and referral wait; nobody guesses. */
function formalBlocks(step: Step, { facts, policy, today, book }: Ground): readonly Block[] {
  const { unmappedCodes, unmeasured } = book.counted;
  const blocks: Block[] = [];
  if (unmappedCodes.length > 0) blocks.push({ kind: 'unmapped-code', codes: unmappedCodes });
  if (unmeasured.length > 0) blocks.push({ kind: 'unmeasured', dates: unmeasured });
  if (facts.records.some((record) => record.contradictory)) blocks.push({ kind: 'contradictory-record' });
  if (facts.contradictoryGuardianship) blocks.push({ kind: 'contradictory-guardianship' });
  if (step.ages !== null && facts.birthDate === null) blocks.push({ kind: 'unknown-age' });
  if (isAdult(facts.birthDate, today) && adultRule(policy.adultStudents, facts.adultAnswer) === 'hold')
    blocks.push({ kind: 'age-18' });
  return blocks;
}

/** No referral before a letter that still stands has been out for `noticeDays` school days. */
function noticeBlock(
  step: Step,
  { facts, policy, setting: { calendar }, today }: Ground,
  superseded: ReadonlySet<string>,
): readonly Block[] {
  if (!policy.steps.some((other) => other.letter !== null)) return [];
  const since = facts.lettersOut
    .filter((letter) => !superseded.has(letter.step))
    .map((letter) => letter.handedOverOn)
    .sort()[0];
  if (since === undefined) return [{ kind: 'notice', since: null, until: null }];
  if (calendar.schoolDaysAfter(since, today) >= step.noticeDays) return [];
  return [{ kind: 'notice', since, until: calendar.addSchoolDays(since, step.noticeDays) }];
}
