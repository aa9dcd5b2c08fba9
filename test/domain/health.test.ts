import { expect, test } from '@jest/globals';
import { type HealthFacts, healthTroubles, isToBeTold, nightOutcome } from '../../src/domain/health.ts';

const limits = {
  nightHours: 5,
  backupHours: 30,
  drillDays: 40,
  leastDiskMegabytes: 1_000,
  stuckMinutes: 30,
  stallSeconds: 10,
  stoppedHours: 4,
};
const now = new Date('2026-10-05T12:00:00Z');
const ago = (minutes: number) => new Date(now.getTime() - minutes * 60_000);
const one = { roles: ['scheduler', 'worker'], stalledMs: 0, configProblems: 0 };
const nothing = { bySafeMode: null, byPerson: null, byBrakes: null };
const backup = {
  madeAt: ago(30 * 60),
  disk: { freeMegabytes: 1_000, lastMegabytes: 500 },
  drill: { goodAt: ago(40 * 24 * 60), failed: false },
};
const well: HealthFacts = {
  now,
  processes: [one],
  led: true,
  night: { slot: ago(180), done: true },
  studentsGivenUp: 0,
  stopped: { bySafeMode: null, byPerson: null, byBrakes: ago(4 * 60) },
  queue: { waiting: 5, quietSince: ago(30) },
  queueEvicts: false,
  mail: { since: ago(30), mails: 1 },
  mailboxFailingSince: ago(30),
  freeMegabytes: 1_000,
  backup,
};

test.each<[string, Partial<HealthFacts>, string[]]>([
  ['at the limits', {}, []],
  [
    'nothing to judge by',
    { night: null, queue: null, mail: null, mailboxFailingSince: null, freeMegabytes: null, backup: null },
    [],
  ],
  ['nobody runs', { processes: [], led: false }, ['scheduler-missing', 'worker-missing']],
  ['nobody leads', { led: false }, ['scheduler-missing']],
  ['only a scheduler', { processes: [{ ...one, roles: ['scheduler'] }] }, ['worker-missing']],
  ['a night that is under way', { night: { slot: ago(5 * 60), done: false } }, []],
  ['a night that takes too long', { night: { slot: ago(5 * 60 + 1), done: false } }, ['night-unfinished']],
  ['one student given up', { studentsGivenUp: 1 }, ['students-given-up']],
  ['an old database', { stopped: { ...nothing, bySafeMode: ago(4 * 60 + 1) } }, ['sending-stopped']],
  ['a stop by a person', { stopped: { ...nothing, byPerson: ago(4 * 60 + 1) } }, ['sending-stopped']],
  ['a stop of the brakes', { stopped: { ...nothing, byBrakes: ago(4 * 60 + 1) } }, ['sending-stopped']],
  ['a young stop', { stopped: { ...nothing, byPerson: ago(60) } }, []],
  ['jobs that wait', { queue: { waiting: 5, quietSince: ago(31) } }, ['queue-stuck']],
  ['a Redis that may drop jobs', { queueEvicts: true }, ['queue-evicts']],
  ['mails that wait', { mail: { since: ago(31), mails: 1 } }, ['mail-unsendable']],
  ['a mailbox that fails', { mailboxFailingSince: ago(31) }, ['mailbox-unreadable']],
  [
    'a wrong file on one machine',
    { processes: [one, { ...one, configProblems: 2 }] },
    ['configuration-refused'],
  ],
  ['ten seconds and one millisecond', { processes: [{ ...one, stalledMs: 10_001 }] }, ['event-loop-stalls']],
  ['a full disk', { freeMegabytes: 999 }, ['disk-nearly-full']],
  ['an old backup', { backup: { ...backup, madeAt: ago(30 * 60 + 1) } }, ['backup-too-old']],
  ['no backup', { backup: { madeAt: null, disk: null, drill: null } }, ['backup-too-old']],
  [
    'no room for two more backups',
    { backup: { ...backup, disk: { freeMegabytes: 1_000, lastMegabytes: 501 } } },
    ['backup-disk-nearly-full'],
  ],
  [
    'a drill long ago',
    { backup: { ...backup, drill: { goodAt: ago(40 * 24 * 60 + 1), failed: false } } },
    ['drill-too-old'],
  ],
  ['a bad backup', { backup: { ...backup, drill: { goodAt: now, failed: true } } }, ['drill-failed']],
])('%s', (_what, facts, causes) => {
  expect(healthTroubles({ ...well, ...facts }, limits).map(({ cause }) => cause)).toEqual(causes);
});

test('what passes by itself is told once it has lasted', () => {
  expect(isToBeTold('worker-missing', ago(9), now)).toBe(false);
  expect(isToBeTold('worker-missing', ago(10), now)).toBe(true);
  expect(isToBeTold('event-loop-stalls', now, now)).toBe(true);
});

test('the oldest of several stops counts, and each is named', () => {
  const stopped = { bySafeMode: ago(30), byPerson: null, byBrakes: ago(9 * 60) };
  expect(healthTroubles({ ...well, stopped }, limits)).toEqual([
    { cause: 'sending-stopped', figures: { hours: 9, safeMode: 1, person: 0, brakes: 1 } },
  ]);
});

test.each([
  [true, [], 'good'],
  [false, [], null],
  [true, ['sending-stopped'], 'bad'],
  [true, ['mail-unsendable'], 'bad'],
  [false, ['night-unfinished'], 'bad'],
  [true, ['students-given-up', 'disk-nearly-full'], 'good'],
] as const)('a night that is done: %s, with %j, is %s', (done, causes, outcome) => {
  const troubles = causes.map((cause) => ({ cause, figures: {} }));
  expect(nightOutcome(done, troubles)).toBe(outcome);
});
