import { sql } from 'kysely';
import { asksForLetter, longAgo } from './find-asked.ts';
import { openBlockJudge, type SaidBlock } from './find-blocks.ts';
import type { Finding, Played } from './finding.ts';

/** Half-way for longer than a few days, and nothing stands in the way, and nobody has been asked about it. */
export async function nothingIsStuck(played: Played): Promise<Finding> {
  const { db, law, today } = played;
  const { rows } = await sql<{
    student: string;
    step: string;
    ref: string;
    state: string;
    reason: string | null;
    blocks: SaidBlock[] | null;
    stuck: boolean;
  }>`
    select st.sourced_id as student, l.step, l.ref, l.state, l.reason, s.blocks, not ${asksForLetter(sql.ref('l'))} and (
      l.state in ('claimed', 'transmitting', 'uncertain', 'rejected', 'printed')
      or l.state in ('planned', 'held', 'queued') and l.planned_at::date < ${longAgo(law, today)}::date
        and not exists (select from batch b where b.id = l.batch_id and b.state = 'open')
        and not exists (select from sending_stop where ended_at is null)) as stuck
    from letter l join student st on st.id = l.student_id
    left join ladder_step s on s.student_id = l.student_id and s.school_year = l.school_year and s.step = l.step`.execute(
    db,
  );
  const stands = await openBlockJudge(played);
  const wrong = rows.flatMap(({ student, step, ref, state, reason, blocks, stuck }) => {
    // A letter of a step that was taken with another one says itself why it waits.
    const said = [...(blocks ?? []), ...(reason === null ? [] : [{ kind: reason }])];
    const waits = ['planned', 'held', 'queued'].includes(state);
    const explained = waits && said.some((block) => stands({ student, step }, block));
    return stuck && !explained ? [`${ref} ${state}`] : [];
  });
  return { what: 'No letter is half-way with nobody asked', looked: rows.length, wrong };
}

export async function sentMeansDelivered({ db, delivered }: Played): Promise<Finding> {
  const letters = await db
    .selectFrom('letter')
    .select(['ref', 'state', 'channel', 'message_id'])
    .where('message_id', 'is not', null)
    .execute();
  const wrong = letters.flatMap(({ ref, state, channel, message_id }) => {
    const times = delivered.get(message_id ?? '')?.to.length ?? 0;
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

interface Known {
  readonly id: string;
  readonly ref: string;
  /** To whom its frozen envelope goes. */
  readonly to: string | null;
  /** Student, step and round that a letter or a packet is about. */
  readonly about: string | null;
  /** Whom the program has written to; empty: no letter. */
  readonly people: readonly number[];
}

/**
 * By the mail server's own book: no letter and no packet came twice, none came that the program does not know, each mail
 * came for the one mailbox of its envelope, and neither a mailbox nor a person got two about the same round of the same
 * step, whatever rows they stood in.
 */
export async function deliveredOnce({ db, delivered }: Played): Promise<Finding> {
  const ids = [...delivered.keys()];
  // A packet that was recalled before it left is made anew, and its mail has the same Message-ID.
  const { rows: known } = await sql<Known>`
    select l.message_id as id, l.ref, l.envelope_to as "to",
      concat_ws(' ', l.student_id, l.school_year, l.step, l.round) as about,
      array(select coalesce(a.guardian_id, 0) from letter_addressee a where a.letter_id = l.id) as people
    from letter l where l.message_id = any(${ids})
    union all select m.message_id, m.ref, m.envelope_to,
      concat_ws(' ', r.student_id, r.school_year, r.step, r.round, 'packet'), '{}'
    from staff_mail m left join referral r on r.id = m.referral_id and m.kind = 'packet'
    where m.message_id = any(${ids}) and m.state <> 'cancelled'`.execute(db);
  const wrong: string[] = [];
  let looked = 0;
  const refsOf = new Map<string, string[]>();
  const got = (whom: string, ref: string) => refsOf.set(whom, [...(refsOf.get(whom) ?? []), ref]);
  for (const [id, { kind, ref, to }] of delivered) {
    const isOurs = kind === 'letter' || kind === 'packet';
    const rows = known.filter((row) => row.id === id);
    if (isOurs) looked += 1;
    if (isOurs && to.length > 1) wrong.push(`${ref}: ${to.length} times`);
    if (isOurs && rows.length === 0) wrong.push(`${ref}: delivered, and known to nobody`);
    for (const row of rows) {
      if (to.some((boxes) => boxes.length !== 1 || boxes[0] !== row.to))
        wrong.push(`${ref}: not to the one mailbox of its envelope`);
      if (!isOurs) continue;
      for (const box of new Set(to.flat())) got(`${row.about} at ${box.toLowerCase()}`, ref);
      for (const person of row.people) got(`${row.about} to ${person}`, ref);
    }
  }
  const twice = [...refsOf.values()].filter((refs) => refs.length > 1);
  for (const refs of new Set(twice.map((one) => one.join(' and '))))
    wrong.push(`${refs}: to the same mailbox or person for the same step`);
  return { what: 'Nobody got a letter or a packet twice', looked, wrong };
}
