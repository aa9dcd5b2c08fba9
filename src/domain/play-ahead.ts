import type { SchoolCalendar } from './calendar.ts';
import { evaluateLadder } from './ladder.ts';
import type { Block, Evaluation, LadderSetting, StudentFacts } from './ladder-facts.ts';
import {
  type Known,
  lookAt,
  nextMorning,
  type Play,
  type PlayedStep,
  playFrom,
  type RulesOfDay,
} from './play.ts';
import type { Policy } from './policy.ts';
import type { SchoolDate } from './school-date.ts';

export interface PlayedAhead {
  /** The look of the first day, before anything else was played. */
  readonly first: Evaluation;
  /** What is acted on from the first day on, and what was on its way then. */
  readonly steps: readonly PlayedStep[];
  /** Owed on the last day, and kept back. */
  readonly waiting: readonly { readonly step: string; readonly because: readonly Block[] }[];
}

/** The rules that begin to hold on a later day. */
export interface RulesToCome {
  readonly from: SchoolDate;
  readonly rules: RulesOfDay;
}

/**
 * Goes on from where a student stands, day by day, as if no row came and none were corrected. As in a play of the past,
 * letters leave on the first day on which they may, and approvals are given at the end of their time.
 * @param setting of today
 * @param days from today to the last day, both included
 * @param toCome in the order of their days
 */
export function playAhead(
  facts: StudentFacts,
  setting: LadderSetting,
  days: { readonly today: SchoolDate; readonly until: SchoolDate },
  toCome: readonly RulesToCome[] = [],
): PlayedAhead {
  const { today, until } = days;
  const { policies, calendarOf, mode, baseline } = setting;
  const ofToday: RulesOfDay = { policies, codes: facts.codes };
  const onDay = (date: SchoolDate) => toCome.findLast(({ from }) => from <= date)?.rules ?? ofToday;
  const always = <T>(what: T): Known<T> => ({ what, from: today, until: null });
  const play: Play = {
    history: {
      records: facts.records.map(always),
      holds: facts.holds.map(always),
      contracts: facts.contracts.map(always),
    },
    rules: { onDay, calendarOf, mode, until, baselineOn: baseline ? today : null },
    news: toCome.map(({ from }) => from),
    steps: underWay(facts, policies.current),
    approvals: new Map(),
    facts,
    last: null,
  };
  const first = evaluateLadder(facts, setting, today);
  for (const { step, blocks } of first.steps) {
    // What is asked for on this day has its time named with it.
    if (facts.steps.find((record) => record.step === step)?.approval !== 'asked') continue;
    const asked = blocks.find((block) => block.kind === 'approval');
    if (asked !== undefined) play.approvals.set(step, approvedOn(asked.due, today, setting.calendar));
  }
  lookAt(play, today);
  // The nights to come bring absences that are new enough.
  play.facts = { ...play.facts, recordsStale: false };
  playFrom(play, facts.recordsStale ? setting.calendar.nextSchoolDay(today) : nextMorning(play, today));
  const waiting = (play.last?.steps ?? [])
    .filter((verdict) => verdict.state === 'owed' && verdict.blocks.length > 0)
    .map(({ step, blocks }) => ({ step, because: blocks }));
  return { first, steps: play.steps, waiting };
}

/** What is late is not approved before the next school day. */
function approvedOn(due: SchoolDate | null, today: SchoolDate, calendar: SchoolCalendar): SchoolDate {
  if (due !== null && due >= today) return due;
  return calendar.nextSchoolDay(today) ?? calendar.lastDay;
}

function underWay({ steps }: StudentFacts, policy: Policy): PlayedStep[] {
  return steps
    .filter((record) => record.state === 'owed' && record.acted)
    .map(({ step, owedOn }) => ({
      step,
      kind: policy.steps.some((one) => one.id === step && one.referral) ? 'referral' : 'letter',
      schoolId: null,
      plannedOn: owedOn,
      leftOn: null,
      withdrawnOn: null,
    }));
}
