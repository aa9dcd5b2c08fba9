import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { asPolicy, policySchema } from '../../src/config/policy-schema.ts';
import { readYamlFile } from '../../src/config/yaml-file.ts';
import { longDate } from '../../src/documents/dates.ts';
import { type PolicyDocument, policyPdf, policyText } from '../../src/documents/policy-pages.ts';
import { days } from '../../src/domain/days.ts';
import type { Policy, Step } from '../../src/domain/policy.ts';
import { describePolicy } from '../../src/domain/policy-words.ts';
import { schoolDate } from '../../src/domain/school-date.ts';
import { aPolicy, aStep } from '../support/domain-builders.ts';
import { readPdf } from '../support/pdf.ts';

const names = { school: (id: string) => `School ${id}`, date: (date: never) => longDate(date, 'en') };
const chapter = (policy: Policy, title: string) =>
  describePolicy(policy, names).chapters.find((one) => one.title.includes(title))?.points ?? [];
const pointsOf = (step: Partial<Step>) =>
  chapter(aPolicy({ steps: [{ ...aStep({ id: 'one', at: '4' }), ...step }] }), 'Step 1');
const counting = (rules: Partial<Policy['counting']>, step: Partial<Step> = {}) =>
  chapter(
    aPolicy({
      counting: { ...aPolicy().counting, ...rules },
      steps: [{ ...aStep({ id: 'one', at: '4' }), ...step }],
    }),
    'How days are counted',
  );

/** @param hash in the place of the real one, which changes with each new key of the file */
function documentOf(path: string, hash?: string): PolicyDocument & { readonly policy: Policy } {
  const { value } = readYamlFile(path, policySchema);
  if (value === null) throw new Error(`${path} cannot be read`);
  const read = asPolicy(value, { 'org-101': 7 });
  const policy =
    hash === undefined ? read : { ...read, contentHash: hash, version: `${value.version} (${hash})` };
  const text = describePolicy(policy, names);
  return {
    district: 'Riverbend Unified School District',
    date: schoolDate('2026-09-01'),
    version: policy.version,
    text,
    policy,
  };
}

const FILES = [
  ['config/policy.yaml', 'test/domain/golden-policies/shipped.txt'],
  ['config/examples/three-letters/policy.yaml', 'test/domain/golden-policies/three-letters.txt'],
] as const;

describe.each(FILES)('%s', (path, golden) => {
  test('reads as a procedure, word for word', () => {
    const policy = documentOf(path, 'HASH');
    const overview = policy.text.overview.map(({ at, step, what }) => `  ${at} | ${step} | ${what}`);
    const text = policyText(policy, overview.join('\n'));
    // `GOLDEN=write` writes the texts anew; a person reads them before they go in.
    if (process.env.GOLDEN === 'write') writeFileSync(golden, text);
    expect(text).toBe(readFileSync(golden, 'utf8'));
  });

  test('names the hash of its content', () => {
    const { value } = readYamlFile(path, policySchema);
    const hash = createHash('sha256')
      .update(JSON.stringify([value, [['org-101', 7]]]))
      .digest('hex');
    expect(documentOf(path).text.head).toContainEqual(['Content (SHA-256)', hash]);
    expect(documentOf(path).version).toContain(`(${hash.slice(0, 8)})`);
  });

  test('is a tagged PDF that says the same', async () => {
    const policy = documentOf(path);
    const bytes = await policyPdf(policy);
    expect((await policyPdf(policy)).equals(bytes)).toBe(true);
    const pdf = await readPdf(bytes);
    expect(pdf).toMatchObject({
      tagged: true,
      language: 'en',
      title: 'Attendance procedure of Riverbend Unified School District',
    });
    const roles = new Set(pdf.pages.flatMap((page) => page.roles));
    for (const role of ['H1', 'H2', 'Table', 'TH', 'TD', 'L', 'LI', 'LBody']) expect(roles).toContain(role);
    const plain = (text: string) => text.replace(/\s+/g, '');
    const said = plain(pdf.text);
    expect(said).toContain(plain(policy.version));
    for (const { title, points } of policy.text.chapters) {
      expect(said).toContain(plain(title));
      // A point that goes over to the next page has a footer in its middle.
      for (const point of points) expect(said).toContain(plain(point.slice(0, 40)));
    }
  });
});

