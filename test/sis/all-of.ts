import type { RecordPage } from '../../src/domain/sis-records.ts';

/** What all pages of a collection say, and what could not be read. */
export async function allOf<T>(pages: AsyncIterable<RecordPage<T>>) {
  const records: T[] = [];
  const problems: unknown[] = [];
  for await (const page of pages) {
    records.push(...page.records);
    problems.push(...page.problems);
  }
  return { records, problems };
}
