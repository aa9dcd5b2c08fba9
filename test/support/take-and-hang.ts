import { z } from 'zod';
import { silentLog } from '../../src/ops/log.ts';
import { defineJob, jobItem, listJobs } from '../../src/queue/define-job.ts';
import { openQueue } from '../../src/queue/queue.ts';
import type { Victim } from './take-and-die.ts';

const { id, ...options } = JSON.parse(process.argv[2] ?? '') as Victim;
const evaluate = defineJob({
  name: 'evaluate',
  lane: 'work',
  payload: z.strictObject({ id: z.string().max(100) }),
  attempts: 1,
  run(): Promise<never> {
    process.stdout.write('taken\n');
    return new Promise(() => {});
  },
});
const queue = await openQueue({ ...options, jobs: listJobs([evaluate]), log: silentLog() });
await queue.enqueue([jobItem(evaluate, { id })]);
queue.startWorkers({});
