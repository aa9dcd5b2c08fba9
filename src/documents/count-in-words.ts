/** What a language calls a day, and several. */
export interface DayWords {
  readonly day: string | null;
  readonly days: string | null;
}

/** `7 days`, in the language. @param count decimal text */
export function countInWords(count: string, words: DayWords | null): string {
  const noun = count === '1' ? (words?.day ?? 'day') : (words?.days ?? 'days');
  return `${count} ${noun}`;
}
