import { sql } from 'kysely';
import type { Finding, Played } from './finding.ts';

/** Half-way for longer than a few days, and nobody has been asked. */
export async function nothingIsStuck({ db, today }: Played): Promise<Finding> {
  const { rows } = await sql<{ ref: string; state: string; wrong: boolean }>`
    select ref, state, (
      state in ('claimed', 'transmitting')
      or state in ('uncertain', 'rejected') and not exists (select from task t where t.letter_id = l.id)
      or state in ('planned', 'held', 'queued') and coalesce(due_at, planned_at)::date < ${today}::date - 7
        and not exists (select from task t where t.letter_id = l.id and t.state = 'open')
        and not exists (select from batch b where b.id = l.batch_id and b.state = 'open')
        and not exists (select from sending_stop where ended_at is null)
        and not exists (select from ladder_step s where s.student_id = l.student_id
          and s.school_year = l.school_year and s.step = l.step and s.blocks::jsonb <> '[]')
      or state = 'printed' and not exists (
        select from task t where t.print_run_id = l.print_run_id and t.state = 'open')) as wrong
    from letter l`.execute(db);
  const wrong = rows.flatMap((row) => (row.wrong ? [`${row.ref} ${row.state}`] : []));
  return { what: 'No letter is half-way with nobody asked', looked: rows.length, wrong };
}

export async function sentMeansDelivered({ db, delivered }: Played): Promise<Finding> {
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

/**
 * By the mail server's own book: no mail came twice, none came that the program does not know, and nobody got two letters
 * about the same round of the same step, whatever rows they stood in.
 */
export async function deliveredOnce({ db, delivered }: Played): Promise<Finding> {
  const letters = [...delivered].filter(([, { kind }]) => kind === 'letter' || kind === 'packet');
  const wrong = letters.flatMap(([, { ref, times }]) => (times > 1 ? [`${ref}: ${times} times`] : []));
  const ids = letters.map(([id]) => id);
  // A packet that was recalled before it left is made anew, and its mail has the same Message-ID.
  const { rows: known } = await sql<{ id: string; whose: string | null; ref: string }>`
    select l.message_id as id, concat_ws(' ', l.student_id, l.school_year, l.step, l.round,
      coalesce(a.guardian_id, 0)) as whose, l.ref
    from letter l left join letter_addressee a on a.letter_id = l.id where l.message_id = any(${ids})
    union all select m.message_id, case when r.id is null then null
      else concat_ws(' ', r.student_id, r.school_year, r.step, r.round, 'packet') end, m.ref
    from staff_mail m left join referral r on r.id = m.referral_id and m.kind = 'packet'
    where m.message_id = any(${ids}) and m.state <> 'cancelled'`.execute(db);
  const unknown = new Set(ids);
  for (const { id } of known) unknown.delete(id);
  for (const id of unknown) wrong.push(`${delivered.get(id)?.ref}: delivered, and known to nobody`);
  const refsOf = new Map<string, string[]>();
  for (const { whose, ref } of known)
    if (whose !== null) refsOf.set(whose, [...(refsOf.get(whose) ?? []), ref]);
  for (const refs of refsOf.values())
    if (refs.length > 1) wrong.push(`${refs.join(' and ')}: to the same person for the same step`);
  return { what: 'Nobody got a letter or a packet twice', looked: letters.length, wrong };
}
