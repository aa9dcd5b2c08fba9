import type { Plan } from '../procedure/plan.ts';
import type { WaitingStep } from '../store/overview.ts';
import type { PolicyTerm } from '../store/policies.ts';
import { csvText } from './csv.ts';
import { heading, print, table } from './output.ts';
import { policyTermsAsJson } from './policy-term-words.ts';

type Action = Plan['actions'][number];

/** Actions of the ladder, for people. What is not here is called by a word already. */
const WHAT: Readonly<Record<string, string>> = {
  'open-file': 'attendance file opened',
  'open-referral': 'referral',
  'ask-medical-notes': 'medical notes asked for',
  withdraw: 'withdrawn',
  supersede: 'superseded by a correction',
  reinstate: 'stands again',
  'end-shadow': 'what was decided in shadow ends',
};

/** Totals first; then, where it is asked for, who. */
export function showCycle(plan: Plan, { who }: { readonly who: boolean }): void {
  const totals = plan.totals.map((row) => [
    row.school,
    row.step,
    whatWords(row.what),
    row.how,
    row.lastDay ?? '',
    row.count,
  ]);
  print(
    totals.length === 0
      ? '  Nothing new would happen.'
      : table(['school', 'step', 'what', 'how', 'last day', 'count'], totals),
  );
  if (who && plan.actions.length > 0) {
    heading('Students');
    print(table(WHO, plan.actions.map(actionCells)));
  }
  heading('Waiting');
  const blocked = plan.blocked.map((row) => [row.step, row.reason, row.lastDay ?? '', row.students]);
  print(blocked.length === 0 ? '  nothing' : table(['step', 'reason', 'last day', 'students'], blocked));
  if (who && plan.waiting.length > 0) {
    heading('Students who wait');
    print(table(WHO, plan.waiting.map(waitingCells)));
  }
}

/** What happens, and what waits, in one table for a spreadsheet. */
export function cycleCsv({ actions, waiting }: Plan): string {
  return csvText(WHO, [...actions.map(actionCells), ...waiting.map(waitingCells)]);
}

/** Ids only. */
export function cycleJson({ actions, waiting, ...rest }: Plan, policies: readonly PolicyTerm[]) {
  return {
    ...rest,
    actions: actions.map(({ name: _name, ...ids }) => ids),
    waiting: waiting.map(({ name: _name, ...ids }) => ids),
    policies: policyTermsAsJson(policies),
  };
}

const WHO = ['school', 'student', 'name', 'step', 'what', 'how', 'last day'];

function actionCells({ school, student, name, step, what, how, lastDay }: Action): string[] {
  return [school, student, name, step, whatWords(what), how, lastDay ?? ''];
}

function waitingCells({ school, student, name, step, reason, lastDay }: WaitingStep): string[] {
  return [school, student, name, step, 'waits', reason, lastDay ?? ''];
}

function whatWords(what: string): string {
  return WHAT[what] ?? what;
}
