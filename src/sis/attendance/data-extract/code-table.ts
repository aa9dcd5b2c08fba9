import type { CodeRecord } from '../../../domain/sis-records.ts';
import type { CodeMeaning, RowCode } from './extract-schema.ts';

export interface CodeTable {
  learn(code: RowCode): void;
  /** The codes about which all rows agree; of the others nobody knows what they mean, so that letters wait. */
  records(): CodeRecord[];
}

interface Learnt {
  readonly first: RowCode;
  meaning: CodeMeaning | null;
  description: string | null;
  schoolSourcedId: string | null;
  agreed: boolean;
}

/** Learns the district's code table from the rows, since an extract has no table of its own. */
export function codeTable(): CodeTable {
  const codes = new Map<string, Learnt>();
  return {
    learn(code) {
      const known = codes.get(code.sourcedId);
      if (known === undefined) {
        codes.set(code.sourcedId, { ...code, first: code, agreed: true });
        return;
      }
      if (known.schoolSourcedId !== code.schoolSourcedId) known.schoolSourcedId = null;
      known.description ??= code.description;
      if (known.meaning !== null && code.meaning !== null)
        known.agreed &&= isSame(known.meaning, code.meaning);
      known.meaning ??= code.meaning;
    },
    records: () =>
      [...codes.values()].flatMap(
        ({ first, meaning, description, schoolSourcedId, agreed }): CodeRecord[] => {
          if (!agreed || meaning === null) return [];
          const { sourcedId, title } = first;
          return [{ sourcedId, active: true, title, description, ...meaning, schoolSourcedId }];
        },
      ),
  };
}

function isSame(a: CodeMeaning, b: CodeMeaning): boolean {
  return a.status === b.status && a.excuse === b.excuse;
}
