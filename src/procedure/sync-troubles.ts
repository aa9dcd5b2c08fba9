import { clockTimeInZone, dateInZone } from '../domain/school-date.ts';
import type { Db } from '../store/database.ts';
import { absencesRightAsOf, lastRunWithoutRefusal } from '../store/source-health.ts';
import { lastSyncRun } from '../store/sync/sync-runs.ts';
import type { Moment } from './procedure.ts';
import { adviceAbout } from './sync-advice.ts';
import type { StoppedSync, SyncOutcome } from './sync-district.ts';

/** Something about a sync that the IT contact has to know. */
export interface Trouble {
  readonly what: string;
  readonly detail: string;
  readonly advice: string;
  /** What caused it: the same cause is told once … */
  readonly cause: string;
  /** … until it was mended in between, which changes this. */
  readonly since: string;
}

export interface SyncRules {
  /** Absences older than this carry no new step. */
  readonly freshHours: number;
  readonly isSchoolDay: boolean;
  /** IANA name of the district's. */
  readonly timeZone: string;
  /** Another attempt follows if this one failed: that it did is no trouble yet. A file that was put aside is. */
  readonly triedAgain?: boolean;
}

const HOUR_MS = 3_600_000;

/** What is wrong with a sync, in the words of the mail about it; empty: nothing that anybody has to know. */
export async function troublesOf(
  db: Db,
  outcome: SyncOutcome,
  { now }: Moment,
  rules: SyncRules,
): Promise<Trouble[]> {
  const since = (await lastRunWithoutRefusal(db)) ?? 'never';
  const applied = !('reason' in outcome);
  const waits = rules.triedAgain === true && !applied && outcome.mayPass;
  return [
    ...(applied || waits ? [] : [await stopped(db, outcome)]),
    ...outcome.refusedFiles.map((detail) => refusedFile(detail, since)),
    ...(applied && rules.isSchoolDay ? await stale(db, now, rules) : []),
  ];
}

async function stopped(db: Db, outcome: StoppedSync): Promise<Trouble> {
  return {
    what:
      outcome.kind === 'failed'
        ? 'the attendance data could not be read'
        : 'what was read of the SIS looks wrong and was stopped',
    detail: outcome.reason,
    advice: await adviceAbout(db, outcome),
    cause: outcome.reason,
    since: (await lastSyncRun(db, 'applied'))?.id ?? 'never',
  };
}

function refusedFile(detail: string, since: string): Trouble {
  return {
    what: 'a file of the SIS was put aside',
    detail,
    advice:
      'It lies in “refused” of the drop folder, with the reason beside it. Correct what the reason names and drop a new extract; the next sync takes it.',
    cause: detail,
    since,
  };
}

async function stale(db: Db, now: Date, { freshHours, timeZone }: SyncRules): Promise<Trouble[]> {
  const asOf = await absencesRightAsOf(db);
  if (asOf === null || now.getTime() - asOf.getTime() <= freshHours * HOUR_MS) return [];
  const when = `${dateInZone(asOf, timeZone)} ${clockTimeInZone(asOf, timeZone)}`;
  return [
    {
      what: 'no new absences have come',
      detail: `The absences are those of ${when}, older than the ${freshHours} hours of sis.freshHours. Until newer ones come no new step is taken and no letter leaves.`,
      advice:
        'See in the SIS whether its extract, or its reporting to the Ed-Fi host, still runs. A file of an extract has to arrive whole in the drop folder. “rollcall check” says what it finds.',
      cause: 'stale',
      since: asOf.toISOString(),
    },
  ];
}
