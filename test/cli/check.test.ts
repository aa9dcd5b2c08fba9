import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { FaultName } from '../../src/demo/faults/catalogue.ts';
import { type ServedDistrict, serveDistrict } from '../support/served-district.ts';

let served: ServedDistrict;
afterEach(() => {
  for (const name of served.sis.faults.active()) served.sis.faults.turnOff(name);
});

async function checkWith(name: FaultName) {
  served.sis.faults.turnOn(name);
  return served.rollcall('check');
}

describe('check, with an attendance service', () => {
  beforeAll(async () => {
    served = await serveDistrict('oneroster-service');
  });
  afterAll(() => served.close());

  test('tries everything and says what it found', async () => {
    const { code, out, err } = await served.rollcall('check');
    expect(out).not.toContain('failed');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^ok {5}configuration +2 schools/);
    for (const what of [
      'templates',
      'OneRoster sign-in',
      'OneRoster schools',
      'OneRoster school year',
      'OneRoster students',
      'OneRoster guardians',
      'demographics',
      'attendance sign-in',
      'attendance changes',
      'attendance rows',
      'attendance codes',
      'database',
      'queue',
      'mail',
    ]) {
      expect(out).toMatch(new RegExp(`^ok +${what} `, 'm'));
    }
  });

  test.each([
    ['attendance-forbidden', 403],
    ['attendance-not-found', 404],
    ['attendance-not-implemented', 501],
  ] as const)('%s: this endpoint offers no attendance', async (name, status) => {
    const { code, out } = await checkWith(name);
    expect(code).toBe(1);
    expect(out).toMatch(new RegExp(`^failed attendance rows +.*offers no attendance.*${status}`, 'm'));
    expect(out).toContain('sis.attendance');
    expect(out).toMatch(/^ok +OneRoster students/m);
  });

  test('demographics that were not granted are no failure', async () => {
    const { code, out } = await checkWith('demographics-forbidden');
    expect(code).toBe(0);
    expect(out).toMatch(/^ok +demographics +not granted/m);
  });

  test('a scope that the token leaves out is named', async () => {
    const { code, out } = await checkWith('scope-left-out');
    expect(code).toBe(0);
    expect(out).toMatch(
      /^ok +OneRoster sign-in +.*accepted; not granted: https:\S+roster-demographics\.readonly$/m,
    );
  });

  test('a sign-in form in place of the SIS is called what it is', async () => {
    const { code, out } = await checkWith('html-with-200');
    expect(code).toBe(1);
    expect(out).toMatch(/^failed OneRoster schools +.*web page, perhaps a sign-in form/m);
  });

  test('--json says the same to programs', async () => {
    const { code, out } = await served.rollcall('check --json');
    expect(code).toBe(0);
    const findings = JSON.parse(out) as { what: string; ok: boolean }[];
    expect(findings.every(({ ok }) => ok)).toBe(true);
  });

  test('a school that the SIS does not have is named, beside those that it has', async () => {
    const file = join(served.configDir, 'district.yaml');
    const text = await readFile(file, 'utf8');
    const [, id = ''] = /schools:\n {2}- id: (\S+)/.exec(text) ?? [];
    await writeFile(file, text.replaceAll(id, 'org-101'));
    const { code, out } = await served.rollcall('check');
    await writeFile(file, text);
    expect(code).toBe(1);
    expect(out).toMatch(/^failed schools: in the file +org-101: no school of the SIS has this id/m);
    expect(out).toContain(id);
  });

  test('a configuration that is wrong ends with 78, by file, line and key', async () => {
    const file = join(served.configDir, 'district.yaml');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace('source: oneroster-service', 'source: oneroster'));
    const { code, err } = await served.rollcall('check');
    await writeFile(file, text);
    expect(code).toBe(78);
    expect(err).toMatch(/district\.yaml:\d+:\d+ +sis\.attendance/);
  });
});

describe('check, with extract files', () => {
  beforeAll(async () => {
    served = await serveDistrict('data-extract');
  });
  afterAll(() => served.close());

  test('an empty folder is no attendance', async () => {
    const { code, out } = await served.rollcall('check');
    expect(code).toBe(1);
    expect(out).toMatch(/^failed attendance extract +no new file attendance\*\.csv in /m);
  });

  test('a whole file is found, and left where it lies', async () => {
    await served.dropExtracts();
    for (const _ of [1, 2]) {
      const { code, out } = await served.rollcall('check');
      expect(code).toBe(0);
      expect(out).toMatch(/^ok +attendance extract +.*: whole, of .*, \d+ rows of the last year/m);
      expect(out).toMatch(/^ok +contacts file +.*a new one is whole/m);
    }
  });

  test('a file that was put aside is a failure also where an earlier one is in force', async () => {
    const as = ['--as-of', served.morning()];
    expect((await served.rollcall('sync', ...as)).code).toBe(0);
    expect((await served.rollcall('check')).code).toBe(0);
    served.sis.faults.turnOn('file-truncated');
    served.nextDay();
    await served.dropExtracts();
    const { code, out } = await served.rollcall('check');
    expect(code).toBe(1);
    expect(out).toMatch(/^failed attendance extract +.*was refused: .*; the last one is of /m);
  });

  test('a file that cannot be used is named with the reason', async () => {
    served.sis.faults.turnOn('file-no-trailer');
    await served.dropExtracts();
    const { code, out } = await served.rollcall('check');
    expect(code).toBe(1);
    expect(out).toMatch(/^failed attendance extract +.*was refused: nothing proves that it is complete/m);
  });
});

describe('check, with Ed-Fi', () => {
  beforeAll(async () => {
    served = await serveDistrict('ed-fi');
  });
  afterAll(() => served.close());

  test('says whether changes are offered', async () => {
    const usual = await served.rollcall('check');
    expect(usual.code).toBe(0);
    expect(usual.out).toMatch(/^ok +Ed-Fi changes +changes can be asked for/m);
    const whole = await checkWith('ed-fi-no-change-queries');
    expect(whole.code).toBe(0);
    expect(whole.out).toMatch(/^ok +Ed-Fi changes +changes are not offered: every night reads everything/m);
  });

  test.each([
    ['ed-fi-forbidden', 403],
    ['ed-fi-not-found', 404],
  ] as const)('%s: this host offers no attendance', async (name, status) => {
    const { code, out } = await checkWith(name);
    expect(code).toBe(1);
    expect(out).toMatch(
      new RegExp(`^failed attendance rows +This host offers no attendance.*${status}`, 'm'),
    );
    expect(out).toContain('claim set');
  });
});
