import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { addDays, type SchoolDate } from '../../src/domain/school-date.ts';
import { type ServedDistrict, serveDistrict } from '../support/served-district.ts';

let served: ServedDistrict;
let student: string;
let today: SchoolDate;
beforeAll(async () => {
  served = await serveDistrict('oneroster-service');
  today = served.morning();
  expect((await served.rollcall(`sync --as-of ${today}`)).code).toBe(0);
  const row = await served.db
    .selectFrom('student')
    .innerJoin('absence_record', 'absence_record.student_id', 'student.id')
    .innerJoin('enrolment', 'enrolment.student_id', 'student.id')
    .select('student.sourced_id')
    .where('student.active', '=', true)
    .where('enrolment.ends', 'is', null)
    .where('absence_record.status', '=', 'absent')
    .groupBy('student.sourced_id')
    .orderBy(({ fn }) => fn.countAll(), 'desc')
    .orderBy('student.sourced_id')
    .executeTakeFirst();
  student = row?.sourced_id ?? 'nobody';
});
afterAll(() => served.close());

const contracts = (words: string, ...more: string[]) =>
  served.rollcall(`contracts ${words} --as-of ${today}`, ...more);
/** From some weeks ago on: what was missed since counts at once. */
const terms = (more = '') =>
  `--begins ${addDays(today, -70)} --ends ${addDays(today, 28)} --allowed-days 0.5 --basis all --by Dana${more}`;
const refIn = (out: string) => /C-[0-9A-Z]{4}-[0-9A-Z]{4}/.exec(out)?.[0] ?? 'no contract';

test('there is none at first', async () => {
  expect((await contracts('list')).out).toBe('There is no attendance contract.\n');
});

test.each<[string, () => string, () => string]>([
  [
    'an end before the beginning',
    () => `add ${student} ${terms()} --ends ${addDays(today, -71)}`,
    () =>
      `--ends: found ${addDays(today, -71)}, expected ${addDays(today, -70)}, the day on which it begins, or later`,
  ],
  [
    'no date',
    () => `add ${student} ${terms()} --ends soon`,
    () => '--ends takes a date of the calendar as YYYY-MM-DD; found "soon".',
  ],
  [
    'a quarter of a day',
    () => `add ${student} ${terms()} --allowed-days 0.25`,
    () => '--allowed-days: found "0.25", expected a number of whole or half days such as 0, 2 or 2.5',
  ],
  [
    'a misspelt code',
    () => `add ${student} ${terms()} --except-codes MEDD`,
    () => '--except-codes: found "MEDD", expected titles of attendance codes of the SIS',
  ],
  [
    'a student whom nobody knows',
    () => `add nobody ${terms()}`,
    () => 'No student has this sourcedId or number.',
  ],
  [
    'another basis',
    () => `add ${student} ${terms()} --basis some`,
    () => 'Allowed choices are all, unexcused.',
  ],
  [
    'a contract that is not there',
    () => 'show C-2222-2222',
    () => 'No attendance contract has the reference C-2222-2222.',
  ],
])('%s is refused', async (_name, words, message) => {
  const { code, err } = await contracts(words());
  expect(code).toBe(2);
  expect(err).toContain(message());
});

test('is recorded, shown with the days behind it, signed, and ended', async () => {
  const added = await contracts(`add ${student} ${terms()}`, '--note', 'Agreed in the office');
  expect(added.err).toBe('');
  const ref = refIn(added.out);
  expect(added.out).toContain(`${ref} is watched for ${student} from now on`);
  expect(added.out).toContain(`No signature is on record: \`rollcall contracts sign ${ref}\`.`);
  const due = await served.db
    .selectFrom('evaluation_due')
    .select('reason')
    .where('reason', '=', 'contract')
    .execute();
  expect(due).toHaveLength(1);

  const shown = await contracts(`show ${ref.toLowerCase()}`);
  expect(shown.out).toContain(`${ref} of ${student}: violated`);
  expect(shown.out).toContain('Note: Agreed in the office');
  expect(shown.out).toMatch(/The attendance contract C-\S+ is violated since/);
  const json = JSON.parse((await contracts(`show ${ref} --json`)).out);
  expect(json).toMatchObject({
    ref,
    student,
    state: 'violated',
    standing: { kind: 'violated', remaining: '0' },
  });
  expect(json.standing.days.length).toBeGreaterThan(0);

  expect((await contracts(`add ${student} ${terms()}`)).err).toContain(`days outside the contract ${ref}`);

  expect((await contracts(`sign ${ref} --on ${addDays(today, 1)} --by Dana`)).code).toBe(2);
  expect((await contracts(`sign ${ref} --on ${today} --by Dana`)).out).toContain(
    `The signature of ${today} is on record.`,
  );
  expect((await contracts(`sign ${ref} --on ${today} --by Dana`)).err).toContain(
    'has a signature on record already',
  );

  const listed = JSON.parse((await contracts('list --json --state in-force')).out);
  expect(listed).toMatchObject([{ ref, student, allowedDays: '0.5', signedOn: today }]);
  expect(JSON.stringify(listed)).not.toContain('Dana');
  expect((await contracts('list --csv')).out.split('\r\n')[0]).toBe(
    'contract,school,student,name,state,from,until,allowed,counts,signed',
  );

  // The next cycle tells what came of it.
  const plan = JSON.parse((await served.rollcall(`plan --json --as-of ${today}`)).out);
  expect(plan.studentsLookedAt).toBeGreaterThan(0);
  expect(
    (await served.rollcall(`explain ${student} --as-of ${today}`)).out.replaceAll(/\s+/g, ' '),
  ).toContain(`The attendance contract ${ref} is violated since`);

  expect((await contracts(`end ${ref} --by Dana`, '--why', 'a new one follows')).code).toBe(0);
  expect((await contracts(`end ${ref} --by Dana`, '--why', 'again')).err).toContain(
    `The contract ${ref} is over: it was refused, ended or kept before.`,
  );
  expect((await contracts('list --state ended')).out).toContain(ref);
  expect((await contracts('list --state in-force')).out).toBe('There is no attendance contract.\n');
});

test('is kept on record when the family refused it', async () => {
  const added = await contracts(`add ${student} ${terms(' --refused')}`);
  const ref = refIn(added.out);
  expect(added.out).toBe(
    `${ref} is in the file of ${student} as refused by the family. It is not watched.\n`,
  );
  expect((await contracts(`show ${ref}`)).out).toContain('It is not watched.');
});

test('says how it is called', async () => {
  for (const command of ['', 'add', 'list', 'show', 'sign', 'end']) {
    const { code, out } = await served.rollcall(`contracts ${command} --help`.replace('  ', ' '));
    expect(code).toBe(0);
    expect(out).toContain('Usage: rollcall contracts');
  }
});
