import { composeDigests } from '../../jobs/compose-digests.ts';
import { readMailboxJob } from '../../jobs/read-mailbox.ts';
import { reconcile } from '../../jobs/reconcile.ts';
import { syncDistrictJob } from '../../jobs/sync-district.ts';
import { VERSION } from '../config/version.ts';
import { keepAudit } from '../procedure/keep-audit.ts';
import { backUp } from '../procedure/keeping/back-up.ts';
import { proveBackup } from '../procedure/keeping/prove-backup.ts';
import { jobItem } from '../queue/define-job.ts';
import { type Schedule, type ScheduleEntry, startSchedule } from '../queue/schedule.ts';
import { claimSlot, keepSlot, settleSlot } from '../store/schedule-slots.ts';
import type { Generation, Surroundings } from './generation.ts';
import { documentKeyOf } from './unlock-documents.ts';

/** Due slots are a question to PostgreSQL; each is taken once, by whichever process asks first. */
export function scheduleOf(
  { config, jobs }: Generation,
  { store, now, log }: Surroundings,
  leads?: () => Promise<boolean>,
): Schedule {
  const day = () => jobs.moment().today;
  const slots: ScheduleEntry[] = [
    {
      name: 'sync',
      cron: config.schedule.sync,
      run: () => jobs.enqueue([jobItem(syncDistrictJob, { day: day() })]),
    },
    {
      name: 'digest',
      cron: config.schedule.digest,
      run: () => jobs.enqueue([jobItem(composeDigests, { day: day() })]),
    },
    {
      name: 'audit',
      cron: '10 0 * * *',
      run: async () => {
        await keepAudit({ db: store.db, log, dataDir: config.dataDir }, jobs.moment());
      },
    },
    {
      name: 'reconcile',
      cron: '*/5 * * * *',
      run: () => jobs.enqueue([jobItem(reconcile, { day: day() })]),
    },
  ];
  if (config.mailbox !== null) {
    slots.push({
      name: 'mailbox',
      cron: config.mailbox.poll,
      run: (dueAt: Date) => jobs.enqueue([jobItem(readMailboxJob, { dueAt: dueAt.toISOString() })]),
    });
  }
  if (config.backup.schedule !== null) {
    slots.push({
      name: 'backup',
      cron: config.backup.schedule,
      run: async () => {
        const made = await backUp(store, config, { version: VERSION, now });
        log.info('backup-made', { count: made.rows, milliseconds: made.milliseconds });
        if (made.elsewhere !== null) log.warn('backups-scattered', { host: made.elsewhere.host });
      },
    });
  }
  if (config.backup.drill !== null) {
    slots.push({
      name: 'drill',
      cron: config.backup.drill,
      run: async () => {
        const documentKey = documentKeyOf(config);
        const embedded = config.environment.databaseUrl === null;
        const report = await proveBackup(store, config, { documentKey, embedded, now });
        if (report === null) log.warn('drill-without-backup');
        else if (report.good) log.info('drill-good', { milliseconds: report.milliseconds });
        else log.error('drill-found-a-bad-backup', { file: report.file });
      },
    });
  }
  return startSchedule({
    timeZone: config.district.timeZone,
    now,
    log,
    ...(leads && { leads }),
    claimSlot: (name, at, since) => claimSlot(store.db, { name, at, now: since }),
    keepSlot: (name, at, since, until) => keepSlot(store.db, { name, at, since, now: until }),
    settleSlot: (name, at) => settleSlot(store.db, { name, at, now: now() }),
    slots,
  });
}
