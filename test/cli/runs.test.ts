import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { FaultName } from '../../src/demo/faults/catalogue.ts';
import { type ServedDistrict, serveDistrict } from '../support/served-district.ts';

let served: ServedDistrict;
beforeAll(async () => {
  served = await serveDistrict('oneroster-service');
});
afterEach(() => {
  for (const name of served.sis.faults.active()) served.sis.faults.turnOff(name);
});
afterAll(() => served.close());

/** On the morning of the next day. */
const sync = (words = '') => {
  served.nextDay();
  return served.rollcall(`sync --as-of ${served.morning()}${words}`);
};

async function syncWith(name: FaultName) {
  served.sis.faults.turnOn(name);
  const result = await sync(' --full');
  served.sis.faults.turnOff(name);
  return result;
}

const runIn = (out: string) => /Run ([0-9a-f]{8})/.exec(out)?.[1] ?? 'no run';
const absences = async () =>
  (await served.db.selectFrom('absence_record').select('id').where('ended_at', 'is', null).execute()).length;

describe('sync', () => {
  test('--dry-run reads and judges everything, and keeps nothing of it', async () => {
    const { code, out } = await sync(' --dry-run');
    expect(code).toBe(0);
    expect(out).toMatch(/^Run [0-9a-f]{8}: tried, and nothing was kept\.$/m);
    expect(out).toMatch(/^ +absences added +\d{2,}$/m);
    expect(await absences()).toBe(0);
    expect((await served.rollcall('runs')).out).toMatch(/full +tried/);
  });

  test('the first one reads everything', async () => {
    const { code, out } = await sync();
    expect(code).toBe(0);
    expect(out).toMatch(/^Run [0-9a-f]{8} was applied\.$/m);
    expect(out).toMatch(/^ +students +\d{3}$/m);
    // What did not happen is not told.
    expect(out).not.toMatch(/ 0$/m);
    expect(await absences()).toBeGreaterThan(100);
    expect((await served.rollcall('runs')).out).toMatch(/full +applied/);
  });

  test('the next one reads what has changed, with --full everything', async () => {
    expect((await sync()).code).toBe(0);
    expect((await sync(' --full')).code).toBe(0);
    const lines = (await served.rollcall('runs')).out.split('\n');
    expect(lines[1]).toMatch(/full +applied/);
    expect(lines[2]).toMatch(/delta +applied/);
  });

  test('--json is for programs', async () => {
    const { code, out } = await sync(' --json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ kind: 'applied', counts: {}, refusedFiles: [] });
  });

  test('what could not be read ends with 1 and says where to look', async () => {
    const before = await absences();
    const { code, out } = await syncWith('attendance-forbidden');
    expect(code).toBe(1);
    expect(out).toMatch(/^Run [0-9a-f]{8} was failed: .*offers no attendance/m);
    expect(out).toContain('What was in force stays in force.');
    expect(out).toContain('rollcall check');
    expect(await absences()).toBe(before);
  });
});

describe('a stopped run that a later one has overtaken', () => {
  test('is closed', async () => {
    const { out } = await syncWith('one-school-gone');
    const stopped = runIn(out);
    expect(out).toMatch(/was quarantined/);
    expect((await sync(' --full')).code).toBe(0);
    expect((await served.rollcall('runs')).out).toMatch(new RegExp(`${stopped} .*quarantined \\(closed\\)`));
    const { code, err } = await served.rollcall(`runs release ${stopped} --by Sam --why right`);
    expect(code).toBe(2);
    expect(err).toContain('a later run has been read since');
  });
});

describe('a run that a guard stopped', () => {
  let run: string;
  let before: number;
  beforeAll(async () => {
    before = await absences();
    const { code, out } = await syncWith('everyone-absent');
    run = runIn(out);
    expect(code).toBe(1);
    expect(out).toMatch(/was quarantined: \d+ of \d+ students of school .* absent on/);
    expect(out).toContain(`Look at it: rollcall runs show ${run}`);
  });

  test('changes nothing, and stands in the list with its reason', async () => {
    expect(await absences()).toBe(before);
    const { code, out } = await served.rollcall('runs');
    expect(code).toBe(0);
    expect(out.split('\n')[1]).toMatch(new RegExp(`^ +${run} .*quarantined .*absent on`));
  });

  test('status points to it', async () => {
    expect((await served.rollcall('status')).out).toContain(`rollcall runs show ${run}`);
  });

  test('runs show has the evidence and the way to release it', async () => {
    const { code, out } = await served.rollcall(`runs show ${run}`);
    expect(code).toBe(0);
    expect(out).toMatch(/^Evidence\n {2}absent-on-one-day: \d+ of \d+ students of school/m);
    expect(out).toMatch(/^Counts\n/m);
    expect(out).toContain(`rollcall runs release ${run} --by NAME --why`);
    const asJson = await served.rollcall(`runs show ${run} --json`);
    expect(JSON.parse(asJson.out)).toMatchObject({ state: 'quarantined', problems: [] });
  });

  test.each([
    [
      'without --by',
      (id: string) => [`runs release ${id}`, '--why', 'it is right'],
      /required option '--by <name>'/,
    ],
    [
      'without --why',
      (id: string) => [`runs release ${id}`, '--by', 'Sam Ortiz'],
      /required option '--why <reason>'/,
    ],
    [
      'with an empty reason',
      (id: string) => [`runs release ${id}`, '--by', 'Sam Ortiz', '--why', ' '],
      /need a name and a reason/,
    ],
    [
      'by an id that nobody knows',
      () => ['runs release ffffffff', '--by', 'Sam Ortiz', '--why', 'x'],
      /Run ffffffff cannot be released: no run has an id that begins so/,
    ],
    [
      'by an id that is too short',
      (id: string) => [`runs release ${id.slice(0, 2)}`, '--by', 'Sam Ortiz', '--why', 'x'],
      /cannot be released/,
    ],
  ])('is not released %s', async (_, words, message) => {
    const [command = '', ...more] = words(run);
    const { code, err } = await served.rollcall(command, ...more);
    expect(code).toBe(2);
    expect(err).toMatch(message);
    expect(await absences()).toBe(before);
  });

  test('is not guessed from a beginning that two runs share', async () => {
    const twins = ['aaaaaaaa-0000-4000-8000-000000000001', 'aaaaaaaa-0000-4000-8000-000000000002'];
    for (const id of twins) await failedRun(id);
    for (const words of ['runs show aaaaaaaa', 'runs release aaaaaaaa --by Sam --why right']) {
      const { code, err } = await served.rollcall(words);
      expect(code).toBe(2);
      expect(err).toMatch(/more than one has/);
    }
    expect((await served.rollcall(`runs show ${twins[0]}`)).code).toBe(0);
  });

  test('is let into force by a person, whose name and reason stay with it', async () => {
    const released = await served.rollcall(
      `runs release ${run} --by`,
      'Sam Ortiz',
      '--why',
      'the school was closed for snow',
    );
    expect(released.code).toBe(0);
    expect(released.out).toMatch(new RegExp(`^Run ${run} is in force; \\d+ students are looked at again`));
    expect(await absences()).toBeGreaterThan(before);
    const { out } = await served.rollcall(`runs show ${run}`);
    expect(out).toMatch(/: applied \(released\)$/m);
    expect(out).toMatch(
      /^Released by Sam Ortiz on \d{4}-\d{2}-\d{2} \d{2}:\d{2}: the school was closed for snow$/m,
    );
  });

  test('is not released twice', async () => {
    const { code, err } = await served.rollcall(`runs release ${run} --by Sam --why right`);
    expect(code).toBe(2);
    expect(err).toContain('the run is applied; only a quarantined one can be released');
  });

  test('and one that broke has nothing to release', async () => {
    const id = randomUUID();
    await failedRun(id);
    const { code, err } = await served.rollcall(`runs release ${id} --by Sam --why right`);
    expect(code).toBe(2);
    expect(err).toContain('the run is failed; only a quarantined one can be released');
  });

  async function failedRun(id: string): Promise<void> {
    await served.db
      .insertInto('sync_run')
      .values({
        id,
        kind: 'full',
        state: 'failed',
        as_of: served.morning(),
        started_at: new Date(0),
        counts: '{}',
        reason: 'cut-off',
      })
      .execute();
  }
});

describe('help and wrong calls', () => {
  test.each([
    ['sync --help', ['--full', '--dry-run', '--as-of', '--json', 'Global Options']],
    ['runs --help', ['show [options] <id>', 'release [options] <id>']],
    ['runs show --help', ['<id>', '--json']],
    ['runs release --help', ['--by <name>', '--why <reason>']],
    ['check --help', ['--json', '--config <dir>']],
    ['demo --help', ['--fault <name>', '--source <name>', '--serve']],
  ])('rollcall %s', async (words, expected) => {
    const { code, out } = await served.rollcall(words);
    expect(code).toBe(0);
    for (const text of expected) expect(out).toContain(text);
  });

  test.each([
    ['sync --ful', /unknown option '--ful'\n\(Did you mean --full\?\)/],
    ['runs relase', /too many arguments/],
    ['synk', /unknown command 'synk'\n\(Did you mean sync\?\)/],
    ['sync --as-of yesterday', /--as-of takes a date/],
    ['runs show', /missing required argument 'id'/],
    ['runs show nothing', /No run has an id that begins with nothing/],
  ])('rollcall %s ends with 2', async (words, message) => {
    const { code, err } = await served.rollcall(words);
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });
});

describe('faults of the demonstration', () => {
  test('--fault list shows every fault with its source and what is expected', async () => {
    const { code, out } = await served.rollcall('demo --fault list');
    expect(code).toBe(0);
    expect(out).toMatch(/^ +file-truncated +data-extract +refused +The transfer/m);
    expect(out).toMatch(/^ +ed-fi-no-deletes +ed-fi +tolerated /m);
    expect(out).toMatch(/^ +growth +any +quarantined /m);
  });

  test.each([
    [
      'demo --fault file-truncated --source ed-fi',
      /lies on the extract files, and --source ed-fi reads none/,
    ],
    ['demo --fault ed-fi-empty --source data-extract', /lies on the Ed-Fi host/],
    ['demo --fault attendance-not-found --source ed-fi', /lies on the attendance service/],
    ['demo --fault gremlins', /There is no such fault; `rollcall demo --fault list` shows all/],
  ])('rollcall %s is refused', async (words, message) => {
    const { code, err } = await served.rollcall(words);
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });
});
