import { createHash } from 'node:crypto';
import {
  type Approval,
  type ApprovalAnswer,
  type AskedApproval,
  listAskedApprovals,
} from '../store/approvals.ts';
import { type Db, inTransaction } from '../store/database.ts';
import { referenceOf } from '../store/references.ts';
import { type ApprovalProblem, answerApprovals } from './approvals.ts';
import type { BatchAnswer } from './batches.ts';
import type { Noted } from './noted.ts';
import type { Moment } from './procedure.ts';

/** Approvals of one step at one school that wait for the same role, to be answered together. */
export interface ApprovalGroup {
  /** Made of what is in it: another set has another reference. */
  readonly ref: string;
  readonly step: string;
  readonly role: string;
  readonly schoolSourcedId: string | null;
  readonly school: string | null;
  /** By the name of the student. */
  readonly approvals: readonly AskedApproval[];
}

/** Everything that waits for an approval, by school and step. */
export async function listGroups(db: Db): Promise<ApprovalGroup[]> {
  const groups = new Map<string, AskedApproval[]>();
  for (const approval of await listAskedApprovals(db)) {
    const key = JSON.stringify([approval.school, approval.schoolSourcedId, approval.step, approval.role]);
    groups.set(key, [...(groups.get(key) ?? []), approval]);
  }
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, approvals]) => {
      const [first] = approvals;
      if (first === undefined) return [];
      const refs = approvals.map(({ ref }) => ref).sort();
      const { step, role, schoolSourcedId, school } = first;
      return {
        ref: referenceOf('G', createHash('sha256').update(refs.join()).digest()),
        step,
        role,
        schoolSourcedId,
        school,
        approvals: approvals.sort((a, b) => a.name.localeCompare(b.name, 'en') || (a.ref < b.ref ? -1 : 1)),
      };
    });
}

export type GroupOutcome =
  | { readonly kind: 'answered'; readonly given: number; readonly refused: number }
  /** No group has the reference now: it never had, or its set has changed. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'not-in-group'; readonly refs: readonly string[] }
  /** Some were withdrawn or answered meanwhile. */
  | {
      readonly kind: 'not-answered';
      readonly problems: readonly ApprovalProblem[];
      readonly answered: number;
    };

/** Students per transaction: each holds a lock of its own, and PostgreSQL has room for some thousands. */
const AT_ONCE = 500;

/** A named person answers a group as it stands; what is excepted from a yes is refused. */
export async function answerGroup(
  db: Db,
  ref: string,
  said: BatchAnswer,
  moment: Moment,
  noted: Noted<{ readonly answer: ApprovalAnswer; readonly approvals: readonly Approval[] }> = async () => {},
): Promise<GroupOutcome> {
  const group = (await listGroups(db)).find((one) => one.ref === ref.toUpperCase());
  if (group === undefined) return { kind: 'unknown' };
  const refs = group.approvals.map((approval) => approval.ref);
  const except = said.except.map((one) => one.toUpperCase());
  const strangers = except.filter((one) => !refs.includes(one));
  if (strangers.length > 0) return { kind: 'not-in-group', refs: strangers };
  const given = said.answer === 'refuse' ? [] : refs.filter((one) => !except.includes(one));
  const refused = refs.filter((one) => !given.includes(one));
  const { by, because } = said;
  let answered = 0;
  for (const [answer, all] of [
    ['refused', refused],
    ['given', given],
  ] as const) {
    for (let from = 0; from < all.length; from += AT_ONCE) {
      const part = all.slice(from, from + AT_ONCE);
      const outcome = await inTransaction(db, async (tx) => {
        const answers = await answerApprovals(tx, part, { answer, by, because }, moment);
        if (answers.kind === 'answered') await noted(tx, { answer, approvals: answers.approvals });
        return answers;
      });
      if (outcome.kind === 'not-answered') return { ...outcome, answered };
      answered += part.length;
    }
  }
  return { kind: 'answered', given: given.length, refused: refused.length };
}
