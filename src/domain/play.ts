import type { AbsenceRecord, AttendanceCode } from './absence.ts';
import { applyEvaluation } from './apply-evaluation.ts';
import type { SchoolCalendar } from './calendar.ts';
import { codeTable } from './code-table.ts';
import type { Contract } from './contract.ts';
import { primaryEnrolment } from './counting.ts';
import { evaluateLadder } from './ladder.ts';
import type { Block, Evaluation, Hold, Mode, StepRecord, StudentFacts } from './ladder-facts.ts';
import { onlyPolicy, type Policy, type PolicyBook } from './policy.ts';
import type { SchoolDate } from './school-date.ts';
import { isSendingDay } from './sending-window.ts';

/** Something on the mornings on which the district knew it. */
export interface Known<T> {
  readonly what: T;
  /** The first morning. */
  readonly from: SchoolDate;
  /** The first morning on which it was known no more; null: it still is. */
  readonly until: SchoolDate | null;
}

/** What a district knew about one student, and when. What is not kept by version is as it is today. */
export interface History {
  readonly student: Omit<
    StudentFacts,
    'codes' | 'records' | 'steps' | 'lettersOut' | 'holds' | 'contracts' | 'recordsStale'
  >;
  /** As the SIS defines them. */
  readonly codes: readonly Omit<AttendanceCode, 'suspension' | 'confidential'>[];
  readonly records: readonly Known<AbsenceRecord>[];
  readonly holds: readonly Known<Hold>[];
  readonly contracts: readonly Known<Contract>[];
}

export interface PlaySetting {
  /** Played as if it had held from the beginning. */
  readonly policy: Policy;
  readonly calendarOf: (schoolSourcedId: string | null) => SchoolCalendar;
  /** The last morning. */
  readonly until: SchoolDate;
  /** Up to this day what is reached was so before Rollcall; null: the year was followed from its beginning. */
  readonly baselineOn: SchoolDate | null;
}

/** One time that a step was acted on. */
export interface PlayedStep {
  readonly step: string;
  readonly kind: 'task' | 'letter' | 'referral';
  /** The ledger's id of the school on that day; null: enrolled nowhere. */
  readonly schoolId: number | null;
  /** The letters were planned, the referral or the task was opened. */
  readonly plannedOn: SchoolDate;
  /** It went out; null: it did not, or not yet. Tasks go out when they are opened. */
  readonly leftOn: SchoolDate | null;
  readonly withdrawnOn: SchoolDate | null;
}

export interface Played {
  /** In the order in which they happened. */
  readonly steps: readonly PlayedStep[];
  /** Owed on the last morning, and kept back. */
  readonly waiting: readonly { readonly step: string; readonly because: readonly Block['kind'][] }[];
}

/**
 * Goes through a school year morning by morning, with nothing known that was recorded later, and carries out what is
 * decided: letters leave on the first day on which they may, a packet on the first school day on which nothing blocks
 * it, and approvals are given at the end of their time.
 */
export function playStudent(history: History, setting: PlaySetting): Played {
  const play = beginPlay(history, setting);
  playFrom(play, nextMorning(play, null));
  const waiting = (play.last?.steps ?? [])
    .filter((verdict) => verdict.state === 'owed' && verdict.blocks.length > 0)
    .map(({ step, blocks }) => ({ step, because: blocks.map((block) => block.kind) }));
  return { steps: play.steps, waiting };
}

/** Morning by morning from one on to the last. @param from null: nothing happens */
export function playFrom(play: Play, from: SchoolDate | null): void {
  for (let today = from; today !== null && today <= play.rules.until; ) {
    lookAt(play, today);
    today = nextMorning(play, today);
  }
}

/** The policy that is in force on a day, and what it makes of the codes of the SIS. */
export interface RulesOfDay {
  readonly policies: PolicyBook;
  readonly codes: StudentFacts['codes'];
}

