import type { AttendanceStatus, Excuse } from '../../domain/absence.ts';
import type { CodeFacts, DistrictOptions, History, School, Version } from './model.ts';

interface CodeMeaning {
  readonly description: string;
  readonly status: AttendanceStatus;
  readonly excuse: Excuse;
}

/** The office's attendance codes; every school has its own row for each, as calendars do in Infinite Campus. */
export const codeMeanings = {
  UNK: { description: 'Absent, not yet coded', status: 'absent', excuse: 'unknown' },
  UNX: { description: 'Unexcused', status: 'absent', excuse: 'unexcused' },
  ILL: { description: 'Illness', status: 'absent', excuse: 'excused' },
  MED: { description: 'Medical appointment', status: 'absent', excuse: 'excused' },
  FAM: { description: 'Family reason', status: 'absent', excuse: 'excused' },
  PRE: { description: 'Pre-arranged', status: 'absent', excuse: 'excused' },
  SUS: { description: 'Out-of-school suspension', status: 'absent', excuse: 'unexcused' },
  CNF: { description: 'Confidential', status: 'absent', excuse: 'excused' },
  FLD: { description: 'Field trip or school activity', status: 'absent', excuse: 'exempt' },
  TDY: { description: 'Tardy', status: 'tardy', excuse: 'unexcused' },
  EAR: { description: 'Early release', status: 'earlyRelease', excuse: 'excused' },
  PRS: { description: 'Present', status: 'present', excuse: 'unknown' },
  WTR: { description: 'Roads closed', status: 'absent', excuse: 'excused' },
} as const satisfies Readonly<Record<string, CodeMeaning>>;

export type CodeTitle = keyof typeof codeMeanings;

/** Used by the offices before the code table knows it. */
const lateCode: CodeTitle = 'WTR';

const titles = Object.keys(codeMeanings) as CodeTitle[];

export function codeId(school: School, title: CodeTitle): string {
  return `c-${school.number}${String(titles.indexOf(title) + 10)}`;
}

/** @param lateFrom when the code table learns the late code. */
export function buildCodes(
  options: DistrictOptions,
  schools: readonly School[],
  lateFrom: number,
): History<CodeFacts>[] {
  const sinceSummer = Date.UTC(options.schoolYear - 1, 6, 15, 18);
  return schools.flatMap((school) =>
    titles.map((title) => {
      const sourcedId = codeId(school, title);
      const version: Version<CodeFacts> = {
        sourcedId,
        knownAt: title === lateCode ? lateFrom : sinceSummer,
        state: 'active',
        facts: { title, ...codeMeanings[title], school: school.sourcedId },
      };
      return { sourcedId, versions: [version] };
    }),
  );
}
