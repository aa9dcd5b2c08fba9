/**
 * Names under which something for a language may be kept, the nearest first: `zh-TW` → `zh-tw`, `zh-hant`, `zh`.
 * Whatever the SIS calls a language is taken: what is no BCP 47 tag is only looked up as it stands.
 */
export function languageKeys(tag: string): string[] {
  const lower = tag.toLowerCase();
  try {
    const { language, script } = new Intl.Locale(tag).maximize();
    const keys = [lower, ...(script === undefined ? [] : [`${language}-${script}`.toLowerCase()]), language];
    return [...new Set(keys)];
  } catch {
    return [lower];
  }
}

/** The English name: `Amharic`; the tag itself where nobody knows one. */
export function languageInEnglish(tag: string): string {
  try {
    return new Intl.DisplayNames('en', { type: 'language' }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}

const RIGHT_TO_LEFT = new Set(['Adlm', 'Arab', 'Hebr', 'Mand', 'Nkoo', 'Rohg', 'Samr', 'Syrc', 'Thaa']);

/** Whether the language is written from right to left. */
export function readsRightToLeft(tag: string): boolean {
  try {
    return RIGHT_TO_LEFT.has(new Intl.Locale(tag).maximize().script ?? '');
  } catch {
    return false;
  }
}
