import type { RefusedFile } from '../../../domain/sis-records.ts';
import type { CsvRow } from '../../csv/read-csv.ts';
import { readRecords } from '../../csv/read-records.ts';
import type { HeaderRules } from '../../csv/resolve-header.ts';
import { type DropOptions, openDropFolder } from '../../drop-folder/drop-folder.ts';
import { expectOffered } from '../../drop-folder/expect-offered.ts';
import type { AttendanceSource } from '../attendance-source.ts';
import { codeTable } from './code-table.ts';
import type { ExtractColumn } from './extract-columns.ts';
import { extractHeader } from './extract-header.ts';
import { type CodeMeaning, extractSchema, tombstone } from './extract-schema.ts';

/** As a district configures it, and the clock. */
export interface DataExtractOptions extends DropOptions {
  /** Our column → its header in the district's file. */
  readonly columns: HeaderRules<ExtractColumn>['own'];
  /** Attendance code → what it means, where a row does not say. */
  readonly codes: Readonly<Record<string, CodeMeaning>>;
  readonly coverage: 'everyone' | 'enrolled';
}

export interface DataExtractSource extends AttendanceSource {
  /** The files that the last `offer` found unusable, and why. */
  refusals(): readonly RefusedFile[];
}

/** Absences from the CSV files of Infinite Campus' Data Extract Utility, which are always whole. */
export function openDataExtract(options: DataExtractOptions): DataExtractSource {
  const { columns, codes, coverage } = options;
  const drop = openDropFolder({
    ...options,
    content: 'attendance',
    readHeader: (headers) => extractHeader(headers, columns),
  });
  const schema = extractSchema(codes);
  let table = codeTable();
  let completeness = { asOf: '', rows: 0, schools: [] as readonly string[], cursor: null };
  return {
    capabilities: () => ({
      deltas: false,
      tombstones: drop.offered()?.header.has('status') ?? false,
      unknownExcuse: true,
      granularity: 'mixed',
      everyCode: false,
      coverage,
    }),
    offer: () => drop.offer(),
    async *records({ from, to }) {
      completeness = { asOf: '', rows: 0, schools: [], cursor: null };
      table = codeTable();
      const { header, candidate, extractedAt } = await expectOffered(drop);
      const schools = new Set<string>();
      let rows = 0;
      const read = (page: readonly CsvRow[]) =>
        readRecords(page, {
          collection: 'attendances',
          file: candidate.name,
          header,
          schema,
          arrange: tombstone,
        });
      for await (const page of drop.pages()) {
        const { records, problems } = read(page);
        const inRange = records.filter(
          ({ record }) => record.deleted || (record.date >= from && record.date <= to),
        );
        for (const { record, code } of inRange) {
          if (!record.deleted) schools.add(record.schoolSourcedId);
          if (code !== null) table.learn(code);
        }
        rows += inRange.length;
        // A row that is there twice is told apart where all rows are together.
        yield { records: inRange.map(({ record }) => record), problems, repeated: 0 };
      }
      completeness = { asOf: extractedAt.toISOString(), rows, schools: [...schools].sort(), cursor: null };
    },
    async *codes() {
      yield { records: table.records(), problems: [], repeated: 0 };
    },
    completeness: () => completeness,
    report: () => ({}),
    refusals: () => drop.refusals(),
    end: (ending) => drop.end(ending),
  };
}
