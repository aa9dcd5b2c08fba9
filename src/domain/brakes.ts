import type { Role } from './policy.ts';

/** What keeps letters back until a person says go on. */
export interface BrakeLimits {
  readonly volume: {
    /** A run of so many letters is ordinary in any district. */
    readonly letters: number;
    /** Of the students enrolled. */
    readonly share: number;
    /** Times the largest run of the last four weeks. */
    readonly factor: number;
  };
  /** Mails that the server has refused, and none accepted in between. */
  readonly refusalsInARow: number;
  /** The same for mails of which nobody knows whether the server has them. */
  readonly uncertainInARow: number;
  /** Letters that came back on one day, and the arrival of none was confirmed in between. */
  readonly bouncesInARow: number;
  /** Copies of letters that the office sees before the first of a template leaves; 0: none. */
  readonly canaryLetters: number;
  /** Between the moment a letter is ready and the first at which it may leave. */
  readonly recallMinutes: number;
  /** Every so many letters one is also shown to the district; null: none. */
  readonly copies: { readonly every: number; readonly to: string } | null;
  /** Whose yes a batch waits for. */
  readonly approver: Role;
}

/** Days back in which the largest run is looked for. */
export const VOLUME_LOOK_BACK_DAYS = 28;

/**
 * How many letters one run may plan without anybody being asked. The share is rounded down: a limit never grows by
 * rounding.
 * @param known `largest`: letters of the largest run of the last four weeks that needed nobody's yes
 */
export function volumeLimit(
  { letters, share, factor }: BrakeLimits['volume'],
  known: { readonly enrolled: number; readonly largest: number },
): number {
  // 2 % of 1,150 is 23, whatever binary fractions make of it.
  const ofEnrolment = Math.floor(Number((share * known.enrolled).toFixed(6)));
  return Math.max(letters, ofEnrolment, Math.floor(factor * known.largest));
}

/** Why a batch waits for a person. */
export type BatchReason = 'volume' | 'canary' | 'restored';

export type StopKind = 'refusals' | 'uncertain' | 'bounces';

/** Why sending stops, after the number of letters. */
export const STOP_WORDS: Readonly<Record<StopKind, string>> = {
  refusals: 'letters were refused, none accepted in between',
  uncertain: 'letters are of unknown fate, none accepted in between',
  bounces: 'letters of one day came back, the arrival of none confirmed in between',
};

/** What happened to a mail in row with others, and whether that is once too often. */
export interface Streak {
  readonly refusals: number;
  readonly uncertain: number;
}

/** @returns what the streak stops sending for; null: nothing */
export function stopFor(
  streak: Streak,
  limits: Pick<BrakeLimits, 'refusalsInARow' | 'uncertainInARow'>,
): keyof Streak | null {
  if (streak.uncertain >= limits.uncertainInARow) return 'uncertain';
  return streak.refusals >= limits.refusalsInARow ? 'refusals' : null;
}
