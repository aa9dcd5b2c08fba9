import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { type AnyJob, defineJob, jobItem, listJobs } from '../../src/queue/define-job.ts';

const payload = z.strictObject({ studentId: z.uuid() });

function aJob(changes: Partial<AnyJob> = {}): AnyJob {
  const job = defineJob({
    name: 'evaluate-student',
    lane: 'work',
    payload,
    attempts: 3,
    run: async () => {},
  });
  return { ...job, ...changes };
}

describe('a job', () => {
  test('is known by its payload unless it says otherwise', () => {
    const both = z.strictObject({ to: z.uuid(), from: z.uuid(), day: z.iso.date() });
    const job = defineJob({ name: 'move', lane: 'work', payload: both, attempts: 1, run: async () => {} });
    expect(job.key({ to: 't', from: 'f', day: 'd' })).toBe('d.f.t');
    const byDay = defineJob({ ...job, key: ({ day }) => day });
    expect(byDay.key({ to: 't', from: 'f', day: 'd' })).toBe('d');
  });

  test('is paired with a payload of its own type', () => {
    const job = defineJob({
      name: 'sync',
      lane: 'work',
      payload: z.strictObject({}),
      attempts: 1,
      run: async () => {},
    });
    expect(jobItem(job, {})).toEqual({ job, payload: {} });
    // @ts-expect-error a payload of another job
    jobItem(job, { studentId: 's' });
  });
});

describe('the job list', () => {
  test('needs what all its jobs need together', () => {
    const one = defineJob({
      name: 'one',
      lane: 'work',
      payload,
      attempts: 1,
      run: async (_p, d: { a: number }) => d.a,
    });
    const two = defineJob({
      name: 'two',
      lane: 'mail',
      payload,
      attempts: 1,
      run: async (_p, d: { b: string }) => d.b,
    });
    const list = listJobs([one, two], ['two', 'one']);
    const accepts = (deps: Parameters<NonNullable<typeof list.accepts>>[0]) => deps;
    expect(accepts({ a: 1, b: 'x' })).toEqual({ a: 1, b: 'x' });
    // @ts-expect-error b is missing
    accepts({ a: 1 });
    expect([...list.jobs.keys()]).toEqual(['one', 'two']);
  });

  test.each<[string, AnyJob[], string]>([
    ['the same name twice', [aJob(), aJob()], '"evaluate-student" is listed twice'],
    ['no handler', [aJob({ run: undefined as never })], 'job 1 (evaluate-student) has no handler'],
    ['no name', [aJob({ name: '' })], 'job 1 (without a name) needs a name'],
    ['a name that is no plain word', [aJob({ name: 'Evaluate: all' })], 'needs a name of lower-case words'],
    ['no attempts', [aJob({ attempts: 0 })], 'needs attempts of 1 or more'],
    ['an unknown lane', [aJob({ lane: 'fast' as never })], 'names no known lane (work, mail)'],
    ['a negative wait', [aJob({ retryAfterMs: -1 })], 'has a negative wait'],
    [
      'a payload that lets other fields in',
      [aJob({ payload: z.object({ id: z.uuid() }) })],
      'z.strictObject',
    ],
    ['a payload that is no object', [aJob({ payload: z.string() })], 'z.strictObject'],
    ['free text in the payload', [aJob({ payload: z.strictObject({ name: z.string() }) })], 'carries "name"'],
    [
      'records in the payload',
      [aJob({ payload: z.strictObject({ rows: z.array(z.uuid()) }) })],
      'carries "rows"',
    ],
  ])('refuses %s', (_what, jobs, message) => {
    expect(() => listJobs(jobs)).toThrow(message);
  });

  test('accepts identifiers of every kind', () => {
    const ids = z.strictObject({
      id: z.uuid(),
      day: z.iso.date(),
      code: z.string().max(40),
      year: z.int(),
      kind: z.enum(['full', 'delta']),
      again: z.boolean().optional(),
      school: z.uuid().nullable(),
      students: z.array(z.int()).max(100),
    });
    expect(listJobs([aJob({ payload: ids })]).jobs.size).toBe(1);
  });

  test('refuses to lack an expected job or to hold another', () => {
    expect(() => listJobs([aJob()], ['evaluate-student', 'send-letter'])).toThrow('"send-letter" is missing');
    expect(() => listJobs([aJob()], [])).toThrow('"evaluate-student" is not expected');
  });

  test('names every complaint at once', () => {
    expect(() => listJobs([aJob({ name: '' }), aJob({ attempts: 0 })])).toThrow(/job 1 .*; job 2 /);
  });
});
