import { stat } from 'node:fs/promises';
import { sql } from 'kysely';
import { VERSION } from '../config/version.ts';
import type { App } from '../main.ts';
import { type Metric, metricsText } from '../ops/metrics-text.ts';
import { anchorFile } from '../procedure/keep-audit.ts';
import { within } from '../queue/within.ts';
import { countMailsByState, type HealthFigures, readHealthFigures } from '../store/health-figures.ts';
import { openIncidents } from '../store/incidents.ts';
import { keepFor } from './keep-for.ts';
import type { ServiceState } from './service-state.ts';

/** However many ask, the database is asked this often. */
const FIGURES_MS = 10_000;
/** These read whole tables. */
const STATES_MS = 60_000;

const PATIENCE_MS = 3_000;

/**
 * Figures of the whole installation and of this process, as Prometheus reads them. Ids and names are never among them.
 * While the database does not answer, those of the process stay.
 */
export function metricsOf(app: App, state: ServiceState): () => Promise<string> {
  const { db } = app.store;
  const figures = keepFor(FIGURES_MS, () => readHealthFigures(db, app.moment().today));
  const states = keepFor(STATES_MS, () => countMailsByState(db));
  const queue = keepFor(FIGURES_MS, () => app.queue.counts());
  const incidents = keepFor(FIGURES_MS, () => openIncidents(db));
  const isUp = keepFor(PATIENCE_MS, () => within(sql`select 1`.execute(db), PATIENCE_MS).catch(() => false));
  return async () => {
    const now = app.moment().now.getTime();
    const counts = await inTime(queue());
    const anchor = await stat(anchorFile(app.config.dataDir)).catch(() => null);
    const up = await isUp();
    // One that does not answer is not asked for more.
    const inForce = up ? await inTime(figures()) : null;
    const mails = up ? await inTime(states()) : null;
    const told = (up ? await inTime(incidents()) : null)?.filter(({ toldAt }) => toldAt !== null);
    return metricsText([
      one('rollcall_database_up', '1 while PostgreSQL answers.', up ? 1 : 0),
      ...(inForce === null ? [] : ofInstallation(inForce, now)),
      gauge(
        'rollcall_mails',
        'Letters and mails to staff by channel and state.',
        (mails ?? []).map(({ mails: value, ...labels }) => ({ labels, value })),
      ),
      gauge(
        'rollcall_queue_jobs',
        'Jobs of the queue by state.',
        counts === null
          ? []
          : (['waiting', 'active', 'delayed'] as const).map((name) => ({
              labels: { state: name },
              value: counts[name],
            })),
      ),
      gauge(
        'rollcall_trouble',
        'What the IT contact was told of and is not over.',
        (told ?? []).map(({ cause }) => ({ labels: { cause }, value: 1 })),
      ),
      one('rollcall_troubles', 'How many of them there are.', told?.length ?? null),
      one(
        'rollcall_audit_anchor_age_seconds',
        'Since the end of the audit log was last written outside of the database.',
        anchor === null ? null : seconds(now, anchor.mtime),
      ),
      ...ofProcess(app, state),
    ]);
  };
}

/** @returns null: it cannot be had, or not in time */
async function inTime<T>(asked: Promise<T>): Promise<T | null> {
  let value: T | null = null;
  const kept = asked.then((found) => {
    value = found;
  });
  await within(kept, PATIENCE_MS).catch(() => false);
  return value;
}

function ofInstallation(figures: HealthFigures, now: number): Metric[] {
  const { sync, lastRun } = figures;
  return [
    one(
      'rollcall_sync_age_seconds',
      'Since the read of the SIS that is in force.',
      sync === null ? null : seconds(now, sync.appliedAt),
    ),
    one(
      'rollcall_absences_age_seconds',
      'Since the moment as of which the absences are right.',
      sync?.sourceAsOf == null ? null : seconds(now, sync.sourceAsOf),
    ),
    gauge(
      'rollcall_sync_rows',
      'Rows of the read that is in force.',
      Object.entries(sync?.counts ?? {})
        .filter(([, value]) => typeof value === 'number')
        .map(([rows, value]) => ({ labels: { rows }, value })),
    ),
    gauge(
      'rollcall_sync_last',
      'How the last read ended.',
      lastRun === null ? [] : [{ labels: { state: lastRun.state }, value: 1 }],
    ),
    one('rollcall_sync_waiting_for_release', 'Reads that a person has to look at.', figures.readsToRelease),
    counter('rollcall_decisions_total', 'Changes of steps that were decided.', [
      { value: figures.decisions },
    ]),
    one('rollcall_evaluations_due', 'Students who are to be decided about.', figures.evaluationsDue),
    one(
      'rollcall_evaluations_given_up',
      'Students who could not be decided about.',
      figures.evaluationsGivenUp,
    ),
    one('rollcall_tasks_open', 'Open tasks of staff.', figures.tasksOpen),
    one('rollcall_tasks_overdue', 'Open tasks whose day is over.', figures.tasksOverdue),
    one('rollcall_approvals_asked', 'Open tasks that ask for a yes.', figures.approvalsAsked),
    one('rollcall_batches_waiting', 'Batches of letters that wait for one yes.', figures.batchesOpen),
    one('rollcall_sending_stopped', 'Stops of the brakes that keep all letters back.', figures.sendingStops),
    one(
      'rollcall_kill_switch',
      '1 while all letters are stopped, by a person or by a database that was put back.',
      figures.killSwitch ? 1 : 0,
    ),
    one('rollcall_mails_failing', 'Mails that were tried in vain more than once.', figures.mailsFailing),
  ];
}

function ofProcess(app: App, state: ServiceState): Metric[] {
  const memory = process.memoryUsage();
  return [
    gauge('rollcall_info', 'This version.', [{ labels: { version: VERSION }, value: 1 }]),
    one('rollcall_leader', '1 where this process wakes the schedule.', state.leads() ? 1 : 0),
    one(
      'rollcall_config_refused',
      'Problems for which a newer configuration is kept out.',
      state.configProblems?.length ?? 0,
    ),
    one(
      'rollcall_config_read_timestamp_seconds',
      'When the configuration in force was read.',
      state.configReadAt.getTime() / 1_000,
    ),
    one(
      'rollcall_event_loop_longest_seconds',
      'The longest time in the last minute for which nothing else could be done.',
      state.stalledMs() / 1_000,
    ),
    one('process_resident_memory_bytes', 'Memory of this process.', memory.rss),
    one('nodejs_heap_size_used_bytes', 'Memory of its objects.', memory.heapUsed),
    one('process_start_time_seconds', 'When this process was started.', state.startedAt.getTime() / 1_000),
    counter(
      'rollcall_job_runs_total',
      'Runs of jobs in this process, by how they ended.',
      app.meter.read('jobs'),
    ),
    counter(
      'rollcall_mail_outcomes_total',
      'What the mail server made of what this process gave it.',
      app.meter.read('mails'),
    ),
  ];
}

function seconds(now: number, since: Date): number {
  return Math.round((now - since.getTime()) / 1_000);
}

function one(name: string, help: string, value: number | null): Metric {
  return gauge(name, help, value === null ? [] : [{ value }]);
}

function gauge(name: string, help: string, samples: Metric['samples']): Metric {
  return { name, help, type: 'gauge', samples };
}

function counter(name: string, help: string, samples: Metric['samples']): Metric {
  return { name, help, type: 'counter', samples };
}
