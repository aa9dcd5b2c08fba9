import type { DeletedRecord, ReadQuery, RecordPage } from '../../src/domain/sis-records.ts';
import type { DistrictSources } from '../../src/procedure/read-district.ts';
import { type SisRecords, sourcesOf } from './sis-records.ts';
import { toldPages } from './told-pages.ts';

type Collection = 'students' | 'guardians' | 'demographics' | 'absences';

/**
 * A SIS that can be asked for what has changed: every record carries the time of its last change. Records that are
 * taken out of it just vanish, as on real servers.
 */
export function changingSis(records: SisRecords) {
  const known = new Map<string, { text: string; at: number }>();
  const removed: Record<'students' | 'guardians', DeletedRecord[]> = { students: [], guardians: [] };
  let clock = 0;

  function allOf(collection: Collection): readonly { readonly sourcedId: string }[] {
    const said = records[collection];
    return collection === 'students' || collection === 'guardians' ? [...said, ...removed[collection]] : said;
  }

  function changedAt(collection: Collection, record: { readonly sourcedId: string }): number {
    const key = `${collection} ${record.sourcedId}`;
    const text = JSON.stringify(record);
    const before = known.get(key);
    if (before?.text === text) return before.at;
    known.set(key, { text, at: clock });
    return clock;
  }

  async function* pages<T extends { readonly sourcedId: string }>(
    collection: Collection,
    { after, known: inForce }: ReadQuery,
  ): AsyncGenerator<RecordPage<T>> {
    const all = allOf(collection) as unknown as readonly T[];
    const asked = all.filter((record) => {
      const at = changedAt(collection, record);
      return after === null || at > Number(after);
    });
    yield* toldPages(asked, inForce, 3);
  }

  return {
    records,
    /** Persons of whom it says nothing any more but that they were removed. */
    removed,
    /** Sources for one read, which begins now. */
    sources(): Omit<DistrictSources, 'contacts'> {
      const cursor = String(clock);
      const present = new Set<string>();
      for (const collection of ['students', 'guardians', 'demographics', 'absences'] as const) {
        for (const record of allOf(collection)) {
          changedAt(collection, record);
          present.add(`${collection} ${record.sourcedId}`);
        }
      }
      // One that comes back was changed when it came back.
      for (const key of known.keys()) if (!present.has(key)) known.delete(key);
      clock += 1;
      const { roster, attendance } = sourcesOf(records);
      return {
        roster: {
          ...roster,
          students: (query) => pages('students', query),
          guardians: (query) => pages('guardians', query),
          demographics: (query) => pages('demographics', query),
          cursor: () => cursor,
        },
        attendance: {
          ...attendance,
          capabilities: () => ({ ...attendance.capabilities(), deltas: true }),
          records: (query) => pages('absences', query),
          completeness: () => ({ ...attendance.completeness(), cursor }),
        },
      };
    },
  };
}
