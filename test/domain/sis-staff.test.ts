import { describe, expect, test } from '@jest/globals';
import { schoolDate } from '../../src/domain/school-date.ts';
import type { StaffRecord } from '../../src/domain/sis-records.ts';
import { judgeStaffRead, type StaffRules, staffOfSis } from '../../src/domain/sis-staff.ts';

const today = schoolDate('2026-10-05');
const rules: StaffRules = {
  roles: { principal: 'administrator', counselor: 'counselor' },
  emailDomains: ['district.test'],
  schools: ['lincoln', 'adams'],
  spokenFor: new Set(['named@district.test']),
};

function aPerson(changes: Partial<StaffRecord> = {}, role = 'principal', schoolSourcedId = 'lincoln') {
  const roles = [{ role, schoolSourcedId, begins: null, ends: null }];
  const names = { givenName: 'Pat', familyName: 'Reed' };
  return { sourcedId: 'p1', active: true, ...names, email: 'pat@district.test', roles, ...changes };
}

const inPrincipal = (begins: string | null, ends: string | null) => ({
  roles: [
    {
      role: 'principal',
      schoolSourcedId: 'lincoln',
      begins: begins === null ? null : schoolDate(begins),
      ends: ends === null ? null : schoolDate(ends),
    },
  ],
});

const seen = (people: readonly StaffRecord[], changed: Partial<StaffRules> = {}) =>
  staffOfSis(people, { ...rules, ...changed }, today).map(
    ({ email, role, schools }) => `${email} ${role} ${String(schools)}`,
  );

describe('staff by the SIS', () => {
  test.each<[string, StaffRecord[], string[]]>([
    ['a role that is named', [aPerson()], ['pat@district.test administrator lincoln']],
    [
      'an address in capitals',
      [aPerson({ email: 'Pat@District.TEST' })],
      ['pat@district.test administrator lincoln'],
    ],
    ['a role that is not named', [aPerson({}, 'teacher')], []],
    ['a role with a name of every object', [aPerson({}, 'constructor')], []],
    ['a role at the district', [aPerson({}, 'principal', 'the-district')], []],
    ['a person who is gone', [aPerson({ active: false })], []],
    ['no address', [aPerson({ email: null })], []],
    ['an address elsewhere', [aPerson({ email: 'pat@mail.test' })], []],
    ['an address below the domain', [aPerson({ email: 'pat@x.district.test' })], []],
    ['a box of the office', [aPerson({ email: 'office@district.test' })], []],
    ['two addresses', [aPerson({ email: 'a@district.test, b@district.test' })], []],
    ['two people with one address', [aPerson(), aPerson({ sourcedId: 'p2' }, 'counselor')], []],
    ['somebody whom the configuration names', [aPerson({ email: 'named@district.test' })], []],
    ['a role that begins tomorrow', [aPerson(inPrincipal('2026-10-06', null))], []],
    ['a role that ended yesterday', [aPerson(inPrincipal(null, '2026-10-05'))], []],
    [
      'a role on its last day',
      [aPerson(inPrincipal(null, '2026-10-06'))],
      ['pat@district.test administrator lincoln'],
    ],
  ])('%s', (_what, people, expected) => {
    expect(seen(people)).toEqual(expected);
  });

  test('one person may have several roles, each at its schools', () => {
    const at = (role: string, schoolSourcedId: string) => ({
      role,
      schoolSourcedId,
      begins: null,
      ends: null,
    });
    const roles = [at('principal', 'lincoln'), at('counselor', 'adams'), at('principal', 'adams')];
    expect(seen([aPerson({ roles })])).toEqual([
      'pat@district.test administrator adams,lincoln',
      'pat@district.test counselor adams',
    ]);
  });
});

describe('a read of staff', () => {
  test.each([
    ['the first, of a whole district', 0, 400, 'doubtful'],
    ['the first, of a small one', 0, 8, 'right'],
    ['as before', 40, 42, 'right'],
    ['a few more in a small district', 3, 12, 'right'],
    ['everybody at once', 40, 400, 'doubtful'],
    ['nobody left', 40, 0, 'doubtful'],
    ['nobody left of a few', 4, 0, 'right'],
    ['many more, of many', 1_000, 1_100, 'right'],
  ])('%s: from %i to %i is %s', (_what, had, would, kind) => {
    expect(judgeStaffRead(had, would).kind).toBe(kind);
  });
});
