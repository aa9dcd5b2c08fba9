import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { loadTemplates } from '../../src/documents/template.ts';
import { writeCorrectionLetter } from '../../src/procedure/correction-letter.ts';
import { readDocument } from '../../src/store/documents.ts';
import { type Office, openOffice } from '../support/office.ts';
import { readPdf } from '../support/pdf.ts';
import { weekdaysFrom } from '../support/sis-records.ts';

let office: Office;
beforeAll(async () => {
  office = await openOffice();
});
afterAll(() => office.close());

const EIGHT = weekdaysFrom('2026-09-08', 8);

async function correction() {
  const [letter] = await office.letters();
  const letterbox = {
    db: office.db,
    config: office.config,
    templates: await loadTemplates('templates'),
  };
  return writeCorrectionLetter(letterbox, await office.jobs.procedure(), letter?.ref ?? '', office.moment());
}

test('a letter that stands is not corrected; one that is superseded is taken back in writing', async () => {
  office.absent(EIGHT);
  await office.days('2026-09-17', '2026-09-23');
  expect(await office.steps()).toMatchObject({ 'first-letter': 'taken' });
  expect(await correction()).toEqual({ kind: 'nothing-to-correct' });

  office.absent(EIGHT.slice(0, 5));
  await office.days('2026-09-24', '2026-09-29');
  expect(await office.steps()).toMatchObject({ 'first-letter': 'taken, superseded' });
  const [sent] = await office.letters();
  const written = await correction();
  if (written.kind !== 'written' || written.letter.kind !== 'rendered') throw new Error(written.kind);
  expect(written.ref).not.toBe(sent?.ref);
  const text = written.letter.text.replace(/\s+/g, ' ');
  expect(text).toMatch(/It said [78] days\. What our records show now, as of September 2\d, 2026: 5 days\./);
  expect(text).toContain(`The earlier letter has the reference ${sent?.ref}.`);
  expect(text.match(/- \w{3}, Sep \d+, 2026/g)).toHaveLength(5);
  expect(written.letter.templateVersion).toMatch(/^correction-letter\.en v2 \([0-9a-f]{8}\)$/);
});

test('the clerk writes it from the command line, and it lies in the file', async () => {
  const [sent] = await office.letters();
  const file = join(office.config.dataDir, 'correction.pdf');
  const correct = (ref: string, path = file) =>
    office.rollcall('letters', 'correct', ref, '--out', path, '--by', 'Dana Ruiz', '--as-of', '2026-09-29');
  expect(await correct(sent?.ref ?? '')).toMatchObject({
    code: 0,
    out: expect.stringMatching(/correction\.pdf: L-[0-9A-Z]{4}-[0-9A-Z]{4}, 1 page, en\.\n$/),
  });
  expect((await readPdf(await readFile(file))).text).toContain(sent?.ref);
  const filed = await office.db
    .selectFrom('file_entry')
    .select(['title', 'document_id'])
    .where('file_entry.kind', '=', 'document')
    .execute();
  const written = await readFile(file);
  const same = [];
  for (const { title, document_id } of filed) {
    const { bytes } = await readDocument(office.db, document_id ?? '');
    if (bytes.equals(written)) same.push(title);
  }
  expect(same).toEqual([
    expect.stringMatching(/^Correction letter L-\S+ written: what letter L-\S+ said no longer stands$/),
  ]);
  expect(await correct('L-2222-2222', join(office.config.dataDir, 'none.pdf'))).toMatchObject({
    code: 2,
    err: expect.stringContaining('No letter'),
  });
  expect(await correct(sent?.ref ?? '')).toMatchObject({
    code: 2,
    err: expect.stringContaining('is there already; name a new file'),
  });
  expect(await readFile(file)).toEqual(written);
});

test('written again it is the same letter; to another door another, to nobody who may not be written to, under no hold', async () => {
  const writtenNow = async () => {
    const one = await correction();
    return one.kind === 'written' ? one.ref : one;
  };
  const before = await writtenNow();
  await office.day('2026-09-30');
  expect(await writtenNow()).toBe(before);
  const entries = await office.db
    .selectFrom('file_entry')
    .select('title')
    .where('kind', '=', 'document')
    .execute();
  expect(entries).toHaveLength(1);
  const family = office.sis.guardians;
  const address = { lines: ['9 Other Road'], city: 'Cedar Valley', state: 'UT', postalCode: '84999' };
  office.sis.guardians = family.map((one) => ({ ...one, address }));
  await office.sync();
  const moved = await correction();
  if (moved.kind !== 'written' || moved.letter.kind !== 'rendered') throw new Error(moved.kind);
  expect(moved.ref).not.toBe(before);
  expect((await readPdf(moved.letter.pdf)).text).toContain('9 Other Road');
  office.sis.guardians = family.map((one) => ({ ...one, noContact: true }));
  await office.sync();
  expect(await correction()).toEqual({ kind: 'may-not', because: 'no-recipient' });
  office.sis.guardians = family;
  await office.sync();
  await office.hold({ scope: 'everything', begins: '2026-09-30', ends: '2026-09-30' });
  expect(await correction()).toEqual({ kind: 'may-not', because: 'hold' });
  office.at('2026-10-01');
});

test('the form of a contract is written with the names of those who sign, and its terms', async () => {
  const { config, school } = office;
  const [file = '', vietnamese = '', none = ''] = ['form.pdf', 'vi.pdf', 'none.pdf'].map((name) =>
    join(config.dataDir, name),
  );
  const added = await office.rollcall(
    ...'contracts add ada --begins 2026-10-01 --ends 2026-11-20 --allowed-days 2 --basis unexcused'.split(
      ' ',
    ),
    ...'--by Dana --as-of 2026-09-29'.split(' '),
  );
  const ref = /C-[0-9A-Z]{4}-[0-9A-Z]{4}/.exec(added.out)?.[0] ?? added.err;
  const form = (path: string, ...more: string[]) =>
    office.rollcall('contracts', 'form', ref, '--out', path, '--as-of', '2026-09-29', ...more);
  const { code, out, err } = await form(file);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(/form\.pdf: 1 page, en\.\n$/);
  const pdf = await readPdf(await readFile(file));
  const name = await office.db
    .selectFrom('guardian')
    .select(['given_name', 'family_name'])
    .executeTakeFirstOrThrow();
  expect(pdf.text).toContain(`Parent or guardian: ${name.given_name} ${name.family_name}`);
  expect(pdf.text).toContain('2 unexcused days');
  expect(pdf.text).toContain(ref);
  expect(pdf.text).toContain(config.schools.find(({ id }) => id === school)?.signature.name ?? 'nobody');

  expect(JSON.parse((await form(vietnamese, '--json', '--language', 'vi')).out)).toMatchObject({
    languages: ['en'],
  });
  expect((await readPdf(await readFile(vietnamese))).text).toContain('Để được giúp bằng tiếng Việt');
  const nobody = await office.rollcall('contracts', 'form', 'C-2222-2222', '--out', none);
  expect(nobody).toMatchObject({ code: 2, err: expect.stringContaining('No attendance contract has') });
});
