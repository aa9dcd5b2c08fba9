import type { CodeTitle } from '../codes.ts';
import type { School } from '../model.ts';

/** One day, or half of it, that a student misses, with everything that the office will ever enter about it. */
export interface MissedDay {
  /** Number of the school day. */
  readonly index: number;
  readonly school: School;
  readonly share: 'day' | 'half';
  /** `minutes`: the office gives minutes and no day value. `periods`: teachers give a row per period. */
  readonly measure: 'day-value' | 'minutes' | 'periods';
  readonly code: CodeTitle;
  readonly enteredAt: number;
  readonly comment: string | null;
  /** By time. */
  readonly fixes: readonly Fix[];
}

export interface Fix {
  readonly at: number;
  readonly change:
    | { readonly kind: 'recode'; readonly to: CodeTitle }
    | { readonly kind: 'share'; readonly to: 'day' | 'half' }
    | { readonly kind: 'tombstone' }
    | { readonly kind: 'vanish' };
}
