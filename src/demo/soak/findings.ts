import type { SchoolDate } from '../../domain/school-date.ts';
import { keptAnchors } from '../../procedure/keep-audit.ts';
import { sealAudit } from '../../store/audit-chain.ts';
import { verifyAudit } from '../../store/audit-verify.ts';
import { brokenInvariants } from '../../store/invariants.ts';
import { deliveredOnce, nothingIsStuck, sentMeansDelivered } from './find-letters.ts';
import { owedIsExplained, stepsAreNoticed } from './find-steps.ts';
import { demandSomething, workWasDone } from './find-work.ts';
import type { Finding, Played } from './finding.ts';

/** Looks at everything that a year with mishaps may not have harmed. */
export async function findOut(played: Played): Promise<Finding[]> {
  const findings = [
    await ledgerIsTheSis(played),
    await stepsAreNoticed(played),
    await owedIsExplained(played),
    await nothingIsStuck(played),
    await sentMeansDelivered(played),
    await deliveredOnce(played),
    await auditIsWhole(played),
    await nothingContradicts(played),
    await workWasDone(played),
    logNamesNobody(played),
  ];
  return played.wholeYear ? demandSomething(findings) : findings;
}

async function ledgerIsTheSis({ db, sis: [sis] }: Played): Promise<Finding> {
  const kept = await db
    .selectFrom('absence_record as a')
    .innerJoin('student as s', 's.id', 'a.student_id')
    .select(['a.sourced_id', 'a.date', 'a.kind', 'a.code_sourced_id', 'a.missing_since'])
    .select('s.sourced_id as student')
    .where('a.ended_at', 'is', null)
    .execute();
  const students = new Set(
    sis.students.flatMap(({ state, sourcedId }) => (state === 'active' ? [sourcedId] : [])),
  );
  const line = (date: SchoolDate, kind: string, code: string | null) => `${date} ${kind} ${code}`;
  const said = new Map(
    sis.absences
      .filter(({ state, facts }) => state === 'active' && students.has(facts.student))
      .map(({ sourcedId, facts }) => [sourcedId, line(facts.date, facts.kind, facts.code)]),
  );
  const wrong: string[] = [];
  const there = new Set(kept.map((row) => row.sourced_id));
  for (const row of kept) {
    // Who has left keeps what was recorded until then.
    if (!students.has(row.student)) continue;
    // One that vanished just now is believed to be gone on another day.
    if (row.missing_since !== null && !said.has(row.sourced_id)) continue;
    if (said.get(row.sourced_id) !== line(row.date, row.kind, row.code_sourced_id))
      wrong.push(`${row.sourced_id}: ${said.has(row.sourced_id) ? 'differs' : 'not in the SIS'}`);
  }
  for (const id of said.keys()) if (!there.has(id)) wrong.push(`${id}: not in the ledger`);
  return { what: 'The ledger says what the SIS says', looked: said.size, wrong };
}

async function auditIsWhole({ db, dataDir }: Played): Promise<Finding> {
  await sealAudit(db);
  const verdict = await verifyAudit(db, await keptAnchors(dataDir));
  const what = 'The audit log is whole';
  if (verdict.kind === 'intact') return { what, looked: verdict.head?.seq ?? 0, wrong: [] };
  return { what, looked: verdict.seq ?? 0, wrong: [`${verdict.fault} at place ${verdict.seq}`] };
}

async function nothingContradicts({ db }: Played): Promise<Finding> {
  const broken = await brokenInvariants(db);
  const wrong = broken.map(({ invariant, rows }) => `${rows} times not: ${invariant}`);
  const { count } = await db
    .selectFrom('letter')
    .select((eb) => eb.fn.countAll<string>().as('count'))
    .executeTakeFirstOrThrow();
  return { what: 'No row of the database contradicts another', looked: Number(count), wrong };
}

function logNamesNobody({ sis: [sis], log }: Played): Finding {
  const names = [...sis.students, ...sis.guardians].flatMap(({ facts }) => [
    `${facts.givenName} ${facts.familyName}`,
    ...(facts.email === null ? [] : [facts.email]),
  ]);
  const said = names.filter((name) => log.includes(name)).length;
  const lines = log.split('\n').filter((line) => line !== '').length;
  // Whom it names stands in the log, and nowhere else.
  return {
    what: 'The log names nobody',
    looked: lines,
    wrong: said === 0 ? [] : [`${said} names or addresses`],
  };
}
