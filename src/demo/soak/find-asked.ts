import { type RawBuilder, sql } from 'kysely';
import { listSchoolDays, type NaiveRules } from './naive-steps.ts';

/** What is on its way for longer is explained by nobody having looked. */
const LONGEST_WAY_SCHOOL_DAYS = 5;

/** The day since which whatever is on its way may be so. */
export function longAgo(law: NaiveRules, today: string): string {
  const days = listSchoolDays(law).filter((day) => day <= today);
  return days.at(-LONGEST_WAY_SCHOOL_DAYS - 1) ?? law.firstDay;
}

/**
 * A person is asked, just now, about this very letter: an uncertain one, one that is held for good, or one that lies in a
 * pile of paper. Whatever else is asked about its step brings no letter on.
 * @param letter the alias of a row of `letter`
 */
export function asksForLetter(letter: RawBuilder<unknown>): RawBuilder<boolean> {
  return sql`exists (select from task t where t.state = 'open' and (
    ${letter}.state in ('uncertain', 'rejected') and t.key = 'resolve-letter:' || ${letter}.id
    or ${letter}.state = 'held' and t.key = 'letter-held:' || ${letter}.id
    or ${letter}.state = 'printed' and (t.key = 'pull-letter:' || ${letter}.id
      or t.kind = 'print-letters' and t.print_run_id = ${letter}.print_run_id)))`;
}

/**
 * The same of a referral: what it lacks, or its mail.
 * @param referral the alias of a row of `referral`
 */
export function asksForReferral(referral: RawBuilder<unknown>): RawBuilder<boolean> {
  return sql`exists (select from task t where t.state = 'open' and (
    t.kind in ('fix-referral-gaps', 'packet-too-large') and t.referral_id = ${referral}.id
    or ${referral}.state = 'delivering' and exists (select from staff_mail m
      where m.referral_id = ${referral}.id and t.key = 'resolve-mail:' || m.id)))`;
}
