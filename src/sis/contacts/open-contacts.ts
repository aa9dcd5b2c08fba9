import type { ContactSource, RefusedFile } from '../../domain/sis-records.ts';
import { readRecords } from '../csv/read-records.ts';
import type { HeaderRules } from '../csv/resolve-header.ts';
import { type DropOptions, openDropFolder } from '../drop-folder/drop-folder.ts';
import { expectOffered } from '../drop-folder/expect-offered.ts';
import { inFolder } from '../drop-folder/folder-error.ts';
import type { ContactColumn } from './contact-columns.ts';
import { contactHeader } from './contact-header.ts';
import { contactSchema } from './contact-schema.ts';
import { expectKeptColumns, readKeptColumns, writeKeptColumns } from './kept-columns.ts';

/** As a district configures it, and the clock. */
export interface ContactsOptions extends DropOptions {
  /** Our column → its header in the district's file. */
  readonly columns: HeaderRules<ContactColumn>['own'];
}

export interface ContactFileSource extends ContactSource {
  /** The files that the last `offer` found unusable, and why. */
  refusals(): readonly RefusedFile[];
}

/** The contacts of the students from the district's own CSV files, which are always whole. */
export function openContacts(options: ContactsOptions): ContactFileSource {
  const { folder } = options;
  let kept: readonly string[] = [];
  const drop = openDropFolder({
    ...options,
    content: 'contacts',
    readHeader: (headers) => {
      const header = contactHeader(headers, options.columns);
      expectKeptColumns(header, kept);
      return header;
    },
  });
  const recall = async () => {
    kept = await inFolder(folder, () => readKeptColumns(folder));
  };
  return {
    async offer() {
      await recall();
      return drop.offer();
    },
    async *contacts() {
      await recall();
      const { header, candidate } = await expectOffered(drop);
      for await (const page of drop.pages()) {
        const { records, problems } = readRecords(page, {
          collection: 'contacts',
          file: candidate.name,
          header,
          schema: contactSchema,
          doubtsIn: ({ doubts }) => doubts,
        });
        yield {
          records: records.map(({ record }) => record),
          problems,
          repeated: 0,
          unplaced: page.length - records.length,
        };
      }
    },
    refusals: () => drop.refusals(),
    async end(ending) {
      const used = ending.kind === 'applied' ? drop.offered() : null;
      await drop.end(ending);
      if (used !== null) await inFolder(folder, () => writeKeptColumns(folder, used.header));
    },
  };
}
