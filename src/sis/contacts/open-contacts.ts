import type { ContactSource, RefusedFile } from '../../domain/sis-records.ts';
import { readRecords } from '../csv/read-records.ts';
import type { HeaderRules } from '../csv/resolve-header.ts';
import { type DropOptions, openDropFolder } from '../drop-folder/drop-folder.ts';
import { expectOffered } from '../drop-folder/expect-offered.ts';
import type { ContactColumn } from './contact-columns.ts';
import { contactHeader } from './contact-header.ts';
import { contactSchema } from './contact-schema.ts';

/** As a district configures it, and the clock. */
export interface ContactsOptions extends DropOptions {
  /** Our column → its header in the district's file. */
  readonly columns: HeaderRules<ContactColumn>['own'];
}

export interface ContactFileSource extends ContactSource {
  /** The files that the last `offer` put aside, and why. */
  refusals(): readonly RefusedFile[];
}

/** The contacts of the students from the district's own CSV files, which are always whole. */
export function openContacts(options: ContactsOptions): ContactFileSource {
  const drop = openDropFolder({
    ...options,
    content: 'contacts',
    readHeader: (headers) => contactHeader(headers, options.columns),
  });
  return {
    offer: () => drop.offer(),
    async *contacts() {
      const { header, candidate } = await expectOffered(drop);
      for await (const page of drop.pages()) {
        const { records, problems } = readRecords(page, {
          collection: 'contacts',
          file: candidate.name,
          header,
          schema: contactSchema,
        });
        yield { records, problems, repeated: 0 };
      }
    },
    refusals: () => drop.refusals(),
    end: (ending) => drop.end(ending),
  };
}
