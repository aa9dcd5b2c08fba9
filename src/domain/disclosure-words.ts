const WORDS: Readonly<Record<string, string>> = {
  made: 'made',
  uncertain: 'may have arrived',
  'came-back': 'came back',
  'taken-back': 'taken back before anybody was told of it',
};

/** What has become of a disclosure. */
export function disclosureStateInWords(state: string): string {
  return WORDS[state] ?? state;
}
