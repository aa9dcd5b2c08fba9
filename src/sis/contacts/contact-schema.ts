import { personAlias } from '../../domain/person-alias.ts';
import type { ContactRecord, PostalAddress } from '../../domain/sis-records.ts';
import { carefulIdCell, carefulTextCell } from '../csv/cells.ts';
import { type Careful, doubtsIn, type FieldDoubt } from '../oneroster/careful.ts';
import { carefulFlag } from '../oneroster/wire-fields.ts';
import { type Field, Refusal, shape, type Told } from '../shape.ts';
import type { ContactColumn } from './contact-columns.ts';

/**
 * A row may hold the only word that somebody must not be written to. So a cell that cannot be read never costs its row:
 * flags mean the safe side then, everything else is as if it were empty, and both are told.
 */
const cellsSchema = shape({
  studentSourcedId: carefulIdCell(),
  studentPersonId: carefulIdCell(),
  studentNumber: carefulIdCell(),
  studentStateId: carefulIdCell(),
  contactSourcedId: carefulIdCell(),
  contactPersonId: carefulIdCell(),
  givenName: carefulTextCell(200),
  familyName: carefulTextCell(200),
  relationship: carefulTextCell(60),
  guardian: carefulFlag(false),
  mailing: carefulFlag(false),
  noContact: carefulFlag(true),
  private: carefulFlag(true),
  wantsPaper: carefulFlag(true),
  language: carefulTextCell(20),
  addressLine1: carefulTextCell(80),
  addressLine2: carefulTextCell(80),
  city: carefulTextCell(80),
  state: carefulTextCell(20),
  postalCode: carefulTextCell(20),
  email: carefulTextCell(1_000),
  homePhone: carefulTextCell(40),
  cellPhone: carefulTextCell(40),
} satisfies Record<ContactColumn, Field<Careful<unknown>>>);

type ReadCells = Told<typeof cellsSchema>;

export interface ReadContact {
  readonly record: ContactRecord;
  /** By our names of the columns. */
  readonly doubts: readonly FieldDoubt[];
}

/** Only a row that does not say whom it is about cannot be used. */
export const contactSchema: Field<ReadContact> = (row) => {
  const cells = cellsSchema(row);
  const studentSourcedId = studentIn(cells);
  const [first, ...others] = personIdsIn(cells);
  const missing = (column: ContactColumn, expected: string): never => {
    throw new Refusal('nothing', expected, [column]);
  };
  if (studentSourcedId === null)
    return missing('studentSourcedId', 'an id of the student in one of its columns');
  if (first === undefined) return missing('contactSourcedId', 'an id of the contact in one of its columns');
  const record: ContactRecord = {
    studentSourcedId,
    personIds: [first, ...others],
    givenName: cells.givenName.told ?? '',
    familyName: cells.familyName.told ?? '',
    relationship: cells.relationship.told,
    guardian: cells.guardian.told,
    email: cells.email.told,
    phone: cells.cellPhone.told ?? cells.homePhone.told,
    language: cells.language.told?.replaceAll('_', '-').toLowerCase() ?? null,
    address: addressIn(cells),
    addressPrivate: cells.private.told,
    mailAllowed: cells.mailing.told,
    noContact: cells.noContact.told,
    wantsPaper: cells.wantsPaper.told,
  };
  return { record, doubts: allDoubtsIn(cells) };
};

function allDoubtsIn(cells: ReadCells): FieldDoubt[] {
  const unread = doubtsIn(cells);
  const nameless = cells.givenName.told === null && cells.familyName.told === null;
  return nameless ? [...unread, { field: 'familyName', found: 'nothing', expected: 'a name' }] : unread;
}

function studentIn(cells: ReadCells): string | null {
  const { studentSourcedId, studentPersonId, studentNumber, studentStateId } = cells;
  if (studentSourcedId.told !== null) return studentSourcedId.told;
  if (studentPersonId.told !== null) return personAlias('person-id', studentPersonId.told);
  if (studentNumber.told !== null) return personAlias('number', studentNumber.told);
  return studentStateId.told === null ? null : personAlias('state-id', studentStateId.told);
}

function personIdsIn({ contactSourcedId, contactPersonId }: ReadCells): string[] {
  return [
    ...(contactSourcedId.told === null ? [] : [contactSourcedId.told]),
    ...(contactPersonId.told === null ? [] : [personAlias('person-id', contactPersonId.told)]),
  ];
}

/** Half an address would bring a letter to the wrong door. */
function addressIn(cells: ReadCells): PostalAddress | null {
  const { addressLine1, addressLine2 } = cells;
  const [city, state, postalCode] = [cells.city.told, cells.state.told, cells.postalCode.told];
  if (addressLine1.doubt !== null || addressLine2.doubt !== null) return null;
  const lines = [addressLine1.told, addressLine2.told].filter((line) => line !== null);
  if (lines.length === 0 || city === null || state === null || postalCode === null) return null;
  return { lines, city, state, postalCode };
}
