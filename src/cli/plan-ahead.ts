import type { Policy } from '../domain/policy.ts';
import { explainBlock } from '../domain/step-sentence.ts';
import type { AheadPlan, PlannedAhead, WaitingAhead } from '../procedure/plan-ahead.ts';
import { csvText } from './csv.ts';
import { heading, print, table } from './output.ts';
import { policyTermLines, policyTermsAsJson } from './policy-term-words.ts';

const LEFT_WORDS = {
  baseline: 'reached before Rollcall',
  'policy-changed': 'reached before the policy held',
  'shadow-ended': 'reached before the school went live',
} as const;

/**
 * Totals first, then who.
 * @param tried the policy that is not configured, but looked at as if it were; null: there is none
 */
export function showAhead(plan: AheadPlan, tried: Policy | null): void {
  heading(`From ${plan.from} to ${plan.until}, if no absence is added or corrected`);
  for (const line of policyLines(plan, tried)) print(`  ${line}`);
  const totals = counted(plan.planned, ({ school, step, what, channel, shadow, on }) =>
    on === null ? null : [school, step, howWords({ what, channel, shadow })],
  );
  print(
    totals.length === 0 ? '  Nothing new would happen.' : table(['school', 'step', 'what', 'count'], totals),
  );
  heading('Students');
  print(plan.planned.length === 0 ? '  none' : table(PLANNED, plan.planned.map(plannedCells)));
  heading('Still waiting on the last day');
  print(plan.waiting.length === 0 ? '  nothing' : table(WAITING, plan.waiting.map(waitingCells)));
  if (plan.left.length > 0) {
    heading('Left to the school: nothing is sent unless it is released');
    const left = counted(plan.left, ({ school, step, because }) => [school, step, LEFT_WORDS[because]]);
    print(table(['school', 'step', 'because', 'students'], left));
  }
}

/** By which policies the days go, the one that is only tried named first. */
export function policyLines(
  { policies, from }: Pick<AheadPlan, 'policies' | 'from'>,
  tried: Policy | null,
): string[] {
  const lines = policyTermLines(policies, from);
  if (tried === null) return lines;
  const since = policies.find(({ policy }) => policy.version === tried.version)?.from ?? null;
  const when = since === null ? 'since the beginning' : since === from ? 'from today on' : `from ${since} on`;
  return [`As if ${tried.version} were the configured policy: it would hold ${when}.`, ...lines];
}

/** What happens, and what waits, in one table for a spreadsheet. */
export function aheadCsv(plan: AheadPlan): string {
  return csvText(
    [...PLANNED, 'in the way'],
    [
      ...plan.planned.map((row) => [...plannedCells(row), '']),
      ...plan.waiting.map(({ school, student, name, step, blocks }) => [
        '',
        school,
        student,
        name,
        step,
        'waits',
        blocks.map(explainBlock).join('; '),
      ]),
    ],
  );
}

/** Ids only. */
export function aheadJson({ planned, waiting, policies, ...rest }: AheadPlan) {
  return {
    ...rest,
    policies: policyTermsAsJson(policies),
    planned: planned.map(({ name: _name, ...ids }) => ids),
    waiting: waiting.map(({ name: _name, ...ids }) => ids),
  };
}

const PLANNED = ['day', 'school', 'student', 'name', 'step', 'what'];
const WAITING = ['school', 'student', 'name', 'step', 'in the way'];

function plannedCells(row: PlannedAhead): string[] {
  return [row.on ?? 'later', row.school, row.student, row.name, row.step, howWords(row)];
}

function waitingCells({ school, student, name, step, blocks }: WaitingAhead): string[] {
  return [school, student, name, step, blocks.map(explainBlock).join('; ')];
}

function howWords({ what, channel, shadow }: Pick<PlannedAhead, 'what' | 'channel' | 'shadow'>): string {
  const how = channel === null ? what : `letter ${channel === 'email' ? 'by e-mail' : 'on paper'}`;
  return shadow ? `${how}, in shadow` : how;
}

function counted<T>(rows: readonly T[], cells: (row: T) => string[] | null): (string | number)[][] {
  const counts = new Map<string, number>();
  for (const row of rows) {
    const key = cells(row);
    if (key !== null) counts.set(JSON.stringify(key), (counts.get(JSON.stringify(key)) ?? 0) + 1);
  }
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, count]) => [...JSON.parse(key), count]);
}
