import { z } from 'zod';
import { personAlias } from '../../domain/person-alias.ts';
import type { ContactRecord, PostalAddress } from '../../domain/sis-records.ts';
import { idCell, textCell } from '../csv/cells.ts';
import { flag } from '../oneroster/wire-fields.ts';

const cellsSchema = z.object({
  studentSourcedId: idCell(),
  studentPersonId: idCell(),
  studentNumber: idCell(),
  studentStateId: idCell(),
  contactSourcedId: idCell(),
  contactPersonId: idCell(),
  givenName: textCell(200),
  familyName: textCell(200),
  relationship: textCell(60),
  guardian: flag(),
  mailing: flag(),
  noContact: flag(),
  private: flag(),
  wantsPaper: flag(),
  language: textCell(20),
  addressLine1: textCell(80),
  addressLine2: textCell(80),
  city: textCell(80),
  state: textCell(20),
  postalCode: textCell(20),
  email: textCell(1_000),
  homePhone: textCell(40),
  cellPhone: textCell(40),
});

type ReadCells = z.output<typeof cellsSchema>;

export const contactSchema: z.ZodType<ContactRecord> = cellsSchema.transform(
  (cells, context): ContactRecord => {
    const studentSourcedId = studentIn(cells);
    const [first, ...others] = personIdsIn(cells);
    const missing = (column: keyof ReadCells, expected: string) => {
      context.addIssue({ code: 'custom', path: [column], message: expected, params: { found: 'nothing' } });
      return z.NEVER;
    };
    if (studentSourcedId === null)
      return missing('studentSourcedId', 'an id of the student in one of its columns');
    if (first === undefined) return missing('contactSourcedId', 'an id of the contact in one of its columns');
    if (cells.givenName === null && cells.familyName === null) return missing('familyName', 'a name');
    return {
      studentSourcedId,
      personIds: [first, ...others],
      givenName: cells.givenName ?? '',
      familyName: cells.familyName ?? '',
      relationship: cells.relationship,
      guardian: cells.guardian,
      email: cells.email,
      phone: cells.cellPhone ?? cells.homePhone,
      language: cells.language?.replaceAll('_', '-').toLowerCase() ?? null,
      address: addressIn(cells),
      addressPrivate: cells.private,
      mailAllowed: cells.mailing,
      noContact: cells.noContact,
      wantsPaper: cells.wantsPaper,
    };
  },
);

function studentIn(cells: ReadCells): string | null {
  const { studentSourcedId, studentPersonId, studentNumber, studentStateId } = cells;
  if (studentSourcedId !== null) return studentSourcedId;
  if (studentPersonId !== null) return personAlias('person-id', studentPersonId);
  if (studentNumber !== null) return personAlias('number', studentNumber);
  return studentStateId === null ? null : personAlias('state-id', studentStateId);
}

function personIdsIn({ contactSourcedId, contactPersonId }: ReadCells): string[] {
  return [
    ...(contactSourcedId === null ? [] : [contactSourcedId]),
    ...(contactPersonId === null ? [] : [personAlias('person-id', contactPersonId)]),
  ];
}

/** Half an address would bring a letter to the wrong door. */
function addressIn({ addressLine1, addressLine2, city, state, postalCode }: ReadCells): PostalAddress | null {
  const lines = [addressLine1, addressLine2].filter((line) => line !== null);
  if (lines.length === 0 || city === null || state === null || postalCode === null) return null;
  return { lines, city, state, postalCode };
}
