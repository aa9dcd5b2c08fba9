/** What a kind of template may name. Text stands anywhere in a sentence; a block stands alone on its line. */
export interface PlaceholderSet {
  readonly text: readonly string[];
  readonly blocks: readonly string[];
}

export const letterPlaceholders: PlaceholderSet = {
  text: [
    'addressees',
    'student.name',
    'student.givenName',
    'student.grade',
    'absence.count',
    'absence.asOf',
    'letter.date',
    'letter.reference',
    'school.name',
    'school.phone',
    'school.year',
    'district.name',
    'district.phone',
    'contact.name',
    'contact.phone',
    'contact.email',
    'signature.name',
    'signature.title',
  ],
  blocks: ['absence.dates'],
};

export const mailPlaceholders: PlaceholderSet = {
  text: [
    'date',
    'person.name',
    'tasks.count',
    'case',
    'officer.name',
    'school.name',
    'delivery',
    'legalBasis',
    'sha256',
    'contact.name',
    'contact.phone',
    'what',
    'detail',
    'advice',
  ],
  blocks: ['tasks'],
};

/** `{{ name }}`, with or without spaces. */
export const PLACEHOLDER = /\{\{\s*([A-Za-z0-9.]+)\s*\}\}/g;

/** Puts values into one line of text, for example a subject. @throws Error when a value is missing */
export function fillText(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(PLACEHOLDER, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`no value for the placeholder ${name}`);
    return value;
  });
}
