import { describe, expect, test } from '@jest/globals';
import { createLog, type Log, type LogFields, type LogLevel } from '../../src/ops/log.ts';

function aLog(level: LogLevel = 'info'): { log: Log; lines: () => Record<string, unknown>[] } {
  const written: string[] = [];
  const log = createLog({ level, destination: { write: (line) => written.push(line) } });
  return { log, lines: () => written.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

function logged(fields: LogFields): Record<string, unknown> {
  const { log, lines } = aLog();
  log.info('letter-sent', fields);
  const { time: _time, level: _level, event: _event, ...rest } = lines()[0] ?? {};
  return rest;
}

describe('a log line', () => {
  test('is JSON with time, level, event and the known fields', () => {
    const { log, lines } = aLog();
    log.warn('job-will-be-retried', { job: 'send-letter', attempt: 2, dueAt: new Date(0) });
    expect(lines()).toEqual([
      {
        level: 'warn',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
        event: 'job-will-be-retried',
        job: 'send-letter',
        attempt: 2,
        dueAt: '1970-01-01T00:00:00.000Z',
      },
    ]);
  });

  test.each<[string, object]>([
    ['an unknown key', { guardianName: 'x' }],
    ['a full name under a known key', { code: 'Ana Torres' }],
    ['a name with an accent', { state: 'Łukasz' }],
    ['a mail address', { ref: 'ana@example.org' }],
    ['a long text', { outcome: 'x'.repeat(121) }],
    ['an object', { job: { name: 'Ana' } }],
    ['a list', { studentId: ['a'] }],
    ['a text for a number', { count: '3' }],
    ['not a number', { count: Number.NaN }],
  ])('drops %s and counts it', (_what, fields) => {
    expect(logged({ ...(fields as LogFields), letterId: 'L-1' })).toEqual({ letterId: 'L-1', dropped: 1 });
  });

  test('G21: never repeats an event name that was put together from data', () => {
    const { log, lines } = aLog();
    log.info('letter to Ana Torres sent');
    expect(lines()[0]?.event).toBe('unnamed-event');
  });

  test('carries the fields of the log that it came from', () => {
    const { log, lines } = aLog();
    log.with({ job: 'send-letter' }).with({ lane: 'mail' }).info('job-done', { lane: 'work' });
    expect(lines()[0]).toMatchObject({ job: 'send-letter', lane: 'work' });
  });

  test.each<[LogLevel, number]>([
    ['debug', 4],
    ['info', 3],
    ['warn', 2],
    ['error', 1],
    ['silent', 0],
  ])('at level %s, %i of four levels are written', (level, count) => {
    const { log, lines } = aLog(level);
    for (const each of ['debug', 'info', 'warn', 'error'] as const) log[each]('something-happened');
    expect(lines()).toHaveLength(count);
  });
});

describe('an error in a log', () => {
  test('G21: is told by name, code and place, without its message', () => {
    const cause = Object.assign(new TypeError('Canary at 12 Elm Street'), { responseCode: 550 });
    const error = Object.assign(new Error('Canary\n    at Canary (canary.ts:1:1)', { cause }), {
      code: 'EENVELOPE',
      config: { token: 'canary' },
    });
    const shown = logged({ error });
    expect(shown).toEqual({
      error: {
        name: 'Error',
        code: 'EENVELOPE',
        where: expect.stringMatching(/^log\.test\.ts:\d+$/),
        cause: { name: 'TypeError', code: 550, where: expect.stringMatching(/^log\.test\.ts:\d+$/) },
      },
    });
    expect(JSON.stringify(shown).toLowerCase()).not.toContain('canary');
  });

  test.each<[string, unknown, object]>([
    ['a thrown text', 'Ana Torres', { name: 'string' }],
    ['nothing', null, { name: 'null' }],
    ['a name from data', Object.assign(new Error(), { name: 'Ana Torres', stack: '' }), { name: 'Error' }],
    ['a code from data', Object.assign(new Error(), { code: 'ana@x.org', stack: '' }), { name: 'Error' }],
  ])('%s is told by what it is', (_what, error, shown) => {
    expect(logged({ error })).toEqual({ error: shown });
  });

  test('that is its own cause ends', () => {
    const error = new Error('round');
    error.cause = error;
    expect(JSON.stringify(logged({ error })).match(/"cause"/g)).toHaveLength(3);
  });
});
