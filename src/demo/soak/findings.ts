import { sql } from 'kysely';
import type { SchoolDate } from '../../domain/school-date.ts';
import { keptAnchors } from '../../procedure/keep-audit.ts';
import { sealAudit } from '../../store/audit-chain.ts';
import { verifyAudit } from '../../store/audit-verify.ts';
import type { Db } from '../../store/database.ts';
import type { SisState } from '../district/state-on.ts';
import type { Delivered } from './mail-server.ts';

/** One thing that has to hold at the end of the year. */
export interface Finding {
  readonly what: string;
  /** How many were looked at. */
  readonly looked: number;
  /** The first that are wrong, by ids and references; empty: it holds. */
  readonly wrong: readonly string[];
}

export interface Played {
  readonly db: Db;
  readonly dataDir: string;
  /** What the SIS says at the end. */
  readonly sis: SisState;
  readonly today: SchoolDate;
  readonly delivered: ReadonlyMap<string, Delivered>;
  /** What the processes said of themselves. */
  readonly log: string;
}

/** Looks at everything that a year with mishaps may not have harmed. */
export async function findOut(played: Played): Promise<Finding[]> {
  return [
    await ledgerIsTheSis(played),
    await owedIsExplained(played),
    await nothingIsStuck(played),
    await sentMeansDelivered(played),
    await deliveredOnce(played),
    await auditIsWhole(played),
    logNamesNobody(played),
  ];
}

async function ledgerIsTheSis({ db, sis }: Played): Promise<Finding> {
  const kept = await db
    .selectFrom('absence_record')
    .select(['sourced_id', 'date', 'kind', 'code_sourced_id', 'missing_since'])
    .where('ended_at', 'is', null)
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
    // One that vanished just now is believed to be gone on another day.
    if (row.missing_since !== null && !said.has(row.sourced_id)) continue;
    if (said.get(row.sourced_id) !== line(row.date, row.kind, row.code_sourced_id))
      wrong.push(`${row.sourced_id}: ${said.has(row.sourced_id) ? 'differs' : 'not in the SIS'}`);
  }
  for (const id of said.keys()) if (!there.has(id)) wrong.push(`${id}: not in the ledger`);
  return { what: 'The ledger says what the SIS says', looked: said.size, wrong };
}

/** Owed and not taken: something stands in the way, a letter or a packet is on its way, or a person has been asked. */
async function owedIsExplained({ db }: Played): Promise<Finding> {
  const { rows } = await sql<{ student: string; step: string; explained: boolean }>`
    select s.sourced_id as student, l.step, (
      l.blocks <> '[]' or l.approval = 'asked'
      or exists (select 1 from letter x where x.student_id = l.student_id and x.school_year = l.school_year
        and x.step = l.step and x.state in ('planned', 'held', 'queued', 'printed', 'uncertain', 'rejected'))
      or exists (select 1 from referral r where r.student_id = l.student_id and r.school_year = l.school_year
        and r.state not in ('delivered', 'withdrawn'))
      or exists (select 1 from task t where t.student_id = l.student_id and t.state = 'open'
        and (t.step = l.step or t.step is null))) as explained
    from ladder_step l join student s on s.id = l.student_id
    where l.state = 'owed'`.execute(db);
  const wrong = rows.flatMap(({ student, step, explained }) => (explained ? [] : [`${student} ${step}`]));
  const { taken = 0 } =
    (
      await sql<{
        taken: number;
      }>`select count(*)::int as taken from ladder_step where state = 'taken'`.execute(db)
    ).rows[0] ?? {};
  return { what: 'Every owed step is taken or explained', looked: rows.length + taken, wrong };
}

/** Half-way for longer than a few days, and nobody has been asked. */
async function nothingIsStuck({ db, today }: Played): Promise<Finding> {
  const { rows } = await sql<{ ref: string; state: string; wrong: boolean }>`
    select ref, state, (
      state in ('claimed', 'transmitting')
      or state in ('uncertain', 'rejected') and not exists (select 1 from task t where t.letter_id = l.id)
      or state = 'queued' and due_at < ${today}::date - 7
        and not exists (select 1 from task t where t.letter_id = l.id and t.state = 'open')
        and not exists (select 1 from sending_stop where ended_at is null)) as wrong
    from letter l`.execute(db);
  const wrong = rows.flatMap((row) => (row.wrong ? [`${row.ref} ${row.state}`] : []));
  return { what: 'No letter is half-way with nobody asked', looked: rows.length, wrong };
}

async function sentMeansDelivered({ db, delivered }: Played): Promise<Finding> {
  const letters = await db
    .selectFrom('letter')
    .select(['ref', 'state', 'channel', 'message_id'])
    .where('message_id', 'is not', null)
    .execute();
  const wrong = letters.flatMap(({ ref, state, channel, message_id }) => {
    const times = delivered.get(message_id ?? '')?.times ?? 0;
    if (channel === 'email' && state === 'sent' && times !== 1)
      return [`${ref} sent, delivered ${times} times`];
    const honest = state === 'sent' || state === 'uncertain' || state === 'bounced';
    return times > 0 && !honest ? [`${ref} ${state}, but delivered`] : [];
  });
  return {
    what: 'Sent means delivered, and delivered means sent or uncertain',
    looked: letters.length,
    wrong,
  };
}

async function deliveredOnce({ delivered }: Played): Promise<Finding> {
  const letters = [...delivered.values()].filter(({ kind }) => kind === 'letter' || kind === 'packet');
  const wrong = letters.flatMap(({ ref, times }) => (times > 1 ? [`${ref}: ${times} times`] : []));
  return { what: 'Each letter and packet was delivered once at most', looked: letters.length, wrong };
}

async function auditIsWhole({ db, dataDir }: Played): Promise<Finding> {
  await sealAudit(db);
  const verdict = await verifyAudit(db, await keptAnchors(dataDir));
  const what = 'The audit log is whole';
  if (verdict.kind === 'intact') return { what, looked: verdict.head?.seq ?? 0, wrong: [] };
  return { what, looked: verdict.seq ?? 0, wrong: [`${verdict.fault} at place ${verdict.seq}`] };
}

function logNamesNobody({ sis, log }: Played): Finding {
  const names = [...sis.students, ...sis.guardians].flatMap(({ facts }) => [
    `${facts.givenName} ${facts.familyName}`,
    ...(facts.email === null ? [] : [facts.email]),
  ]);
  const said = names.filter((name) => log.includes(name)).length;
  const lines = log.split('\n').length;
  // Whom it names stands in the log, and nowhere else.
  return {
    what: 'The log names nobody',
    looked: lines,
    wrong: said === 0 ? [] : [`${said} names or addresses`],
  };
}
