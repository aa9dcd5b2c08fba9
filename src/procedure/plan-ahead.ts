import type { Block, Mode } from '../domain/ladder-facts.ts';
import type { PlayedStep } from '../domain/play.ts';
import { playAhead } from '../domain/play-ahead.ts';
import type { Policy, PolicyBook } from '../domain/policy.ts';
import type { Recipients } from '../domain/recipients.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import type { Db } from '../store/database.ts';
import { listSchools } from '../store/districts.ts';
import { findEvaluationsUntil } from '../store/due-work.ts';
import { listPolicyTerms, type PolicyTerm, readPolicyBook } from '../store/policies.ts';
import { eachFacts, type StoredFacts } from '../store/student-facts.ts';
import { codesUnder, ladderGround } from './assess.ts';
import { lookNow } from './baseline.ts';
import { dueAt, type Moment, type Procedure } from './procedure.ts';

/** What would happen to one student on one day, at the earliest. */
export interface PlannedAhead {
  /** sourcedId. */
  readonly student: string;
  readonly name: string;
  readonly school: string;
  readonly step: string;
  readonly what: 'task' | 'letter' | 'referral';
  /** `email` or `paper`; null for what is no letter. */
  readonly channel: 'email' | 'paper' | null;
  /** sourcedIds of those to whom the letter goes. */
  readonly guardians: readonly string[];
  /** The day on which it leaves, a task on the day on which it is opened; null: not in the time that was asked for. */
  readonly on: SchoolDate | null;
  /** The school is not live: it is recorded, and stays. */
  readonly shadow: boolean;
}

export interface WaitingAhead {
  readonly student: string;
  readonly name: string;
  readonly school: string;
  readonly step: string;
  /** Still in the way on the last day. */
  readonly blocks: readonly Block[];
}

/** Left to the school at the first look, and not acted on. */
export interface LeftAhead {
  readonly student: string;
  readonly school: string;
  readonly step: string;
  readonly because: 'baseline' | 'policy-changed' | 'shadow-ended';
}

export interface AheadPlan {
  readonly from: SchoolDate;
  readonly until: SchoolDate;
  /** Which policy each of the days goes by. */
  readonly policies: readonly PolicyTerm[];
  readonly studentsLookedAt: number;
  /** In the order of the days. */
  readonly planned: readonly PlannedAhead[];
  readonly waiting: readonly WaitingAhead[];
  readonly left: readonly LeftAhead[];
}

/**
 * What the days to come bring if no absence is added or corrected: what settles, what is approved at the end of its
 * time, what notices and holds let go. Each day goes by the policy that is in force on it. Writes nothing.
 * @param policy the configured one, or one that is tried as if it were
 * @param until the last day
 */
export async function planAhead(
  db: Db,
  procedure: Procedure,
  { until, policy, ...moment }: Moment & { readonly until: SchoolDate; readonly policy: Policy },
  progress: (done: number, all: number) => void,
): Promise<AheadPlan> {
  const terms = await listPolicyTerms(db, policy, moment.today);
  const toCome = await policiesToCome(db, policy, terms, { from: moment.today, until });
  const ids = await concernedUntil(db, procedure, toCome, { ...moment, until });
  const schools = new Map((await listSchools(db)).map((school) => [school.id, school.name]));
  const look = await lookNow(db, procedure, moment);
  const planned: PlannedAhead[] = [];
  const waiting: WaitingAhead[] = [];
  const left: LeftAhead[] = [];
  let done = 0;
  for await (const facts of eachFacts(db, ids, procedure.schoolYear.id)) {
    progress(++done, ids.length);
    const ground = ladderGround(facts, procedure, look);
    const rules = toCome.map(({ from, policies }) => ({
      from,
      rules: { policies, codes: codesUnder(policies.current, facts) },
    }));
    const ahead = playAhead(ground.facts, ground.setting, { today: look.today, until }, rules);
    const school = schools.get(ground.home?.schoolId ?? -1) ?? 'not enrolled';
    const about = { student: facts.sourcedId, name: `${facts.givenName} ${facts.familyName}`, school };
    const { mode } = ground.setting;
    for (const step of ahead.steps) {
      planned.push(...plannedOf(step, mode, facts, ground.recipients).map((one) => ({ ...about, ...one })));
    }
    for (const { step, because } of ahead.waiting) waiting.push({ ...about, step, blocks: because });
    for (const { step, reason } of ahead.first.steps) {
      if (reason !== 'baseline' && reason !== 'policy-changed' && reason !== 'shadow-ended') continue;
      left.push({ student: facts.sourcedId, school, step, because: reason });
    }
  }
  return {
    from: moment.today,
    until,
    policies: terms,
    studentsLookedAt: ids.length,
    planned: planned.sort(byDay),
    waiting,
    left,
  };
}

interface PoliciesToCome {
  readonly from: SchoolDate;
  readonly policies: PolicyBook;
}

/** Those that come to hold after the first day and until the last. */
async function policiesToCome(
  db: Db,
  policy: Policy,
  terms: readonly PolicyTerm[],
  days: { readonly from: SchoolDate; readonly until: SchoolDate },
): Promise<PoliciesToCome[]> {
  const found: PoliciesToCome[] = [];
  for (const { from } of terms) {
    if (from === null || from <= days.from || from > days.until) continue;
    const policies = await readPolicyBook(db, policy, from);
    if (policies !== null) found.push({ from, policies });
  }
  return found;
}

/** Whoever was evaluated by another policy than the one in force is looked at when it comes to hold. */
async function concernedUntil(
  db: Db,
  procedure: Procedure,
  toCome: readonly PoliciesToCome[],
  { until, ...moment }: Moment & { readonly until: SchoolDate },
): Promise<number[]> {
  const ids = new Set<number>();
  for (const policy of [procedure.policy, ...toCome.map(({ policies }) => policies.current)]) {
    const found = await findEvaluationsUntil(db, { ...dueAt({ ...procedure, policy }, moment), until });
    for (const id of found) ids.add(id);
  }
  return [...ids].sort((a, b) => a - b);
}

/** Of what is withdrawn again nothing is planned. A letter is one line for each that goes out. */
function plannedOf(
  played: PlayedStep,
  mode: Mode,
  facts: StoredFacts,
  recipients: Recipients,
): Omit<PlannedAhead, 'student' | 'name' | 'school'>[] {
  if (played.withdrawnOn !== null) return [];
  const shadow = played.kind === 'task' ? mode === 'shadow' : mode !== 'live';
  const common = { step: played.step, what: played.kind, on: played.leftOn, shadow };
  if (played.kind !== 'letter') return [{ ...common, channel: null, guardians: [] }];
  const sourcedIds = new Map(facts.guardians.map(({ id, sourcedId }) => [id, sourcedId]));
  return recipients.letters.map(({ channel, guardianIds }) => ({
    ...common,
    channel,
    guardians: guardianIds.flatMap((id) => sourcedIds.get(id) ?? []),
  }));
}

function byDay(a: PlannedAhead, b: PlannedAhead): number {
  const key = ({ on, school, student, step }: PlannedAhead) =>
    [on ?? '9999', school, student, step].join('\n');
  return key(a) < key(b) ? -1 : 1;
}