/** How a play goes on. */
interface Rules {
  readonly onDay: (date: SchoolDate) => RulesOfDay;
  readonly mode: Mode;
  readonly calendarOf: PlaySetting['calendarOf'];
  readonly until: SchoolDate;
  readonly baselineOn: SchoolDate | null;
}

/** How far a play has come. */
export interface Play {
  readonly history: Pick<History, 'records' | 'holds' | 'contracts'>;
  readonly rules: Rules;
  /** Mornings on which something became known or ceased to be, in rising order. */
  readonly news: readonly SchoolDate[];
  readonly steps: PlayedStep[];
  /** Step → the morning on which its approval is given. */
  readonly approvals: Map<string, SchoolDate>;
  facts: StudentFacts;
  last: Evaluation | null;
}

function beginPlay(history: History, setting: PlaySetting): Play {
  const { student, records, holds, contracts, codes } = history;
  const named = new Set(records.flatMap(({ what }) => what.codeId ?? []));
  const news = [...records, ...holds, ...contracts].flatMap(({ from, until }) =>
    until === null ? [from] : [from, until],
  );
  const always: RulesOfDay = {
    policies: onlyPolicy(setting.policy),
    codes: codeTable(codes, setting.policy.counting, named),
  };
  return {
    history,
    rules: { ...setting, onDay: () => always, mode: 'live' },
    news: [...new Set(news)].sort(),
    steps: [],
    approvals: new Map(),
    facts: {
      ...student,
      codes: always.codes,
      records: [],
      holds: [],
      contracts: [],
      steps: [],
      lettersOut: [],
      recordsStale: false,
    },
    last: null,
  };
}

/** The next morning on which anything may change; null: there is none. */
export function nextMorning(play: Play, today: SchoolDate | null): SchoolDate | null {
  const later = (date: SchoolDate) => today === null || date > today;
  const waits = today !== null && readyToLeave(play).length > 0;
  const dates = [
    play.news.find(later),
    play.last?.nextLookOn,
    ...play.approvals.values(),
    waits ? calendarOn(play, today).nextSchoolDay(today) : null,
  ];
  return dates.filter((date) => date !== null && date !== undefined && later(date)).sort()[0] ?? null;
}

/** Decides on one morning, and lets go what may. */
export function lookAt(play: Play, today: SchoolDate): void {
  const { records, holds, contracts } = play.history;
  play.facts = {
    ...play.facts,
    records: knownOn(records, today),
    holds: knownOn(holds, today),
    contracts: knownOn(contracts, today),
  };
  // What was approved or has left may let more go on the same day: each step at most one for each, so there is an end.
  const { steps } = play.rules.onDay(today).policies.current;
  for (let round = 0; round <= 2 * steps.length; round += 1) {
    giveApprovals(play, today);
    const { actions } = evaluate(play, today);
    // On a letter that stands again something may rest, which this look could not know yet.
    const standsAgain = actions.some(({ kind }) => kind === 'reinstate');
    const isAnswered = actions.some((action) => action.kind === 'ask-approval' && action.dueOn <= today);
    if (!letLeave(play, today) && !standsAgain && !isAnswered) return;
  }
}

/** Those whose time ends on this morning. */
function giveApprovals(play: Play, today: SchoolDate): void {
  const steps = play.facts.steps.map((record) =>
    (play.approvals.get(record.step) ?? today) <= today && record.approval === 'asked'
      ? { ...record, approval: 'given' as const }
      : record,
  );
  play.facts = { ...play.facts, steps };
}

function knownOn<T>(versions: readonly Known<T>[], today: SchoolDate): T[] {
  return versions
    .filter(({ from, until }) => from <= today && (until === null || today < until))
    .map(({ what }) => what);
}

