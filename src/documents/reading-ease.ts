/** How hard a text is to read, by the measure that is usual for its language. */
export interface ReadingEase {
  readonly measure: string;
  /** In the words of the measure: `grade 7.4`. */
  readonly found: string;
  readonly expected: string;
  readonly easy: boolean;
}

/** About half of all adults read with ease what is written for the eighth year of school or below. */
const HIGHEST_GRADE = 8;
/** On the scale of Fernández Huerta 60 to 70 is what pupils of twelve and thirteen years read. */
const LOWEST_EASE = 60;

/**
 * English by Flesch and Kincaid (1975): 0.39 words per sentence + 11.8 syllables per word − 15.59. Spanish by
 * Fernández Huerta (1959), with the correction of Law: 206.84 − 60 syllables per word − 1.02 words per sentence.
 * @param sentences headings and list entries are sentences of their own
 * @returns null for a language without a measure here
 */
export function readingEase(sentences: readonly string[], language: string): ReadingEase | null {
  const spoken = sentences.map(wordsIn).filter((words) => words.length > 0);
  const words = spoken.flat();
  if (words.length === 0) return null;
  const perSentence = words.length / spoken.length;
  const perWord = (syllables: (word: string) => number) =>
    words.reduce((sum, word) => sum + syllables(word), 0) / words.length;
  if (language === 'en') {
    const grade = 0.39 * perSentence + 11.8 * perWord(englishSyllables) - 15.59;
    return {
      measure: 'Flesch-Kincaid',
      found: `grade ${grade.toFixed(1)}`,
      expected: `grade ${HIGHEST_GRADE} or below`,
      easy: grade <= HIGHEST_GRADE,
    };
  }
  if (language === 'es') {
    const ease = 206.84 - 60 * perWord(spanishSyllables) - 1.02 * perSentence;
    return {
      measure: 'Fernández Huerta',
      found: `ease ${ease.toFixed(1)}`,
      expected: `${LOWEST_EASE} or above`,
      easy: ease >= LOWEST_EASE,
    };
  }
  return null;
}

export function wordsIn(text: string): string[] {
  return text.match(/[\p{L}\p{N}][\p{L}\p{N}\p{M}'’-]*/gu) ?? [];
}

/** Groups of vowels; an e at the end is silent, unless it is the only vowel or stands behind a consonant and l. */
export function englishSyllables(word: string): number {
  const letters = word.toLowerCase().replace(/[^a-z]/g, '');
  const heard = letters.replace(/(?:[^laeiouy]|[aeiouy]l)es?$|([^aeioutd])ed$/, (end) =>
    end.replace(/e[sd]?$/, ''),
  );
  return Math.max(1, (heard.match(/[aeiouy]+/g) ?? []).length);
}

/** Two strong vowels, or a weak one with an accent, are syllables of their own. */
export function spanishSyllables(word: string): number {
  const letters = word
    .toLowerCase()
    .normalize('NFC')
    .replace(/qu|gu(?=[eiéí])/g, 'k')
    .replace(/y$/, 'i');
  const groups = letters.match(/[aeiouáéíóúü]+/g) ?? [];
  return Math.max(
    1,
    groups.reduce((sum, group) => sum + nuclei(group), 0),
  );
}

function nuclei(vowels: string): number {
  let count = 1;
  for (let index = 1; index < vowels.length; index += 1) {
    const [before, here] = [vowels[index - 1] ?? '', vowels[index] ?? ''];
    const strong = (vowel: string) => /[aeoáéó]/.test(vowel);
    if ((strong(before) && strong(here)) || /[íú]/.test(here) || /[íú]/.test(before)) count += 1;
  }
  return count;
}
