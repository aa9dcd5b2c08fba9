import { sendStaffMail } from '../../jobs/send-staff-mail.ts';
import { healthTroubles, nightOutcome } from '../domain/health.ts';
import type { App } from '../main.ts';
import type { Log } from '../ops/log.ts';
import { tellOfTrouble } from '../procedure/tell-of-trouble.ts';
import { readHealthFigures } from '../store/health-figures.ts';
import { isLed } from '../store/leader.ts';
import { listProcesses } from '../store/processes.ts';
import { lookAtService, type QueueFacts } from './look.ts';
import { createNightWatch } from './ping.ts';

export interface ServiceWatch {
  /** One look at everything: keeps what is wrong, tells of it, and says outside how the night was. */
  look(): Promise<void>;
  /** Something else was said outside meanwhile: how the night was is said once more. */
  tellNightAgain(): void;
}

/**
 * Watches the service as a whole. Whoever leads looks; where nobody does, whoever notices. The mail about a trouble is
 * handed over here and not by a worker, which may be what is missing.
 */
export function createServiceWatch(app: App, log: Log, leads: () => boolean): ServiceWatch {
  const { db } = app.store;
  const queue = createQueueWatch(app);
  const nights = createNightWatch(db, log, () => app.config.environment);
  return {
    async look() {
      if (!leads() && (await isLed(db))) return;
      const processes = await listProcesses(db);
      const moment = app.moment();
      const { config, jobs, letterbox } = app.generation;
      const figures = await readHealthFigures(db, moment.today);
      const jobsDone = processes.reduce((sum, one) => sum + one.jobsDone, 0);
      const waiting = await queue.look(jobsDone, moment.now);
      const facts = await lookAtService(db, config, { processes, figures }, moment.now, waiting);
      const troubles = healthTroubles(facts, config.health);
      const told = await tellOfTrouble(letterbox, troubles, moment);
      for (const cause of told.opened) log.warn('trouble-noticed', { cause });
      for (const cause of told.closed) log.info('trouble-over', { cause });
      for (const mailId of told.mailIds) {
        await sendStaffMail
          .run({ mailId }, jobs, { last: true })
          .catch((error: unknown) => log.error('trouble-not-told', { error }));
      }
      const { night } = facts;
      const outcome = night === null ? null : nightOutcome(night.done, troubles);
      if (night !== null && outcome !== null) await nights.tell({ ...night, outcome }, moment.now);
    },
    tellNightAgain: nights.again,
  };
}

/** Jobs that wait while others are done are in line; those that wait while none is done are stuck. */
function createQueueWatch(app: App) {
  let before: { jobsDone: number; since: Date } | null = null;
  return {
    async look(jobsDone: number, now: Date): Promise<QueueFacts> {
      const waiting = await app.queue.counts().then(
        (counts) => counts.waiting,
        () => null,
      );
      if (waiting === 0 || before === null || before.jobsDone !== jobsDone) before = { jobsDone, since: now };
      return {
        queue: waiting === 0 ? null : { waiting: waiting ?? 0, quietSince: before.since },
        // One that does not answer is told of as that.
        queueEvicts: await app.queue.mayDropJobs().catch(() => false),
      };
    },
  };
}
