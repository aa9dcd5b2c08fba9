import { type RawBuilder, sql } from 'kysely';
import type { SchoolDate } from '../domain/school-date.ts';
import { waitsToLeave } from './batches.ts';
import type { Db, Tx } from './database.ts';

/** Letters on which the brakes have not decided yet. */
const isUnweighed = sql<boolean>`(${waitsToLeave} and letter.cleared_at is null and letter.batch_id is null)`;

/** Whether a look at the brakes can change anything. */
export async function hasSomethingToWeigh(db: Db): Promise<boolean> {
  const { rows } = await sql<{ some: boolean }>`
    select exists (select from letter where ${isUnweighed}) or exists (select from batch where state = 'open')
      as some`.execute(db);
  return rows[0]?.some ?? false;
}

/** A run is what is planned on one day, however many reads of the SIS and answers of staff have led to it. */
export function isOfRun(runOn: SchoolDate, timeZone: string): RawBuilder<boolean> {
  return sql<boolean>`(letter.planned_at >= ${runOn}::timestamp at time zone ${timeZone}
    and letter.planned_at < (${runOn}::date + 1)::timestamp at time zone ${timeZone})`;
}

/** Days whose letters have to be weighed, the oldest first. */
export async function runsToWeigh(tx: Tx, timeZone: string): Promise<SchoolDate[]> {
  const { rows } = await sql<{ run: SchoolDate }>`
    select distinct (letter.planned_at at time zone ${timeZone})::date as run
    from letter where ${isUnweighed} order by run`.execute(tx);
  return rows.map(({ run }) => run);
}

export interface RunMeasure {
  /** Letters of the run, each guardian's; those that were withdrawn, called back or came back do not count. */
  readonly planned: number;
  /** Letters of the largest run before it, within the days back, that needed nobody's yes. */
  readonly largest: number;
  readonly enrolled: number;
}

export async function measureRun(
  tx: Tx,
  run: { readonly on: SchoolDate; readonly timeZone: string; readonly daysBack: number },
): Promise<RunMeasure> {
  const { on, timeZone, daysBack } = run;
  const { rows } = await sql<RunMeasure>`
    select
      (select count(*)::int from letter
        where not letter.shadow and letter.state not in ('cancelled', 'bounced')
          and ${isOfRun(on, timeZone)}) as planned,
      (select coalesce(max(n), 0)::int from (
        select count(*) as n from letter left join batch b on b.id = letter.batch_id
        where not letter.shadow and letter.state <> 'cancelled'
          and letter.planned_at >= (${on}::date - ${daysBack}::int)::timestamp at time zone ${timeZone}
          and letter.planned_at < ${on}::timestamp at time zone ${timeZone}
          and not coalesce('volume' = any(b.reasons), false)
        group by (letter.planned_at at time zone ${timeZone})::date) before) as largest,
      (select count(*)::int from student where active) as enrolled`.execute(tx);
  return rows[0] ?? { planned: 0, largest: 0, enrolled: 0 };
}

/**
 * Whom a yes to a batch has let go stays let go, also with a letter that is written in place of that one; everybody else
 * of a run may be put into another batch.
 */
export const isNotApproved = sql<boolean>`not exists (
  select from letter seen join batch b on b.id = seen.batch_id
  where b.state = 'approved' and seen.cleared_at is not null and seen.student_id = letter.student_id
    and seen.school_year = letter.school_year and seen.step = letter.step and seen.round = letter.round)`;

/** A run has become too large while it is still planned: what was let go of it before waits again. */
export async function takeBackClearance(tx: Tx, runOn: SchoolDate, timeZone: string): Promise<void> {
  await sql`
    update letter set cleared_at = null, owner = null,
      state = case when letter.state = 'claimed' then 'queued' else letter.state end
    where ${waitsToLeave} and letter.cleared_at is not null and ${isOfRun(runOn, timeZone)}
      and ${isNotApproved}`.execute(tx);
}

/** Of a run, what is rendered and waits for no batch. @param unseen templates whose letters the office has to see */
export function isReadyOfRun(
  runOn: SchoolDate,
  timeZone: string,
  unseen: readonly string[],
): RawBuilder<boolean> {
  return sql<boolean>`(letter.batch_id is null and ${isOfRun(runOn, timeZone)}
    and letter.template_version is not null and not letter.template_version = any(${unseen}::text[]))`;
}

/** The hash of the wording at the end of each part of a template's version. */
const HASH = String.raw` \([0-9a-f]{8}\)`;

/**
 * Templates, as they are worded now, of which no letter was ever let go. Letters from before wordings were told apart
 * speak for the first wording that follows.
 */
export async function unseenTemplates(tx: Tx): Promise<string[]> {
  const { rows } = await sql<{ version: string }>`
    select version from (
      select distinct letter.template_version as version from letter
      where ${waitsToLeave} and letter.cleared_at is null and letter.template_version is not null) waiting
    where not exists (
        select from letter seen where seen.cleared_at is not null and seen.template_version = version)
      and (not exists (
          select from letter seen where seen.cleared_at is not null
            and seen.template_version = regexp_replace(version, ${HASH}, '', 'g'))
        or exists (
          select from letter seen where seen.cleared_at is not null and seen.template_version <> version
            and seen.template_version <> regexp_replace(version, ${HASH}, '', 'g')
            and regexp_replace(seen.template_version, ${HASH}, '', 'g') = regexp_replace(version, ${HASH}, '', 'g')))
    order by version`.execute(tx);
  return rows.map(({ version }) => version);
}

/** Of unseen templates, what waits for nobody's yes yet or in a batch that was opened for nothing else. */
export function isCanary(unseen: readonly string[]): RawBuilder<boolean> {
  return sql<boolean>`(letter.template_version = any(${unseen}::text[]) and letter.cleared_at is null
    and (letter.batch_id is null or exists (
      select from batch b where b.id = letter.batch_id and b.state = 'open' and b.reasons = '{canary}')))`;
}

/** What a batch for unseen templates has to ask about beyond those that ask already. */
export async function canariesWithoutBatch(
  tx: Tx,
  unseen: readonly string[],
): Promise<{ letters: number; firstRun: Date | null; beingPrepared: Date | null }> {
  const { rows } = await sql<{ letters: number; firstRun: Date | null; beingPrepared: Date | null }>`
    select (count(*) filter (where letter.template_version = any(${unseen}::text[])))::int as letters,
      min(letter.planned_at) filter (where letter.template_version = any(${unseen}::text[])) as "firstRun",
      max(letter.planned_at) filter (where letter.state = 'planned') as "beingPrepared"
    from letter where ${isUnweighed}`.execute(tx);
  return rows[0] ?? { letters: 0, firstRun: null, beingPrepared: null };
}

/** Of each unseen template in open batches, the first few letters are shown to the office. */
export async function chooseCanaries(tx: Tx, unseen: readonly string[], most: number): Promise<void> {
  await sql`
    update letter set copy_as = 'canary'
    from (
      select letter.id, row_number() over (partition by letter.template_version
        order by letter.copy_as nulls last, letter.ref) as place
      from letter join batch b on b.id = letter.batch_id
      where b.state = 'open' and ${waitsToLeave} and letter.template_version = any(${unseen}::text[])
        and letter.pdf_document_id is not null) chosen
    where chosen.id = letter.id and chosen.place <= ${most} and letter.copy_as is null`.execute(tx);
  await sql`
    update batch set reasons = reasons || '{canary}'::text[]
    where state = 'open' and not 'canary' = any(reasons) and exists (
      select from letter where letter.batch_id = batch.id and letter.copy_as = 'canary')`.execute(tx);
}