function evaluate(play: Play, today: SchoolDate): Evaluation {
  const { onDay, mode, calendarOf, baselineOn } = play.rules;
  const { policies, codes } = onDay(today);
  const calendar = calendarOn(play, today);
  const superseded = new Set(play.facts.steps.filter((record) => record.superseded).map(({ step }) => step));
  const standing = play.facts.lettersOut.filter(({ step }) => !superseded.has(step));
  const evaluation = evaluateLadder(
    { ...play.facts, codes, lettersOut: standing },
    {
      policies,
      calendar,
      calendarOf,
      mode,
      baseline: baselineOn !== null && today <= baselineOn,
    },
    today,
  );
  for (const action of evaluation.actions) note(play, action, evaluation);
  const rounds = new Map(play.facts.steps.map(({ step, round }) => [step, round]));
  const newRounds = evaluation.steps.filter(({ step, round }) => round > (rounds.get(step) ?? round));
  const over = new Set(newRounds.map(({ step }) => step).filter((step) => superseded.has(step)));
  // What an earlier round has sent and a correction has superseded never stands again.
  const lettersOut = play.facts.lettersOut.filter(({ step }) => !over.has(step));
  play.facts = { ...applyEvaluation(play.facts, evaluation), lettersOut };
  play.last = evaluation;
  return evaluation;
}

function note(
  { steps, approvals }: Play,
  action: Evaluation['actions'][number],
  { asOf, primarySchoolId }: Evaluation,
): void {
  const begun = { step: action.step, schoolId: primarySchoolId, plannedOn: asOf, withdrawnOn: null };
  switch (action.kind) {
    case 'take':
      steps.push({ ...begun, kind: 'task', leftOn: asOf });
      return;
    case 'plan-letters':
      steps.push({ ...begun, kind: 'letter', leftOn: null });
      return;
    case 'open-referral':
      steps.push({ ...begun, kind: 'referral', leftOn: null });
      return;
    case 'withdraw':
      approvals.delete(action.step);
      change(steps, action.step, { withdrawnOn: asOf });
      return;
    case 'ask-approval':
      approvals.set(action.step, action.dueOn);
  }
}

/** Of the last time that the step was acted on. */
function change(steps: PlayedStep[], step: string, changes: Partial<PlayedStep>): void {
  const index = steps.findLastIndex((one) => one.step === step);
  const found = steps[index];
  if (found !== undefined && found.withdrawnOn === null) steps[index] = { ...found, ...changes };
}

/** Hands over what may leave today. @returns whether anything did */
function letLeave(play: Play, today: SchoolDate): boolean {
  const calendar = calendarOn(play, today);
  const leaving = readyToLeave(play).filter(({ step }) =>
    isReferral(play, step, today) ? calendar.isSchoolDay(today) : isSendingDay(today, calendar),
  );
  if (leaving.length === 0) return false;
  const left = new Set(leaving.map(({ step }) => step));
  const letters = leaving.filter(({ step }) => !isReferral(play, step, today));
  play.facts = {
    ...play.facts,
    steps: play.facts.steps.map((record) =>
      left.has(record.step) ? { ...record, state: 'taken', takenOn: today } : record,
    ),
    lettersOut: [...play.facts.lettersOut, ...letters.map(({ step }) => ({ step, handedOverOn: today }))],
  };
  for (const step of left) change(play.steps, step, { leftOn: today });
  return true;
}

function readyToLeave({ facts, last }: Play): readonly StepRecord[] {
  const blocked = new Set(
    (last?.steps ?? []).filter((verdict) => verdict.blocks.length > 0).map((verdict) => verdict.step),
  );
  return facts.steps.filter((record) => record.state === 'owed' && record.acted && !blocked.has(record.step));
}

function isReferral({ rules }: Play, step: string, today: SchoolDate): boolean {
  return rules.onDay(today).policies.current.steps.some((one) => one.id === step && one.referral);
}

function calendarOn({ facts, rules }: Play, today: SchoolDate): SchoolCalendar {
  return rules.calendarOf(primaryEnrolment(facts.enrolments, today)?.schoolSourcedId ?? null);
}
