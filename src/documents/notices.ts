import type { SchoolDate } from '../domain/school-date.ts';
import { countInWords, type DayWords } from './count-in-words.ts';
import { longDate } from './dates.ts';
import { correctionPlaceholders, keptPlaceholders, type PlaceholderSet } from './placeholders.ts';

/** What is written to a family without a step of the policy that asks for it. */
export const noticeNames = ['correction-letter', 'contract-kept'] as const;
export type NoticeName = (typeof noticeNames)[number];

/** What a notice is about; a letter of a step is about neither. */
export interface NoticeFacts {
  /** The letter that this one takes back, with the count that stood in it. */
  readonly corrected?: {
    readonly reference: string;
    readonly date: SchoolDate;
    /** Decimal text. */
    readonly count: string;
  } | null;
  /** The attendance contract that was kept to its end. */
  readonly kept?: {
    readonly reference: string;
    readonly begins: SchoolDate;
    readonly ends: SchoolDate;
  } | null;
}

/** @returns null: a letter of a step */
export function noticeOf({ corrected = null, kept = null }: NoticeFacts): NoticeName | null {
  if (corrected !== null) return 'correction-letter';
  return kept === null ? null : 'contract-kept';
}

/** What a notice of this name may say. */
export function noticePlaceholders(name: string): PlaceholderSet {
  return name === 'contract-kept' ? keptPlaceholders : correctionPlaceholders;
}

export function noticeValues(
  { corrected = null, kept = null }: NoticeFacts,
  words: DayWords | null,
  language: string,
): Record<string, string> {
  return {
    ...(corrected !== null && {
      'corrected.reference': corrected.reference,
      'corrected.date': longDate(corrected.date, language),
      'corrected.count': countInWords(corrected.count, words),
    }),
    ...(kept !== null && {
      'contract.reference': kept.reference,
      'contract.begins': longDate(kept.begins, language),
      'contract.ends': longDate(kept.ends, language),
    }),
  };
}