describe('a step', () => {
  test.each<[string, Partial<Step>, string]>([
    ['days', {}, 'It is owed when a student reaches 4 days of absence in the school year.'],
    ['one day', { at: days('1') }, 'It is owed when a student reaches 1 day of absence in the school year.'],
    [
      'unexcused days of a term',
      { basis: 'unexcused', window: { kind: 'term' } },
      'It is owed when a student reaches 4 days of unexcused absence in a term.',
    ],
    [
      'a percentage',
      { unit: 'percent', at: days('10'), window: { kind: 'last', schoolDays: 30 } },
      'It is owed when a student’s days of absence reach 10 % of the school days on which he or she was enrolled in the last 30 school days, once these are 20 or more.',
    ],
    [
      'a row of days',
      { unit: 'consecutive', basis: 'unexcused' },
      'It is owed when a student misses 4 whole school days in a row in the school year, all unexcused.',
    ],
    [
      'a violated contract',
      { orWhen: ['contract-violated'] },
      'It is owed as well when an attendance contract is violated, whatever the count.',
    ],
    [
      'for some students',
      { grades: ['09', '10'], schools: ['7'], ages: { from: 6, to: 17 } },
      'It is for students in grades 09 and 10, of School 7, aged 6 to 17 only.',
    ],
    ['today', { settleDays: 0 }, 'An absence counts for it on the same day.'],
    [
      'a task of the district’s own',
      { tasks: [{ kind: 'home-visit', role: 'counselor', dueInSchoolDays: 0 }] },
      'The counselor has the task “home-visit”, on the same day.',
    ],
    [
      'an approval',
      { letter: 'first', approval: { role: 'administrator', days: 2 } },
      'Before the letter is written, the administrator has to approve, within 2 school days. What is refused does not leave.',
    ],
    [
      'a deadline',
      { letter: 'first', settleDays: 3, legalDeadlineDays: 10, approval: { role: 'administrator', days: 2 } },
      'The law wants it out within 10 school days after the count is reached; 5 of them are for notes to come in and for the approval.',
    ],
    [
      'once more in a new term',
      { letter: 'first', requalify: true, window: { kind: 'term' } },
      'It is owed once more when the count has been lower in between, as in a new term.',
    ],
    [
      'medical notes',
      { asksForMedicalNotes: true },
      'From then on the family is asked for medical notes until the school year ends.',
    ],
  ])('%s', (_name, step, point) => expect(pointsOf(step)).toContain(point));
});

describe('counting', () => {
  test.each<[string, Partial<Policy['counting']>, string]>([
    [
      'tardies',
      { tardies: { perDay: 3, excuses: ['unexcused', 'unknown'] } },
      '3 tardies that are unexcused or not coded yet make one day, shown separately. Early releases and school activities do not count.',
    ],
    [
      'minutes',
      { measure: 'minutes' },
      'How much of a day was missed is told by minutes: 300 minutes or more missed are a whole day, 150 or more half a day.',
    ],
    [
      'an exception',
      {
        exceptions: [
          {
            schools: ['7'],
            grades: ['KG'],
            measure: 'periods',
            wholeDayMinutes: null,
            halfDayMinutes: null,
            periodsPerDay: 7,
          },
        ],
      },
      'Otherwise at School 7 in grade KG: the share of periods is taken and a day has 7 periods.',
    ],
    ['suspensions', { suspensionCounts: true }, 'Suspensions count like other absences.'],
    [
      'a code',
      {
        codes: [{ title: 'WTR', status: 'absent', excuse: 'excused', suspension: false, confidential: true }],
      },
      'Code WTR means absent, excused, and it is confidential: its dates are in no letter.',
    ],
  ])('%s', (_name, rules, point) => expect(counting(rules)).toContain(point));

  test('what is not coded yet matters only where unexcused days alone count', () => {
    const point = 'Where unexcused days alone count, a day that is not coded yet counts as one.';
    expect(counting({ unknownExcuse: 'unexcused' })).not.toContain(point);
    expect(counting({ unknownExcuse: 'unexcused' }, { basis: 'unexcused' })).toContain(point);
  });
});

test('holds, with what each stops and whose it is', () => {
  const holds: Policy['holds'] = {
    remindSchoolDays: 3,
    kinds: [
      { kind: 'illness-plan', scope: 'letters', longestDays: 180 },
      { kind: 'deceased', scope: 'absolute', longestDays: null },
    ],
    fromSis: [{ field: 'deceased', is: ['true', 'Y'], kind: 'deceased', owner: 'administrator' }],
  };
  expect(chapter(aPolicy({ holds }), 'Holds')).toEqual([
    'A hold keeps a student from letters or more. It has an owner and a reason, and what is owed waits until it ends.',
    'illness-plan: stops letters and nothing else; at most 180 calendar days.',
    'deceased: stops everything, until a person ends it.',
    'A student whose field “deceased” in the SIS is “true” or “Y” has the hold deceased; it belongs to the administrator.',
    'The owner is reminded 3 school days before a hold ends.',
  ]);
});
