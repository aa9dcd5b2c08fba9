import { personAlias } from '../../domain/person-alias.ts';
import type { WireStudent } from './wire-schemas.ts';

type Identified = Pick<WireStudent, 'sourcedId' | 'identifier' | 'userIds'>;

/** `s204`, `g17`: Infinite Campus' ids in OneRoster 1.1 are a letter and the number of the person. */
const PERSON_ID = /^[a-z](\d{1,12})$/;

/**
 * Types of `userIds` that name one person for good, without case, blanks and hyphens. Others name a household, an
 * account or whatever a vendor keeps there: taken for a person's own, they would make one child of two.
 */
const PERSON_ID_TYPES: ReadonlySet<string> = new Set([
  'personid',
  'personguid',
  'sisid',
  'sispersonid',
  'studentid',
  'studentnumber',
  'localstudentid',
  'stateid',
  'stateidentifier',
  'statestudentid',
  'statestudentnumber',
  'studentstateid',
  'studentuniqueid',
  'ssid',
  'sasid',
]);

const asType = (type: string) => type.toLowerCase().replace(/[^a-z0-9]/g, '');

/**
 * The other ids of a person: Infinite Campus' older one, and the numbers that other systems use.
 * @param idTypes further `type`s of `userIds` that name one person, beside those that everybody uses
 */
export function aliasesOf(
  person: Identified,
  legacySourcedId: string | null,
  idTypes: readonly string[] = [],
): string[] {
  const ids = [person.sourcedId, ...(legacySourcedId === null ? [] : [legacySourcedId])];
  const personIds = ids.flatMap((id) => {
    const digits = PERSON_ID.exec(id)?.[1];
    return digits === undefined ? [] : [personAlias('person-id', digits)];
  });
  const further = new Set(idTypes.map(asType));
  const userIds = person.userIds.told.flatMap((userId) => {
    const [type, identifier] = [userId.type.told, userId.identifier.told];
    if (type === null || identifier === null) return [];
    // Two records that were made one name the id of the one that has ended.
    if (/sourcedid$/i.test(type)) return [identifier];
    const known = asType(type);
    return PERSON_ID_TYPES.has(known) || further.has(known) ? [personAlias(type, identifier)] : [];
  });
  const number = person.identifier.told === null ? [] : [personAlias('number', person.identifier.told)];
  return [...new Set([...ids.slice(1), ...personIds, ...userIds, ...number])].filter(
    (alias) => alias !== person.sourcedId,
  );
}
