import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { listAskedApprovals } from '../../src/store/approvals.ts';
import { type Office, openOffice } from '../support/office.ts';
import { aStudent, weekdaysFrom } from '../support/sis-records.ts';

const REACHED = '2026-09-21';
let office: Office;
/** References of the approvals, by student. */
let refs: Record<string, string>;

beforeAll(async () => {
  office = await openOffice({
    policy: (text) =>
      text.replace('letter: first-letter', 'letter: first-letter\n    approval: administrator'),
  });
  const [ada] = office.sis.students;
  const [mum] = office.sis.guardians;
  if (ada === undefined || mum === undefined) throw new Error('there is no Ada');
  for (const id of ['ben', 'cleo', 'dan']) {
    office.sis.students.push(aStudent(id, { enrolments: ada.enrolments, givenName: '=Hans' }));
    const links = mum.links.map((link) => ({ ...link, studentSourcedId: id }));
    office.sis.guardians.push({
      ...mum,
      sourcedId: `mum of ${id}`,
      email: `${id}@family.example.org`,
      links,
    });
  }
  for (const id of ['ada', 'ben', 'cleo']) office.absent(weekdaysFrom('2026-09-08', 7), id);
  await office.day(REACHED);
  refs = Object.fromEntries((await listAskedApprovals(office.db)).map(({ student, ref }) => [student, ref]));
}, 60_000);
afterAll(() => office.close());

const batches = (...words: string[]) => office.rollcall('batches', ...words);

async function theGroup(): Promise<string> {
  const { approvals } = JSON.parse((await batches('list', '--json')).out);
  expect(approvals).toHaveLength(1);
  return approvals[0].ref;
}

describe('approvals of a step at a school, answered together', () => {
  test('list and show have them by school and step, with nobody’s name in JSON and no formula in CSV', async () => {
    const ref = await theGroup();
    const { out } = await batches();
    expect(out).toMatch(/reference +why +school +step +letters +on paper +first +last +asked/);
    expect(out).toMatch(new RegExp(`${ref} +the policy asks the administrator .* first-letter +3 `));
    expect((await batches('show', ref)).out).toMatch(new RegExp(`${refs.ben} +ben +=Hans`));
    expect((await batches('show', ref, '--csv')).out).toContain(",'=Hans ");
    expect((await batches('show', ref, '--json')).out).not.toContain('Hans');
  });

  test('whoever is not in it cannot be excepted, and nothing is answered', async () => {
    const ref = await theGroup();
    const wrong = await batches('approve', ref, '--by', 'Al', '--why', 'seen', '--except', 'A-NONE-0000');
    expect(wrong.code).toBe(2);
    expect(wrong.err).toContain(`--except names A-NONE-0000, expected approvals of ${ref}`);
    expect(await theGroup()).toBe(ref);
  });

  test('a set that has changed has another reference: the old one is refused', async () => {
    const before = await theGroup();
    office.absent(weekdaysFrom('2026-09-08', 7), 'dan');
    await office.day(REACHED);
    const refused = await batches('approve', before, '--by', 'Al', '--why', 'seen', '--as-of', REACHED);
    expect(refused.code).toBe(2);
    expect(refused.err).toContain(`no approvals have the reference ${before} now`);
    expect(await listAskedApprovals(office.db)).toHaveLength(4);
  });

  test('all but one are approved with one yes; the other one is refused', async () => {
    const said = ['--by', 'Al', '--why', 'seen', '--as-of', REACHED, '--except', refs.cleo ?? ''];
    const approved = await batches('approve', await theGroup(), ...said);
    expect(approved).toMatchObject({ code: 0, err: '' });
    expect(approved.out).toContain('Approved: 3, refused: 1.');
    await office.work();
    expect(await office.steps('ben')).toMatchObject({ 'first-letter': 'taken' });
    expect(await office.steps('cleo')).toMatchObject({ 'first-letter': 'skipped' });
    expect((await batches()).out).toBe('No batch waits for a yes.\n');
  });
});

test.each([
  [['approve', 'B-NONE-0000', '--by', 'A', '--why', 'b'], 'No batch has the reference B-NONE-0000'],
  [['approve', 'B-NONE-0000', '--by', 'A'], "required option '--why <reason>' not specified"],
  [['show', 'B-NONE-0000'], 'No batch has the reference B-NONE-0000'],
])('batches %j is a wrong call', async (words, message) => {
  const { code, err } = await batches(...words);
  expect(code).toBe(2);
  expect(err).toContain(message);
});

test('a stop that there is not cannot be released', async () => {
  const { code, err } = await office.rollcall('brakes', 'release', 'S-NONE', '--by', 'A', '--why', 'b');
  expect(code).toBe(2);
  expect(err).toContain('No stop has the reference S-NONE: sending has not stopped.');
  expect((await office.rollcall('brakes')).out).toBe('No brake keeps a letter back.\n');
});
