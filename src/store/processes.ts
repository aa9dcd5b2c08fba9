import { sql } from 'kysely';
import type { Db } from './database.ts';
import type { ProblemPlace } from './tables/watching.ts';

/** What a process of the service says of itself. */
export interface ProcessReport {
  readonly id: string;
  readonly host: string;
  readonly version: string;
  readonly roles: readonly string[];
  readonly leads: boolean;
  readonly jobsDone: number;
  readonly stalledMs: number;
  readonly configReadAt: Date;
  /** null: what was read last is in force. */
  readonly configProblems: readonly ProblemPlace[] | null;
}

/** Says that the process is there, and how it is. Of those that say that they lead, the last one does. */
export async function reportProcess(db: Db, report: ProcessReport): Promise<void> {
  const problems = report.configProblems === null ? null : JSON.stringify(report.configProblems);
  await sql`
    with before as (
      update running_process set leads = false where ${report.leads} and leads and id <> ${report.id})
    insert into running_process (id, host, version, roles, leads, jobs_done, stalled_ms, config_read_at, config_problems)
    values (${report.id}, ${report.host}, ${report.version}, ${[...report.roles]}, ${report.leads}, ${report.jobsDone},
      ${report.stalledMs}, ${report.configReadAt}, ${problems})
    on conflict (id) do update set seen_at = now(), leads = excluded.leads, jobs_done = excluded.jobs_done,
      stalled_ms = excluded.stalled_ms, config_read_at = excluded.config_read_at,
      config_problems = excluded.config_problems`.execute(db);
}

/** It has ended in order. */
export async function reportStopped(db: Db, id: string): Promise<void> {
  await sql`update running_process set stopped_at = now(), leads = false where id = ${id}`.execute(db);
}

/** A process that has said nothing for so long is gone. */
const SILENT_AFTER = sql`interval '90 seconds'`;

/** Those that run now, the oldest first. */
export async function listProcesses(db: Db): Promise<ProcessReport[]> {
  const rows = await db
    .selectFrom('running_process')
    .selectAll()
    .where('stopped_at', 'is', null)
    .where('seen_at', '>', sql<Date>`now() - ${SILENT_AFTER}`)
    .orderBy('started_at')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    host: row.host,
    version: row.version,
    roles: row.roles,
    leads: row.leads,
    jobsDone: Number(row.jobs_done),
    stalledMs: row.stalled_ms,
    configReadAt: row.config_read_at,
    configProblems: row.config_problems,
  }));
}

/** Processes that are long gone. */
export async function forgetOldProcesses(db: Db, before: Date): Promise<void> {
  await db.deleteFrom('running_process').where('seen_at', '<', before).execute();
}
