import type { CodeRecord } from '../../../domain/sis-records.ts';
import type { CodeMeaning, RowCode } from './extract-schema.ts';

export interface CodeTable {
  learn(code: RowCode): void;
  /** All codes; one about which the rows do not agree, or say nothing, is not active, so that letters wait. */
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
      [...codes.values()].map(
        ({ first: { sourcedId, title }, meaning, description, schoolSourcedId, agreed }) => {
          const active = agreed && meaning !== null;
          return {
            sourcedId,
            active,
            title,
            description,
            ...(active ? meaning : NO_MEANING),
            schoolSourcedId,
          };
        },
      ),
  };
}

const NO_MEANING: CodeMeaning = { status: 'other', excuse: 'unknown' };

function isSame(a: CodeMeaning, b: CodeMeaning): boolean {
  return a.status === b.status && a.excuse === b.excuse;
}
