import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { buildDistrict } from '../../src/demo/district/build-district.ts';
import { endOfDate } from '../../src/demo/district/state-on.ts';
import { writeExtracts } from '../../src/demo/extracts/write-extracts.ts';
import type { FaultName } from '../../src/demo/faults/catalogue.ts';
import type { fileFaults } from '../../src/demo/faults/file-faults.ts';
import { createFaults } from '../../src/demo/faults/switchboard.ts';
import { schoolDate } from '../../src/domain/school-date.ts';

const district = buildDistrict({
  seed: 'faults',
  schools: 2,
  students: 60,
  schoolYear: 2027,
  timeZone: 'America/Denver',
});
const instant = new Date(endOfDate(district, schoolDate('2026-11-20')));
const ATTENDANCE = 'attendance-20261120.csv';
const CONTACTS = 'contacts-20261120.csv';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-files-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** What lies in the folder, by name. */
async function written(...faults: FaultName[]): Promise<Map<string, Buffer>> {
  await writeExtracts({ district, instant, folder, faults: createFaults(faults) });
  const names = await readdir(folder);
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name))] as const)),
  );
}

const lines = (file: Buffer | undefined) => String(file).trimEnd().split('\r\n');
const trailer = (file: Buffer | undefined) => (lines(file).at(-1) ?? '').split(',');
const size = (file: Buffer | undefined) => file?.length ?? 0;

const cases: Record<
  keyof typeof fileFaults,
  (faulty: Buffer | undefined, sound: Buffer, all: ReadonlyMap<string, Buffer>) => boolean
> = {
  'file-truncated': (f, s) => size(f) === Math.floor(s.length / 2) && s.includes(f ?? ''),
  'file-no-trailer': (f, s) => lines(f).length === lines(s).length - 1 && !String(f).includes('TRAILER'),
  'file-wrong-trailer': (f, s) => Number(trailer(f)[1]) === Number(trailer(s)[1]) + 7,
  'file-wrong-side-file': (f, s, all) =>
    !String(f).includes('TRAILER') &&
    JSON.parse(String(all.get(`${ATTENDANCE}.done`))).rows === Number(trailer(s)[1]) + 7,
  'file-stale': (f, s) => (trailer(f)[2] ?? '') < (trailer(s)[2] ?? ''),
  'file-dated-ahead': (f, s) => (trailer(f)[2] ?? '') > (trailer(s)[2] ?? ''),
  'file-growing': (f, s) => size(f) === Math.floor(s.length / 2),
  'file-missing': (f) => f === undefined,
  'file-shrunken': (f, s) =>
    lines(f).length < lines(s).length / 2 + 2 && Number(trailer(f)[1]) === lines(f).length - 2,
  'file-empty': (f) => lines(f).length === 2 && trailer(f)[1] === '0',
  'file-bad-header': (f) => lines(f)[0]?.split(',').includes('date') === false,
  'file-no-header': (f, s) => lines(f).length === lines(s).length - 1 && lines(f)[1] === lines(s)[2],
  'file-wrong-encoding': (f, s) => f?.toString('utf16le') === s.toString('utf8'),
  'file-open-quote': (f, s) => size(f) === s.length + 1,
  'contacts-file-truncated': (f, s) => f?.equals(s) ?? false,
};

test.each(Object.entries(cases))('%s shows', async (name, shows) => {
  const sound = (await written()).get(ATTENDANCE) ?? Buffer.alloc(0);
  await rm(folder, { recursive: true });
  const faulty = await written(name as FaultName);
  expect(shows(faulty.get(ATTENDANCE), sound, faulty)).toBe(true);
});

test('contacts-file-truncated: half of the contacts', async () => {
  const sound = size((await written()).get(CONTACTS));
  expect(size((await written('contacts-file-truncated')).get(CONTACTS))).toBe(Math.floor(sound / 2));
});

test('a sound file was last written when it was extracted, a growing one is written later', async () => {
  await written();
  expect((await stat(join(folder, ATTENDANCE))).mtime).toEqual(instant);
  await written('file-growing');
  expect((await stat(join(folder, ATTENDANCE))).mtime.getTime()).toBeGreaterThan(instant.getTime());
});
