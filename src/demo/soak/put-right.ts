import { releaseStop } from '../../procedure/end-stop.ts';
import type { Moment, Procedure } from '../../procedure/procedure.ts';
import { resolveLetter } from '../../procedure/resolve-letter.ts';
import { openStops } from '../../store/brakes.ts';
import type { Db } from '../../store/database.ts';
import { randomOf } from '../district/random.ts';
import type { DemoMailServer } from './mail-server.ts';

const STAFF = 'Demonstration staff';

/** The staff let sending go on, and find out what became of letters whose answer nobody heard. */
export async function putRight(
  db: Db,
  mail: Pick<DemoMailServer, 'delivered'>,
  procedure: Procedure,
  moment: Moment,
  seed: number,
): Promise<void> {
  const random = randomOf(seed, 'put-right', moment.today);
  for (const { ref } of await openStops(db))
    await releaseStop(db, ref, { by: STAFF, because: 'the mail server works' }, moment);
  const uncertain = await db
    .selectFrom('letter')
    .select(['ref', 'message_id'])
    .where('state', '=', 'uncertain')
    .orderBy('ref')
    .execute();
  for (const { ref, message_id } of uncertain) {
    if (!random.chance(0.6)) continue;
    const delivered = mail.delivered.has(message_id ?? '');
    const found = {
      ref,
      delivered,
      by: STAFF,
      because: 'asked the provider of the mail server',
      onPaper: false,
    };
    await resolveLetter(db, procedure, found, moment);
  }
}
