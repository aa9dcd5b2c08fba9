import type { Db, Tx } from '../database.ts';
import type { RunToApply } from './run-to-apply.ts';

export interface Cursors {
  readonly roster: string | null;
  readonly attendance: string | null;
}

/** From where changes are read; moved only together with an applied run. */
export async function readCursors(db: Db): Promise<Cursors> {
  const rows = await db.selectFrom('sync_cursor').select(['source', 'position']).execute();
  const of = (source: string) => rows.find((row) => row.source === source)?.position ?? null;
  return { roster: of('roster'), attendance: of('attendance') };
}

export async function saveCursors(tx: Tx, run: RunToApply): Promise<void> {
  for (const source of ['roster', 'attendance'] as const) {
    const position = run.cursors[source];
    // A source that was not read keeps its place; one that was read and gives none has to be read whole.
    if (run[source] === 'none') continue;
    await tx.deleteFrom('sync_cursor').where('source', '=', source).execute();
    if (position === null) continue;
    await tx.insertInto('sync_cursor').values({ source, position, run_id: run.id }).execute();
  }
}
