import { days } from '../../../src/domain/days.ts';
import type { Policy } from '../../../src/domain/policy.ts';
import type { SchoolDate } from '../../../src/domain/school-date.ts';
import type { GuardianRecord } from '../../../src/domain/sis-records.ts';
import type { Office } from '../office.ts';
import {
  aCode,
  aDeletedAbsence,
  aGuardian,
  anAbsence,
  aSchool,
  aStudent,
  enrolledAt,
  linkTo,
} from '../sis-records.ts';
import {
  addressOf,
  type Child,
  idOf,
  type Parent,
  type Place,
  type PolicyName,
  threshold,
  type World,
} from './world.ts';

const OTHER_SCHOOL = 'washington';

/** @param from the day that the policy names; null: it holds at once */
export function policyCalled(
  name: PolicyName,
  { setting }: World,
  shipped: Policy,
  from: SchoolDate | null = null,
): Policy {
  const told = name === 'shipped' ? '' : ` ${name}`;
  const asks = setting.asks.length === 0 ? '' : ' asks';
  return {
    ...shipped,
    version: `${shipped.version}${told}${asks}`,
    contentHash: `${shipped.contentHash}${told}${asks}`,
    effectiveFrom: from,
    steps: shipped.steps.map((step) => ({
      ...step,
      at: days(String(threshold(name, step.id))),
      approval: setting.asks.includes(step.id) ? { role: 'administrator', days: 2 } : null,
    })),
  };
}

/** Tells the program what may leave at which school. */
export function tellModes(office: Office, { modes }: World): void {
  office.mode('live', { [office.school]: modes.here, [OTHER_SCHOOL]: modes.there });
}

/** Makes the SIS of the office say what the world says. */
export function tellSis({ sis, school }: Office, world: World): void {
  const { children } = world;
  world.unread = true;
  sis.schools = [aSchool(school), aSchool(OTHER_SCHOOL)];
  sis.codes = [aCode('unx')];
  const schoolId = (at: Place) => (at === 'here' ? school : OTHER_SCHOOL);
  sis.students = children.map(({ name, renamed, schools, leftOn }) =>
    aStudent(idOf({ name, renamed }), {
      givenName: name,
      aliases: [numberOf(name)],
      enrolments: schools.map(({ since, at }, index) =>
        enrolledAt(schoolId(at), { begins: since, ends: schools[index + 1]?.since ?? leftOn }),
      ),
    }),
  );
  sis.guardians = children.flatMap((child) =>
    child.parents.flatMap((parent) => [
      ...(parent.records === 'second' ? [] : [guardianOf(child, parent, idOf(parent), true)]),
      ...(parent.records === 'one'
        ? []
        : [guardianOf(child, parent, `${parent.name}~second`, parent.records === 'second')]),
    ]),
  );
  sis.absences = [
    // Keeps the collection from being empty.
    anAbsence('nobody', '2026-08-19', { sourcedId: 'anchor', schoolSourcedId: school }),
    ...children.flatMap(({ name, renamed, rows, schools, unmapped }) => [
      ...[...rows].map(([date, isThere]) =>
        isThere
          ? anAbsence(name, date, {
              studentSourcedId: idOf({ name, renamed }),
              schoolSourcedId: schoolId(schools.findLast(({ since }) => since <= date)?.at ?? 'here'),
            })
          : aDeletedAbsence(name, date),
      ),
      ...(unmapped
        ? [
            anAbsence(name, '2026-08-20', {
              sourcedId: `${name}/unmapped`,
              studentSourcedId: idOf({ name, renamed }),
              codeSourcedId: 'new',
              schoolSourcedId: school,
            }),
          ]
        : [{ sourcedId: `${name}/unmapped`, deleted: true as const }]),
    ]),
  ];
}

/** @param isNumbered two records never have the same number */
function guardianOf(child: Child, parent: Parent, id: string, isNumbered: boolean): GuardianRecord {
  const { name, channel, standing } = parent;
  return aGuardian(id, {
    givenName: name,
    aliases: isNumbered ? [numberOf(name)] : [],
    address: { lines: [`1 ${name} Street`], city: 'Cedar Valley', state: 'UT', postalCode: '84999' },
    email: channel === 'email' ? addressOf(parent) : null,
    noContact: standing === 'barred',
    links: [
      linkTo(idOf(child)),
      ...(standing === 'contradictory' ? [linkTo(idOf(child), { guardian: false })] : []),
    ],
  });
}

/** Stays the same under every id. */
export function numberOf(name: string): string {
  return `number-of-${name}`;
}
