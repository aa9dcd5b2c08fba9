import type { SchoolDate } from '../domain/school-date.ts';
import { controlSheet } from './control-sheet.ts';

export interface PrintRunFacts {
  readonly reference: string;
  readonly schoolName: string;
  readonly districtName: string;
  readonly date: SchoolDate;
  /** In envelope order. */
  readonly letters: readonly {
    readonly reference: string;
    readonly pages: number;
    /** From 1; letters of one number, which are neighbours, go into one envelope. */
    readonly envelope: number;
    readonly hasAddress: boolean;
    readonly pdf: Buffer;
  }[];
}

/**
 * One PDF for the printer: the control sheet, then the letters in envelope order. Each begins on the front of a sheet:
 * on a printer that is set to both sides, one family's letter must never stand on the back of another's.
 */
export async function renderPrintRun(facts: PrintRunFacts): Promise<{ pdf: Buffer; pages: number }> {
  const created = new Date(`${facts.date}T12:00:00Z`);
  const title = `Print run ${facts.reference}`;
  const sheet = await controlSheet({
    ...facts,
    printedOn: facts.date,
    asOf: null,
    letters: facts.letters.map((letter) => ({ ...letter, state: 'to-post' })),
  });
  const letters = facts.letters.map(({ reference, pdf }) => ({ pdf, title: reference, stamp: null }));
  // Loaded when it is needed: a service is ready sooner without it.
  const { mergePdfs } = await import('./merge.ts');
  const merged = await mergePdfs([{ pdf: sheet, title: 'Control sheet', stamp: null }, ...letters], {
    title,
    author: facts.districtName,
    language: 'en',
    created,
    wholeSheets: true,
  });
  return { pdf: merged.bytes, pages: merged.pages };
}
