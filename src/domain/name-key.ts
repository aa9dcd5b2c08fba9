interface Named {
  readonly givenName: string;
  readonly familyName: string;
}

/** A name without what two lists spell differently: case, accents, blanks, hyphens and apostrophes. */
export function nameKey(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');
}

/** The same name in both parts. A part that is not told is no name. */
export function sameName(a: Named, b: Named): boolean {
  return sameWord(a.givenName, b.givenName) && sameWord(a.familyName, b.familyName);
}

/** The same family name and the same first given name: `Maria` and `Maria Elena`. */
export function similarName(a: Named, b: Named): boolean {
  return sameWord(firstWord(a.givenName), firstWord(b.givenName)) && sameWord(a.familyName, b.familyName);
}

/** What two records of one person have in common at least, also after a marriage. */
export function shareName(a: Named, b: Named): boolean {
  return sameWord(a.givenName, b.givenName) || sameWord(a.familyName, b.familyName);
}

function sameWord(a: string, b: string): boolean {
  const key = nameKey(a);
  return key !== '' && key === nameKey(b);
}

function firstWord(name: string): string {
  return name.trim().split(/[\s-]+/)[0] ?? '';
}
